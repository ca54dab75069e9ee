import { isIterable } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { isCased } from '../python/text-case.ts'
import { truth } from '../python/truth.ts'
import { isDict, isFloat, itemsOf, numberOf, PyCallable, PyTuple, type PyValue, Undefined } from '../values.ts'
import { test, type TestEntry } from './test.ts'

function isInteger(value: PyValue): boolean {
  return typeof value === 'number' && !isFloat(value)
}

/** Python's `is`: the same object, not an equal one. Small immutable values are shared there, as in CPython. */
function same(a: PyValue, b: PyValue): boolean {
  return a === b || (a instanceof PyTuple && b instanceof PyTuple && a.items.length === 0 && b.items.length === 0)
}

/** Tests of what a value is. Most are harmless on an undefined one, as in Jinja. */
export const typeTests: readonly TestEntry[] = [
  test('defined', [], (value) => !(value instanceof Undefined)),
  test('undefined', [], (value) => value instanceof Undefined),
  test('none', [], (value) => value === null),
  test('boolean', [], (value) => typeof value === 'boolean'),
  test('true', [], (value) => value === true),
  test('false', [], (value) => value === false),
  test('string', [], (value) => typeof value === 'string'),
  test('number', [], (value) => numberOf(value) !== undefined),
  test('integer', [], isInteger),
  test('float', [], isFloat),
  test('mapping', [], isDict),
  test('sequence', [], (value) => typeof value === 'string' || itemsOf(value) !== undefined || isDict(value)),
  test('iterable', [], isIterable),
  test('callable', [], (value) => value instanceof PyCallable || value instanceof Undefined),
  test('escaped', [], () => false),
  test('sameas', ['other'], (value, [other]) => same(value, other)),
  test('lower', [], (value) => isCased(str(value), 'lower')),
  test('upper', [], (value) => isCased(str(value), 'upper')),
  test('truthy', ['convert_bool?'], (value, [convert]) => truthy(value, truth(convert ?? false))),
  test('falsy', ['convert_bool?'], (value, [convert]) => !truthy(value, truth(convert ?? false))),
  test('vault_encrypted', [], () => false),
].flat()

const yes: ReadonlySet<string> = new Set(['y', 'yes', 'on', '1', 'true', 't', '1.0'])
const no: ReadonlySet<string> = new Set(['n', 'no', 'off', '0', 'false', 'f', '0.0'])

function truthy(value: PyValue, convert: boolean): boolean {
  if (convert && (typeof value === 'string' || numberOf(value) !== undefined)) {
    const text = str(value).trim().toLowerCase()
    if (yes.has(text)) return true
    if (no.has(text)) return false
  }
  return truth(value)
}
