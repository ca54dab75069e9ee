/** So many log lines per unit of time. */
export interface Rate {
  readonly count: number
  readonly unit: Unit
}

export type Unit = 'second' | 'minute' | 'hour' | 'day'

const seconds: Readonly<Record<Unit, number>> = { second: 1, minute: 60, hour: 3600, day: 86400 }

const units: Readonly<Record<string, Unit>> = {
  s: 'second',
  sec: 'second',
  second: 'second',
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  h: 'hour',
  hour: 'hour',
  d: 'day',
  day: 'day',
}

/**
 * `60/min`, `1/s`, `10/hour`, … The kernel counts in ten-thousandths of a second, so nothing faster than
 * 10,000 a second can be told from no limit at all.
 */
export function parseRate(text: string): Rate | undefined {
  const match = /^\s*(\d{1,9})\s*\/\s*([a-z]+)\s*$/i.exec(text)
  const unit = units[match?.[2]?.toLowerCase() ?? '']
  const count = Number(match?.[1])
  if (!unit || count < 1 || count > seconds[unit] * 10_000) return undefined
  return { count, unit }
}

export const rateText = (rate: Rate) => `${rate.count}/${rate.unit}`

/** `60/minute` as iptables prints it: by the kernel's whole interval between two lines, in the shortest unit it fits. */
export function printedRate(text: string): string {
  const rate = parseRate(text)
  if (!rate) return text
  const interval = Math.floor((seconds[rate.unit] * 10_000) / rate.count)
  const fits = (unit: Unit) => {
    const whole = seconds[unit] * 10_000
    return interval <= whole && Math.floor(whole / interval) >= whole % interval
  }
  const coarser = (['hour', 'minute', 'second'] as const).findIndex((unit) => !fits(unit))
  const unit = (['day', 'hour', 'minute', 'second'] as const)[coarser < 0 ? 3 : coarser] ?? 'day'
  return `${Math.floor((seconds[unit] * 10_000) / interval)}/${unit === 'second' ? 'sec' : unit === 'minute' ? 'min' : unit}`
}

/**
 * The largest burst this rate allows. xt_limit keeps burst × interval in 32 bits of jiffy credits: 1/hour with a
 * burst of 60 is taken without a word by iptables-legacy and overflows, 38 is refused as "line 4 failed". A day's
 * worth fits for every HZ a kernel is built with. The tools themselves stop at 10,000.
 */
export function largestBurst(rate: Rate): number {
  return Math.min(10_000, Math.floor((86_400 * rate.count) / seconds[rate.unit]))
}
