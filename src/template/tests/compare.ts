import { compares } from '../evaluate.ts'
import { Fault } from '../errors.ts'
import { binary } from '../python/arithmetic.ts'
import { contains, equal } from '../python/compare.ts'
import { iterate } from '../python/iterate.ts'
import { truth } from '../python/truth.ts'
import { isDict, isList, numberOf, type PyValue, typeName } from '../values.ts'
import { test, type TestEntry } from './test.ts'

function remainderIs(value: PyValue, by: PyValue, remainder: number): boolean {
  return equal(binary('%', value, by), remainder)
}

function isSubset(value: PyValue, other: PyValue): boolean {
  const all = members(other)
  return members(value).every((item) => all.some((candidate) => equal(candidate, item)))
}

/** Items that could be in a Python set. */
function members(value: PyValue): readonly PyValue[] {
  const items = iterate(value)
  const odd = items.find((item) => isList(item) || isDict(item))
  if (odd !== undefined) throw new Fault(`unhashable type: '${typeName(odd)}'`)
  return items
}

/** Tests against another value. */
export const compareTests: readonly TestEntry[] = [
  test('eq equalto ==', ['other'], (value, [other]) => compares('==', value, other)),
  test('ne !=', ['other'], (value, [other]) => compares('!=', value, other)),
  test('gt greaterthan >', ['other'], (value, [other]) => compares('>', value, other)),
  test('ge >=', ['other'], (value, [other]) => compares('>=', value, other)),
  test('lt lessthan <', ['other'], (value, [other]) => compares('<', value, other)),
  test('le <=', ['other'], (value, [other]) => compares('<=', value, other)),
  test('in', ['seq'], (value, [sequence]) => contains(sequence, value)),
  test('contains', ['value'], (sequence, [value]) => contains(sequence, value)),
  test('odd', [], (value) => remainderIs(value, 2, 1)),
  test('even', [], (value) => remainderIs(value, 2, 0)),
  test('divisibleby', ['num'], (value, [by]) => remainderIs(value, by, 0)),
  test('subset issubset', ['b'], isSubsetOf),
  test('superset issuperset', ['b'], (value, [other]) => isSubset(other, value)),
  test('any', [], (value) => iterate(value).some(truth)),
  test('all', [], (value) => iterate(value).every(truth)),
  test('nan isnan', [], (value) => Number.isNaN(numberOf(value) ?? 0)),
].flat()

function isSubsetOf(value: PyValue, [other]: readonly [PyValue]): boolean {
  return isSubset(value, other)
}
