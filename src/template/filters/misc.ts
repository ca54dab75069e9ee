import { Fault } from '../errors.ts'
import { parseDateTime } from '../python/datetime.ts'
import { str } from '../python/repr.ts'
import { breakDown, formatTime } from '../python/strftime.ts'
import { truth } from '../python/truth.ts'
import { numberOf, type PyValue, typeName } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'
import { parseFloatText } from './number.ts'

interface CommentStyle {
  readonly beginning?: string
  readonly decoration: string
  readonly end?: string
}

const styles = new Map<string, CommentStyle>([
  ['plain', { decoration: '# ' }],
  ['erlang', { decoration: '% ' }],
  ['c', { decoration: '// ' }],
  ['cblock', { beginning: '/*', decoration: ' * ', end: ' */' }],
  ['xml', { beginning: '<!--', decoration: ' - ', end: '-->' }],
])

/** Text as a comment: every line decorated, with a bare decoration before and after. */
const comment: FilterEntry = [
  'comment',
  (value, { positional, keywords }) => {
    if (typeof value !== 'string') throw new Fault(`the comment filter needs a string, not ${typeName(value)}`)
    const style = str(positional[0] ?? keywords.get('style') ?? 'plain')
    const defaults = styles.get(style)
    if (defaults === undefined)
      throw new Fault(`unknown comment style '${style}'`, `use ${[...styles.keys()].join(', ')}`)
    const setting = (name: string, fallback: string): string => str(keywords.get(name) ?? fallback)
    const count = (name: string): number => numberOf(keywords.get(name) ?? 1) ?? 1
    const newline = setting('newline', '\n')
    const decoration = setting('decoration', defaults.decoration)
    const beginning = setting('beginning', defaults.beginning ?? '')
    const end = setting('end', defaults.end ?? '')
    const prefix = setting('prefix', decoration.trimEnd())
    const postfix = setting('postfix', decoration.trimEnd())
    const prefixLine = prefix === newline ? newline : prefix + newline
    const text = (decoration + value.replaceAll(newline, newline + decoration)).replaceAll(
      decoration + newline,
      decoration.trimEnd() + newline,
    )
    return [
      beginning === '' ? '' : beginning + newline,
      prefix === '' ? '' : prefixLine.repeat(count('prefix_count')),
      text,
      (newline + postfix).repeat(count('postfix_count')),
      end === '' ? '' : newline + end,
    ].join('')
  },
]

function epoch(value: PyValue): number {
  const number = typeof value === 'string' ? parseFloatText(value) : numberOf(value)
  if (number === undefined) throw new Fault(`Invalid value for epoch value (${str(value)})`)
  return number
}

/** Filters about time, and what fits nowhere else. */
export const miscFilters: readonly FilterEntry[] = [
  comment,
  filter('strftime', ['second?', 'utc?'], (format, [second, utc]) => {
    const seconds = second === undefined || second === null ? Date.now() / 1000 : epoch(second)
    return formatTime(str(format), breakDown(seconds, truth(utc ?? false)))
  }),
  filter('to_datetime', ['format?'], (value, [format]) =>
    parseDateTime(str(value), format === undefined ? '%Y-%m-%d %H:%M:%S' : str(format)),
  ),
]
