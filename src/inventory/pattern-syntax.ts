import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { parseAddress } from './address.ts'

/**
 * Splits at commas, or without any at colons, which a range, a port or an IPv6 address keeps: `web:!db` is two
 * patterns, `web:22` is one.
 */
export function splitPattern(pattern: string): readonly string[] {
  if (pattern.includes(',')) return trimmed(pattern.split(','))
  if (parseAddress(pattern)) return trimmed([pattern])
  return trimmed(pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? [])
}

function trimmed(patterns: readonly string[]): readonly string[] {
  return patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '')
}

/** Both ends included; without an end a single one. */
export interface Subscript {
  readonly from: number
  readonly to?: number
}

export function splitSubscript(pattern: string): { readonly expression: string; readonly subscript?: Subscript } {
  const match = pattern.startsWith('~') ? null : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/s.exec(pattern)
  if (!match) return { expression: pattern }
  const [, expression = '', index, from, to] = match
  if (index !== undefined) return { expression, subscript: { from: Number(index) } }
  return { expression, subscript: { from: Number(from), to: to === '' || to === undefined ? Infinity : Number(to) } }
}

/** Undefined when there is no such element; a range past the end is just shorter. */
export function subscripted<T>(items: readonly T[], { from, to }: Subscript): readonly T[] | undefined {
  if (to !== undefined && to !== 0) return items.slice(from, to + 1)
  const item = items.at(from)
  return item === undefined ? undefined : [item]
}

/** A shell wildcard over whole names: `*`, `?`, `[abc]`, `[!abc]`. */
export function globExpression(glob: string): (name: string) => boolean {
  if (!/[?*[]/.test(glob)) return (name) => name === glob
  const expression = new RegExp(`^(?:${translateGlob(glob)})$`, 'su')
  return (name) => expression.test(name)
}

function translateGlob(glob: string): string {
  return glob.replace(/\*+|\?|\[(!?)(\]?[^\]]*)\]|[^]/gu, (part: string, negated?: string, set?: string) => {
    if (part.startsWith('*')) return '.*'
    if (part === '?') return '.'
    if (set !== undefined) return `[${negated ? '^' : ''}${escapeSet(set)}]`
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
}

function escapeSet(set: string): string {
  return set.replace(/[\\\][^]/g, '\\$&')
}

/**
 * A regular expression that must match from the start of a name, as Python's `match`. Python's spellings of named
 * groups, `\A`, `\Z` and a leading `(?i)` are understood.
 */
export function regularExpression(source: string, at: Position | undefined): (name: string) => boolean {
  const flags = /^\(\?([ims]+)\)/.exec(source)
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$')
  try {
    const expression = new RegExp(`^(?:${body})`, flags?.[1] ?? '')
    return (name) => expression.test(name)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`'~${source}' is not a regular expression: ${reason}`, { at })
  }
}
