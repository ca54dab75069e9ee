import { compares } from '../evaluate.ts'
import { failUndefined, Fault } from '../errors.ts'
import { modulo } from '../python/arithmetic.ts'
import { contains, equal } from '../python/compare.ts'
import { iterate } from '../python/iterate.ts'
import { truth } from '../python/truth.ts'
import { numberOf, type PyValue, typeName, Undefined } from '../values.ts'
import { test, type TestEntry } from './test.ts'

function remainder(value: PyValue, by: PyValue): number {
  if (value instanceof Undefined) return failUndefined(value)
  const [a, b] = [numberOf(value), numberOf(by)]
  if (a === undefined || b === undefined)
    throw new Fault(`unsupported operand type(s) for %: '${typeName(value)}' and '${typeName(by)}'`)
  if (b === 0) throw new Fault('integer modulo by zero')
  return modulo(a, b)
}

function isSubset(value: PyValue, other: PyValue): boolean {
  const all = iterate(other)
  return iterate(value).every((item) => all.some((candidate) => equal(candidate, item)))
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
  test('odd', [], (value) => remainder(value, 2) === 1),
  test('even', [], (value) => remainder(value, 2) === 0),
  test('divisibleby', ['num'], (value, [by]) => remainder(value, by) === 0),
  test('subset issubset', ['b'], isSubsetOf),
  test('superset issuperset', ['b'], (value, [other]) => isSubset(other, value)),
  test('any', [], (value) => iterate(value).some(truth)),
  test('all', [], (value) => iterate(value).every(truth)),
  test('nan isnan', [], (value) => Number.isNaN(numberOf(value) ?? 0)),
].flat()

function isSubsetOf(value: PyValue, [other]: readonly [PyValue]): boolean {
  return isSubset(value, other)
}
