import { Fault } from '../errors.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { search } from '../regex/operations.ts'
import type { PyValue } from '../values.ts'
import { compareVersions, type VersionType } from './versions.ts'
import { test, type TestEntry } from './test.ts'

function matches(
  value: PyValue,
  pattern: PyValue | undefined,
  flags: readonly (PyValue | undefined)[],
  anchored: boolean,
): boolean {
  const [ignoreCase = false, multiline = false] = flags.map((flag) => truth(flag ?? false))
  return search(str(pattern ?? ''), str(value), { ignoreCase, multiline }, anchored) !== undefined
}

const operators: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
}
const operatorNames: Readonly<Record<string, string>> = {
  '==': 'eq',
  '=': 'eq',
  '!=': 'ne',
  '<>': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}
const types: Readonly<Record<string, VersionType>> = {
  loose: 'loose',
  strict: 'strict',
  semver: 'semver',
  semantic: 'semver',
  pep440: 'pep440',
}

function version(
  value: PyValue,
  other: PyValue,
  operator: string,
  strict: PyValue | undefined,
  typeName: PyValue | undefined,
): boolean {
  if (strict !== undefined && strict !== null && typeName !== undefined && typeName !== null)
    throw new Fault("Cannot specify both 'strict' and 'version_type'")
  if (!truth(value)) throw new Fault('Input version value cannot be empty')
  if (!truth(other)) throw new Fault('Version parameter to compare against cannot be empty')
  const type =
    typeName === undefined || typeName === null ? (truth(strict ?? false) ? 'strict' : 'loose') : types[str(typeName)]
  if (type === undefined)
    throw new Fault(`Invalid version type (${str(typeName ?? null)}). Must be one of ${Object.keys(types).join(', ')}`)
  const compare = operators[operatorNames[operator] ?? operator]
  if (compare === undefined)
    throw new Fault(`Invalid operator type (${operator}). Must be one of ${Object.keys(operatorNames).join(', ')}`)
  return compare(compareVersions(str(value), str(other), type))
}

/** Tests of text: regular expressions and version numbers. */
export const patternTests: readonly TestEntry[] = [
  test('match', ['pattern?', 'ignorecase?', 'multiline?'], (value, [pattern, ...flags]) =>
    matches(value, pattern, flags, true),
  ),
  test('search', ['pattern?', 'ignorecase?', 'multiline?'], (value, [pattern, ...flags]) =>
    matches(value, pattern, flags, false),
  ),
  test(
    'regex',
    ['pattern?', 'ignorecase?', 'multiline?', 'match_type?'],
    (value, [pattern, ignoreCase, multiline, type]) =>
      matches(value, pattern, [ignoreCase, multiline], type === 'match' || type === 'fullmatch'),
  ),
  test(
    'version version_compare',
    ['version', 'operator?', 'strict?', 'version_type?'],
    (value, [other, operator, strict, type]) =>
      version(value, other, operator === undefined ? 'eq' : str(operator), strict, type),
  ),
].flat()
