/** Seconds: less leaves no time for a login, and nobody waits for more. */
const shortest = 3
const longest = 3600

export const confirmTimeMessage = 'expected false, or a time from 3 s to one hour such as 30, 30s or 2m'

/** The value of `confirm` in seconds; undefined where it is none. */
export function parseConfirmTime(value: unknown): number | false | undefined {
  if (value === false || /^(false|no|off)$/i.test(String(value))) return false
  const [, digits, unit] = /^(\d+) ?(s|m)?$/.exec(String(value)) ?? []
  const seconds = Number(digits) * (unit === 'm' ? 60 : 1)
  return seconds >= shortest && seconds <= longest ? seconds : undefined
}
