import { Fault } from '../errors.ts'
import { equal } from '../python/compare.ts'
import { type Dict, dictGet } from '../python/dict.ts'
import { truth } from '../python/truth.ts'
import { isDict, isList, type PyValue } from '../values.ts'
import { test, type TestEntry } from './test.ts'

function result(value: PyValue, name: string): Dict {
  if (isDict(value)) return value
  throw new Fault(`The '${name}' test expects a dictionary`, 'it is for the registered result of a task')
}

function flag(value: PyValue, name: string): boolean {
  return truth(dictGet(result(value, name), name) ?? false)
}

/** A looped task's result counts as changed when one of its items does. */
function changed(value: PyValue): boolean {
  const own = dictGet(result(value, 'changed'), 'changed')
  if (own !== undefined) return truth(own)
  const items = dictGet(result(value, 'changed'), 'results')
  return (
    items !== undefined &&
    isList(items) &&
    items.some((item) => isDict(item) && truth(dictGet(item, 'changed') ?? false))
  )
}

/** A task that was not asynchronous counts as started and finished. */
function progress(name: string): (value: PyValue) => boolean {
  return (value) => {
    const own = dictGet(result(value, name), name)
    return own === undefined || equal(own, 1)
  }
}

/** Tests of the registered result of a task. */
export const resultTests: readonly TestEntry[] = [
  test('failed failure', [], (value) => flag(value, 'failed')),
  test('succeeded success successful', [], (value) => !flag(value, 'failed')),
  test('unreachable', [], (value) => flag(value, 'unreachable')),
  test('reachable', [], (value) => !flag(value, 'unreachable')),
  test('changed change', [], changed),
  test('skipped skip', [], (value) => flag(value, 'skipped')),
  test('started', [], progress('started')),
  test('finished', [], progress('finished')),
].flat()
