import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { parseAddress } from './address.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const MAX_HOSTS = 100_000

/** `web[01:20].example.com:2222` → its twenty names and the port. */
export function expandHostPattern(
  text: string,
  at?: Position,
): { readonly names: readonly string[]; readonly port: number | undefined } {
  const { host, port } = parseAddress(text) ?? { host: text, port: undefined }
  return { names: expandRanges(host, at), port }
}

/**
 * Expands `[begin:end]` and `[begin:end:step]`, several in one name as well: numbers (with leading zeros as wide as
 * they are written) or letters, both ends included.
 */
export function expandRanges(text: string, at?: Position): readonly string[] {
  const match = /^([^[]*)\[([^\]]*)\](.*)$/s.exec(text)
  if (!match) {
    if (text.includes('[')) throw new UserError(`the [ in '${text}' is never closed`, { at })
    return [text]
  }
  const [, head = '', range = '', tail = ''] = match
  const tails = expandRanges(tail, at)
  const names = rangeItems(range, text, at).flatMap((item) => tails.map((rest) => head + item + rest))
  if (names.length > MAX_HOSTS) throw new UserError(`'${text}' stands for more than ${MAX_HOSTS} hosts`, { at })
  return names
}

function rangeItems(range: string, text: string, at: Position | undefined): readonly string[] {
  const fail = (reason: string) =>
    new UserError(`the range [${range}] in '${text}' ${reason}`, { at, hint: 'for example web[01:20] or db-[a:f]' })
  const parts = range.split(':')
  const [first = '', last = '', step = '1'] = parts
  if (parts.length < 2 || parts.length > 3) throw fail('must be [begin:end] or [begin:end:step]')
  if (last === '') throw fail('has no end')
  if (!/^[0-9]+$/.test(step) || Number(step) === 0) throw fail('has a step that is not a positive number')
  const begin = first === '' ? '0' : first
  if (begin.length > 1 && begin.startsWith('0') && begin.length !== last.length)
    throw fail('must have ends of the same length when it begins with 0')

  const letters = begin.length === 1 && last.length === 1 ? [LETTERS.indexOf(begin), LETTERS.indexOf(last)] : [-1, -1]
  const [from = -1, to = -1] = letters
  if (from >= 0 && to >= 0) {
    if (from > to) throw fail('ends before it begins')
    return steps(from, to, Number(step)).map((index) => LETTERS.charAt(index))
  }
  if (!/^[0-9]+$/.test(begin) || !/^[0-9]+$/.test(last)) throw fail('must be made of numbers or of single letters')
  if (Number(begin) > Number(last)) throw fail('ends before it begins')
  if (Number(last) - Number(begin) >= MAX_HOSTS * Number(step)) throw fail(`stands for more than ${MAX_HOSTS} hosts`)
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0
  return steps(Number(begin), Number(last), Number(step)).map((number) => String(number).padStart(width, '0'))
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)
}
