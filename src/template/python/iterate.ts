import { failUndefined, Fault } from '../errors.ts'
import { isDict, itemsOf, type PyValue, typeName, Undefined } from '../values.ts'
import { dictKeys, dictSize } from './dict.ts'
import { characters, textLength } from './text.ts'

/** What a `for` loop over the value sees: a dict's keys, a string's characters. */
export function iterate(value: PyValue): readonly PyValue[] {
  const items = itemsOf(value)
  if (items !== undefined) return items
  if (typeof value === 'string') return characters(value)
  if (isDict(value)) return dictKeys(value)
  if (value instanceof Undefined) return value.lenient ? [] : failUndefined(value)
  throw new Fault(`'${typeName(value)}' object is not iterable`)
}

export function isIterable(value: PyValue): boolean {
  return value instanceof Undefined
    ? value.lenient || failUndefined(value)
    : typeof value === 'string' || itemsOf(value) !== undefined || isDict(value)
}

/** Python's `len()`. */
export function length(value: PyValue): number {
  const items = itemsOf(value)
  if (items !== undefined) return items.length
  if (typeof value === 'string') return textLength(value)
  if (isDict(value)) return dictSize(value)
  if (value instanceof Undefined) return value.lenient ? 0 : failUndefined(value)
  throw new Fault(`object of type '${typeName(value)}' has no len()`)
}

/** The sub-sequence that `[start:stop:step]` names. */
export function sliceIndexes(size: number, start: PyValue, stop: PyValue, step: PyValue): number[] {
  const stride = bound(step) ?? 1
  if (stride === 0) throw new Fault('slice step cannot be zero')
  const clamp = (value: number | undefined, fallback: number, low: number, high: number): number =>
    value === undefined ? fallback : Math.min(Math.max(value < 0 ? value + size : value, low), high)
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1]
  const from = clamp(bound(start), stride > 0 ? low : high, low, high)
  const to = clamp(bound(stop), stride > 0 ? high : low, low, high)
  const indexes: number[] = []
  for (let index = from; stride > 0 ? index < to : index > to; index += stride) indexes.push(index)
  return indexes
}

function bound(value: PyValue): number | undefined {
  if (value === null) return undefined
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault('slice indices must be integers or None or have an __index__ method')
}
