import { UserError } from '../errors.ts'

/** Splits a string into words as a POSIX shell does, without expanding anything. @throws UserError */
export function splitWords(text: string, source: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: '"' | "'" | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote === "'" && char !== "'") word += char
    else if (char === '\\' && at + 1 < text.length && (quote !== '"' || /["\\$`]/.test(text.charAt(at + 1)))) {
      word = (word ?? '') + text.charAt(++at)
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char
      word ??= ''
    } else if (char === quote) quote = undefined
    else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== undefined) throw new UserError(`${source}: a quote (${quote}) is not closed`)
  return word === undefined ? words : [...words, word]
}

/** @throws UserError */
export function parseYesNo(value: string | number | boolean, source: string): boolean {
  if (typeof value === 'boolean') return value
  const word = String(value).toLowerCase()
  if (['yes', 'true', 'on', '1', 'y', 't'].includes(word)) return true
  if (['no', 'false', 'off', '0', 'n', 'f'].includes(word)) return false
  throw new UserError(`${source}: "${value}" is neither yes nor no`)
}

/** Seconds as a number or as ssh's time format (`90`, `1m30s`). @throws UserError */
export function parseSeconds(value: string | number | boolean, source: string): number {
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 }
  const text = String(value).toLowerCase()
  if (!/^(\d+[smhdw]?)+$/.test(text)) throw new UserError(`${source}: "${value}" is no number of seconds`)
  return [...text.matchAll(/(\d+)([smhdw]?)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ''] ?? 1),
    0,
  )
}

/** @throws UserError */
export function parseCount(value: string | number | boolean, source: string): number {
  if (!/^\d+$/.test(String(value))) throw new UserError(`${source}: "${value}" is no whole number`)
  return Number(value)
}

/** @throws UserError */
export function parsePort(value: string | number | boolean, source: string): number {
  const port = /^\d+$/.test(String(value)) ? Number(value) : NaN
  if (!(port >= 1 && port <= 65535)) throw new UserError(`${source}: "${value}" is no port`)
  return port
}
