import type { Args } from '../call.ts'
import { Fault } from '../errors.ts'
import { dictEntries } from '../python/dict.ts'
import { iterate } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { formatBraces } from '../python/brace-format.ts'
import { characters, splitLines, strip, textLength } from '../python/text.ts'
import { capitalize, isCased, justify, swapCase, titleWords } from '../python/text-case.ts'
import { truth } from '../python/truth.ts'
import { isDict, numberOf, PyTuple, type PyValue, typeName } from '../values.ts'
import { method, type Methods } from './methods.ts'

/** An argument that must be a string. */
function text(value: PyValue): string {
  if (typeof value === 'string') return value
  throw new Fault(`must be str, not ${typeName(value)}`)
}

function optionalText(value: PyValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : text(value)
}

function whole(value: PyValue | undefined, fallback: number): number {
  return value === undefined || value === null ? fallback : (numberOf(value) ?? fallback)
}

/** Python's `split`: on white space runs, or on a separator, at most `limit` times from the left or the right. */
export function split(self: string, separator: string | undefined, limit: number, right = false): string[] {
  if (separator === '') throw new Fault('empty separator')
  const bounded = limit >= 0
  const parts =
    separator === undefined ? strip(self, undefined, 'both').split(/[\s\x1c-\x1f\x85]+/u) : self.split(separator)
  if (separator === undefined && parts.length === 1 && parts[0] === '') return []
  if (!bounded || parts.length <= limit + 1) return parts
  return separator === undefined
    ? splitSpaceLimited(self, limit, right)
    : right
      ? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
      : [...parts.slice(0, limit), parts.slice(limit).join(separator)]
}

/** The unsplit rest keeps its inner white space. */
function splitSpaceLimited(self: string, limit: number, right: boolean): string[] {
  const parts: string[] = []
  let rest = strip(self, undefined, right ? 'right' : 'left')
  while (parts.length < limit && rest !== '') {
    const found = right
      ? /^([^]*?)[\s\x1c-\x1f\x85]+([^\s\x1c-\x1f\x85]*)$/u.exec(rest)
      : /^(\S+)\s+([^]*)$/u.exec(rest)
    if (found === null) break
    parts.push((right ? found[2] : found[1]) ?? '')
    rest = (right ? found[1] : found[2]) ?? ''
  }
  if (rest !== '') parts.push(rest)
  return right ? parts.reverse() : parts
}

function replace(self: string, from: string, to: string, count: number): string {
  if (count < 0)
    return from === ''
      ? to +
          characters(self)
            .map((c) => c + to)
            .join('')
      : self.replaceAll(from, () => to)
  if (from === '') {
    const all = ['', ...characters(self)]
    return all.map((c, index) => (index < count ? c + to : c)).join('')
  }
  const parts = self.split(from)
  const kept = Math.min(count, parts.length - 1)
  return (
    parts.slice(0, kept + 1).join(to) +
    parts
      .slice(kept + 1)
      .map((part) => from + part)
      .join('')
  )
}

export { replace as replaceText }

/** A position counted in characters: UTF-16 offsets are only the same without surrogates. */
function find(
  self: string,
  needle: string,
  start: PyValue | undefined,
  end: PyValue | undefined,
  last: boolean,
): number {
  const all = characters(self)
  const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + all.length : value, 0), all.length)
  const from = clamp(whole(start, 0))
  const part = all.slice(from, clamp(whole(end, all.length))).join('')
  const at = last ? part.lastIndexOf(needle) : part.indexOf(needle)
  return at < 0 ? -1 : from + textLength(part.slice(0, at))
}

function startsOrEnds(affix: PyValue, test: (affix: string) => boolean): boolean {
  const affixes = affix instanceof PyTuple ? affix.items : [affix]
  return affixes.some((candidate) => test(text(candidate)))
}

function partition(self: string, separator: string, right: boolean): PyTuple {
  const at = right ? self.lastIndexOf(separator) : self.indexOf(separator)
  if (at < 0) return new PyTuple(right ? ['', '', self] : [self, '', ''])
  return new PyTuple([self.slice(0, at), separator, self.slice(at + separator.length)])
}

function translate(self: string, table: PyValue): string {
  const map = new Map(isDict(table) ? dictEntries(table) : [])
  return characters(self)
    .map((character) => {
      const found = map.get(character.codePointAt(0) ?? 0)
      if (found === undefined) return character
      return found === null ? '' : typeof found === 'number' ? String.fromCodePoint(found) : str(found)
    })
    .join('')
}

function expandTabs(self: string, size: number): string {
  let column = 0
  return characters(self)
    .map((character) => {
      if (character === '\n' || character === '\r') column = 0
      else if (character === '\t') {
        const width = size > 0 ? size - (column % size) : 0
        column += width
        return ' '.repeat(width)
      } else column++
      return character
    })
    .join('')
}

const every = (self: string, rule: RegExp): boolean => self !== '' && rule.test(self)

export const textMethods: Methods<string> = new Map([
  method('upper', [], (self: string) => self.toUpperCase()),
  method('lower', [], (self: string) => self.toLowerCase()),
  method('casefold', [], (self: string) => self.toLowerCase().replaceAll('ß', 'ss')),
  method('capitalize', [], (self: string) => capitalize(self)),
  method('title', [], (self: string) => titleWords(self)),
  method('swapcase', [], (self: string) => swapCase(self)),
  method('strip', ['chars?'], (self: string, [chars]) => strip(self, optionalText(chars), 'both')),
  method('lstrip', ['chars?'], (self: string, [chars]) => strip(self, optionalText(chars), 'left')),
  method('rstrip', ['chars?'], (self: string, [chars]) => strip(self, optionalText(chars), 'right')),
  method('split', ['sep?', 'maxsplit?'], (self: string, [sep, max]) => split(self, optionalText(sep), whole(max, -1))),
  method('rsplit', ['sep?', 'maxsplit?'], (self: string, [sep, max]) =>
    split(self, optionalText(sep), whole(max, -1), true),
  ),
  method('splitlines', ['keepends?'], (self: string, [keep]) => splitLines(self, truth(keep ?? false))),
  method('join', ['iterable'], (self: string, [items]) =>
    iterate(items)
      .map((item, index) => {
        if (typeof item === 'string') return item
        throw new Fault(`sequence item ${index}: expected str instance, ${typeName(item)} found`)
      })
      .join(self),
  ),
  method('replace', ['old', 'new', 'count?'], (self: string, [from, to, count]) =>
    replace(self, text(from), text(to), whole(count, -1)),
  ),
  method('startswith', ['prefix', 'start?'], (self: string, [prefix, start]) =>
    startsOrEnds(prefix, (affix) => self.startsWith(affix, whole(start, 0))),
  ),
  method('endswith', ['suffix'], (self: string, [suffix]) => startsOrEnds(suffix, (affix) => self.endsWith(affix))),
  method('find', ['sub', 'start?', 'end?'], (self: string, [sub, start, end]) =>
    find(self, text(sub), start, end, false),
  ),
  method('rfind', ['sub', 'start?', 'end?'], (self: string, [sub, start, end]) =>
    find(self, text(sub), start, end, true),
  ),
  method('index', ['sub', 'start?', 'end?'], (self: string, [sub, start, end]) => {
    const at = find(self, text(sub), start, end, false)
    if (at < 0) throw new Fault('substring not found')
    return at
  }),
  method('rindex', ['sub', 'start?', 'end?'], (self: string, [sub, start, end]) => {
    const at = find(self, text(sub), start, end, true)
    if (at < 0) throw new Fault('substring not found')
    return at
  }),
  method('count', ['sub'], (self: string, [sub]) =>
    text(sub) === '' ? textLength(self) + 1 : self.split(text(sub)).length - 1,
  ),
  ['format', (self: string, args: Args) => formatBraces(self, args.positional, args.keywords)] as const,
  method('format_map', ['mapping'], (self: string, [mapping]) =>
    formatBraces(self, [], new Map(isDict(mapping) ? dictEntries(mapping).map(([k, v]) => [str(k), v]) : [])),
  ),
  method('partition', ['sep'], (self: string, [sep]) => partition(self, text(sep), false)),
  method('rpartition', ['sep'], (self: string, [sep]) => partition(self, text(sep), true)),
  method('ljust', ['width', 'fill?'], (self: string, [width, fill]) =>
    justify(self, whole(width, 0), 'left', optionalText(fill)),
  ),
  method('rjust', ['width', 'fill?'], (self: string, [width, fill]) =>
    justify(self, whole(width, 0), 'right', optionalText(fill)),
  ),
  method('center', ['width', 'fill?'], (self: string, [width, fill]) =>
    justify(self, whole(width, 0), 'center', optionalText(fill)),
  ),
  method('zfill', ['width'], (self: string, [width]) => {
    const sign = /^[+-]/.exec(self)?.[0] ?? ''
    return sign + self.slice(sign.length).padStart(whole(width, 0) - sign.length, '0')
  }),
  method('expandtabs', ['tabsize?'], (self: string, [size]) => expandTabs(self, whole(size, 8))),
  method('removeprefix', ['prefix'], (self: string, [prefix]) =>
    self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self,
  ),
  method('removesuffix', ['suffix'], (self: string, [suffix]) =>
    text(suffix) !== '' && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  ),
  method('translate', ['table'], (self: string, [table]) => translate(self, table)),
  method('isdigit', [], (self: string) => every(self, /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u)),
  method('isdecimal', [], (self: string) => every(self, /^\p{Nd}+$/u)),
  method('isnumeric', [], (self: string) => every(self, /^\p{N}+$/u)),
  method('isalpha', [], (self: string) => every(self, /^\p{L}+$/u)),
  method('isalnum', [], (self: string) => every(self, /^[\p{L}\p{N}]+$/u)),
  method('isspace', [], (self: string) => every(self, /^[\s\x1c-\x1f\x85]+$/u)),
  method('isascii', [], (self: string) => /^[\x00-\x7f]*$/u.test(self)),
  method('isidentifier', [], (self: string) => every(self, /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u)),
  method('isupper', [], (self: string) => isCased(self, 'upper')),
  method('islower', [], (self: string) => isCased(self, 'lower')),
  method('istitle', [], (self: string) =>
    isCased(self, 'upper') ? titleWords(self) === self : /\p{L}/u.test(self) && titleWords(self) === self,
  ),
])
