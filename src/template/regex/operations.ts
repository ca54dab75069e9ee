import { Fault } from '../errors.ts'
import { PyTuple, type PyValue } from '../values.ts'
import { compilePattern, type Pattern, type RegexFlags } from './translate.ts'

const capacity = 500
const compiled = new Map<string, Pattern>()

/** A compiled pattern, from the cache if it was used before. */
export function patternOf(source: string, flags: RegexFlags): Pattern {
  const key = `${JSON.stringify(flags)}:${source}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const pattern = compilePattern(source, flags)
  if (compiled.size >= capacity) compiled.clear()
  compiled.set(key, pattern)
  return pattern
}

/** Python's `re.search`, or with `anchored` its `re.match`. */
export function search(source: string, text: string, flags: RegexFlags, anchored = false): RegExpExecArray | undefined {
  const { regexp } = patternOf(source, flags)
  regexp.lastIndex = 0
  if (!anchored) return regexp.exec(text) ?? undefined
  // A match of the leftmost possibility at 0 is found first if there is one.
  const sticky = new RegExp(regexp.source, regexp.flags.replace('g', 'y'))
  return sticky.exec(text) ?? undefined
}

/** A group of a match by number or name; null where it took no part. */
export function groupOf(match: RegExpExecArray, pattern: Pattern, group: string): PyValue {
  const index = /^\d+$/.test(group) ? Number(group) : pattern.names.get(group)
  if (index === undefined || index > pattern.groups) throw new Fault('no such group')
  return match[index] ?? null
}

/** Python's `re.findall`: whole matches, or the group, or tuples of the groups. */
export function findAll(source: string, text: string, flags: RegexFlags): PyValue[] {
  const pattern = patternOf(source, flags)
  return [...text.matchAll(pattern.regexp)].map((match) => {
    if (pattern.groups === 0) return match[0]
    const groups = match.slice(1).map((group: string | undefined) => group ?? '')
    return pattern.groups === 1 ? (groups[0] ?? '') : new PyTuple(groups)
  })
}

/** Python's `re.sub` with `\1`, `\g<name>` and the escapes of its replacement strings. */
export function substitute(source: string, text: string, replacement: string, flags: RegexFlags): string {
  return substituteCounted(source, text, replacement, flags).text
}

/** Python's `re.subn`: also how many matches there were. */
export function substituteCounted(
  source: string,
  text: string,
  replacement: string,
  flags: RegexFlags,
): { readonly text: string; readonly count: number } {
  const expand = expander(replacement, patternOf(source, flags))
  let count = 0
  const result = text.replace(patternOf(source, flags).regexp, (...groups: (string | undefined)[]) => {
    count++
    return expand(groups)
  })
  return { text: result, count }
}

/** Python's `match.expand`: a replacement with the groups of a match in it. Throws Fault when there is no such group. */
export function expander(replacement: string, pattern: Pattern): (groups: readonly (string | undefined)[]) => string {
  const parts = parseReplacement(replacement, pattern)
  return (groups) => parts.map((part) => (typeof part === 'string' ? part : (groups[part] ?? ''))).join('')
}

const controls: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** Literal text and the numbers of groups. */
function parseReplacement(replacement: string, pattern: Pattern): (string | number)[] {
  const parts: (string | number)[] = []
  const reference = /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[0-3][0-7]{2})|([1-9]\d?)|([^]))/g
  let last = 0
  for (const match of replacement.matchAll(reference)) {
    parts.push(replacement.slice(last, match.index))
    last = match.index + match[0].length
    const [, name, octal, number, other] = match
    if (octal !== undefined) parts.push(String.fromCharCode(parseInt(octal, 8)))
    else if (other !== undefined) parts.push(escaped(other))
    else parts.push(groupNumber(name ?? number ?? '', pattern))
  }
  parts.push(replacement.slice(last))
  return parts
}

function escaped(character: string): string {
  const control = controls[character]
  if (control !== undefined) return control
  if (/[a-zA-Z]/.test(character)) throw new Fault(`bad escape \\${character} in the replacement`)
  return `\\${character}`
}

function groupNumber(group: string, pattern: Pattern): number {
  const number = /^\d+$/.test(group) ? Number(group) : pattern.names.get(group)
  if (number === undefined) throw new Fault(`unknown group name '${group}' in the replacement`)
  if (number > pattern.groups) throw new Fault(`invalid group reference ${group} in the replacement`)
  return number
}
