import { failUndefined } from '../errors.ts'
import { isList, PyDict, PyFloat, PyObject, PyThing, PyTuple, type PyValue, Undefined } from '../values.ts'

/** Python's `bool()`. */
export function truth(value: PyValue): boolean {
  if (value === null || typeof value !== 'object') return Boolean(value) || Number.isNaN(value)
  if (isList(value)) return value.length > 0
  if (!(value instanceof PyObject)) return Object.keys(value).length > 0
  if (value instanceof Undefined) return value.lenient ? false : failUndefined(value)
  if (value instanceof PyFloat) return value.value !== 0
  if (value instanceof PyTuple) return value.items.length > 0
  if (value instanceof PyDict) return value.entries.size > 0
  return !(value instanceof PyThing) || value.truth()
}
