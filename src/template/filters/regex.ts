import { failUndefined, Fault } from '../errors.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { type PyValue, Undefined } from '../values.ts'
import { findAll, groupOf, patternOf, search, substitute } from '../regex/operations.ts'
import type { RegexFlags } from '../regex/translate.ts'
import { filter, type FilterEntry } from './filter.ts'

function flagsOf(ignoreCase: PyValue | undefined, multiline: PyValue | undefined): RegexFlags {
  return { ignoreCase: truth(ignoreCase ?? false), multiline: truth(multiline ?? false) }
}

/** The whole match, or the groups that `\1` and `\g<name>` arguments ask for. */
const regexSearch: FilterEntry = [
  'regex_search',
  (value, { positional, keywords }) => {
    if (value instanceof Undefined) return failUndefined(value)
    const [patternArgument, ...wanted] = positional
    const source = patternArgument ?? keywords.get('regex')
    if (source === undefined) throw new Fault("filter 'regex_search' is missing its argument 'regex'")
    const flags = flagsOf(keywords.get('ignorecase'), keywords.get('multiline'))
    const groups = wanted.map((argument) => {
      const found = /^\\(?:g<(\S+)>|(\d+))/.exec(str(argument))
      if (found === null) throw new Fault('Unknown argument')
      return found[1] ?? found[2] ?? ''
    })
    const match = search(str(source), str(value), flags)
    if (match === undefined) return null
    if (groups.length === 0) return match[0]
    const pattern = patternOf(str(source), flags)
    return groups.map((group) => groupOf(match, pattern, group))
  },
]

/** What Python's `re.escape` escapes. */
const special = /[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g

function escapePattern(text: string, type: string): string {
  if (type === 'python') return text.replace(special, '\\$&')
  if (type === 'posix_basic') return text.replace(/[\].[^$*\\]/g, '\\$&')
  throw new Fault(
    type === 'posix_extended' ? `Regex type (${type}) not yet implemented` : `Invalid regex type (${type})`,
  )
}

export const regexFilters: readonly FilterEntry[] = [
  regexSearch,
  filter(
    'regex_replace',
    ['pattern?', 'replacement?', 'ignorecase?', 'multiline?'],
    (value, [pattern, replacement, ignoreCase, multiline]) =>
      substitute(str(pattern ?? ''), str(value), str(replacement ?? ''), flagsOf(ignoreCase, multiline)),
  ),
  filter('regex_findall', ['regex', 'multiline?', 'ignorecase?'], (value, [pattern, multiline, ignoreCase]) =>
    findAll(str(pattern), str(value), flagsOf(ignoreCase, multiline)),
  ),
  filter('regex_escape', ['re_type?'], (value, [type]) =>
    escapePattern(str(value), type === undefined ? 'python' : str(type)),
  ),
]
