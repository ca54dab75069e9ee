import { failUndefined, Fault } from '../errors.ts'
import { replaceText, split } from '../methods/text-methods.ts'
import { formatPercent } from '../python/percent-format.ts'
import { iterate, length } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { capitalize, justify } from '../python/text-case.ts'
import { characters, splitLines, strip, textLength } from '../python/text.ts'
import { truth } from '../python/truth.ts'
import { numberOf, PyDict, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import { attributeGetter } from './attribute-path.ts'
import { filter, type FilterEntry } from './filter.ts'
import { wrapLine } from './wrap.ts'

/** A whole-number argument, or its default. */
function whole(value: PyValue | undefined, fallback: number): number {
  if (value === undefined || value === null) return fallback
  if (value instanceof Undefined) return failUndefined(value)
  const number = numberOf(value)
  if (number === undefined) throw new Fault(`a number is needed here, not ${typeName(value)}`)
  return number
}

function optional(value: PyValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : str(value)
}

/** A capital after every blank, hyphen or opening bracket; unlike `str.title()`, not after an apostrophe. */
function title(text: string): string {
  return text
    .split(/([-\s({[<]+)/u)
    .map((word) => {
      const [first = '', ...rest] = characters(word)
      return first.toUpperCase() + rest.join('').toLowerCase()
    })
    .join('')
}

function indent(text: string, width: PyValue | undefined, first: boolean, blank: boolean): string {
  const prefix = typeof width === 'string' ? width : ' '.repeat(whole(width, 4))
  const lines = splitLines(`${text}\n`)
  const body = lines.map((line, index) => (index > 0 && (blank || line !== '') ? prefix + line : line)).join('\n')
  return first ? prefix + body : body
}

function truncate(value: PyValue, size: number, cutWords: boolean, end: string, leeway: number): PyValue {
  if (size < textLength(end)) throw new Fault(`expected length >= ${textLength(end)}, got ${size}`)
  // Whatever is short enough passes, also a list.
  if (length(value) <= size + leeway) return value
  const all = characters(requireText(value, 'truncate'))
  const cut = all.slice(0, size - textLength(end)).join('')
  const blank = cut.lastIndexOf(' ')
  return (cutWords || blank < 0 ? cut : cut.slice(0, blank)) + end
}

/** Filters from text to text. */
export const textFilters: readonly FilterEntry[] = [
  filter('upper', [], (value) => str(value).toUpperCase()),
  filter('lower', [], (value) => str(value).toLowerCase()),
  filter('capitalize', [], (value) => capitalize(str(value))),
  filter('title', [], (value) => title(str(value))),
  filter('trim', ['chars?'], (value, [chars]) => strip(str(value), optional(chars), 'both')),
  filter('replace', ['old', 'new', 'count?'], (value, [from, to, count]) =>
    replaceText(str(value), str(from), str(to), whole(count, -1)),
  ),
  filter('split', ['sep?', 'maxsplit?'], (value, [separator, limit]) =>
    split(requireText(value, 'split'), optional(separator), whole(limit, -1)),
  ),
  filter('join', ['d?', 'attribute?'], (value, [separator, attribute]) => {
    const get = attributeGetter(attribute)
    return iterate(value)
      .map((item) => str(get(item)))
      .join(separator === undefined ? '' : str(separator))
  }),
  filter('center', ['width?'], (value, [width]) => justify(str(value), whole(width, 80), 'center')),
  filter('indent', ['width?', 'first?', 'blank?'], (value, [width, first, blank]) =>
    indent(requireText(value, 'indent'), width, truth(first ?? false), truth(blank ?? false)),
  ),
  filter('truncate', ['length?', 'killwords?', 'end?', 'leeway?'], (value, [size, cut, end, leeway]) =>
    truncate(value, whole(size, 255), truth(cut ?? false), optional(end) ?? '...', whole(leeway, 5)),
  ),
  filter(
    'wordwrap',
    ['width?', 'break_long_words?', 'wrapstring?', 'break_on_hyphens?'],
    (value, [width, breakWords, separator, breakHyphens]) =>
      splitLines(requireText(value, 'wordwrap'))
        .map((line) =>
          wrapLine(line, whole(width, 79), truth(breakWords ?? true), truth(breakHyphens ?? true)).join(
            optional(separator) ?? '\n',
          ),
        )
        .join(optional(separator) ?? '\n'),
  ),
  filter('wordcount', [], (value) => (str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length),
  [
    'format',
    (value, { positional, keywords }) => {
      if (positional.length > 0 && keywords.size > 0)
        throw new Fault("can't handle positional and keyword arguments at the same time")
      return formatPercent(str(value), keywords.size > 0 ? new PyDict(keywords) : new PyTuple(positional))
    },
  ],
  filter('striptags', [], (value) =>
    unescapeHtml(
      str(value)
        .replace(/<!--[^]*?-->|<[^>]*>/g, '')
        .split(/\s+/)
        .filter(Boolean)
        .join(' '),
    ),
  ),
  filter('escape', [], (value) => escapeHtml(str(value))),
  filter('e', [], (value) => escapeHtml(str(value))),
  filter('forceescape', [], (value) => escapeHtml(str(value))),
]

function requireText(value: PyValue, name: string): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`the ${name} filter needs a string, not ${typeName(value)}`)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole: string, ...codes: (string | undefined)[]) => {
    const [decimal, hex, name] = codes
    if (name !== undefined) return entities[name] ?? whole
    return String.fromCodePoint(decimal === undefined ? parseInt(hex ?? '0', 16) : Number(decimal))
  })
}

function escapeHtml(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    "'": '&#39;',
    '"': '&#34;',
  }
  return text.replace(/[&<>'"]/g, (character) => escapes[character] ?? character)
}
