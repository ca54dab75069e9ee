import { failUndefined, Fault } from './errors.ts'
import { dictMethods } from './methods/dict-methods.ts'
import { listMethods, tupleMethods } from './methods/list-methods.ts'
import { boundMethod } from './methods/methods.ts'
import { numberMethods } from './methods/number-methods.ts'
import { textMethods } from './methods/text-methods.ts'
import { explanation } from './missing.ts'
import { dictGet, dictKeys } from './python/dict.ts'
import { sliceIndexes } from './python/iterate.ts'
import { repr, str } from './python/repr.ts'
import { characters } from './python/text.ts'
import {
  isDict,
  isList,
  itemsOf,
  numberOf,
  or,
  PyCallable,
  PyThing,
  PyTuple,
  type PyValue,
  typeName,
  Undefined,
} from './values.ts'

/** `value.name`: a method or attribute of the type first, then an item of that name, as Jinja looks it up. */
export function attributeOf(value: PyValue, name: string): PyValue {
  // Anything of an undefined value is that same undefined value: `a.b.c | default('d')` works.
  if (value instanceof Undefined) return value.lenient ? failUndefined(value) : value
  return or(builtinAttribute(value, name), () => or(ownItem(value, name), () => missing(value, name)))
}

/** `value[key]`: an item first, then a method or attribute of that name. */
export function itemOf(value: PyValue, key: PyValue): PyValue {
  if (value instanceof Undefined) return value.lenient ? failUndefined(value) : value
  if (key instanceof Undefined) return failUndefined(key)
  return or(ownItem(value, key), () =>
    or(typeof key === 'string' ? builtinAttribute(value, key) : undefined, () => missing(value, key)),
  )
}

/** `value[start:stop:step]`. */
export function sliceOf(value: PyValue, start: PyValue, stop: PyValue, step: PyValue): PyValue {
  if (value instanceof Undefined) return value.lenient ? failUndefined(value) : value
  const pick = <T>(all: readonly T[]): T[] =>
    sliceIndexes(all.length, start, stop, step).flatMap((index) => all.slice(index, index + 1))
  if (typeof value === 'string') return pick(characters(value)).join('')
  if (value instanceof PyTuple) return new PyTuple(pick(value.items))
  if (isList(value)) return pick(value)
  throw new Fault(isDict(value) ? "unhashable type: 'slice'" : `'${typeName(value)}' object is not subscriptable`)
}

/** A method or attribute that the value's type has, in Python's sense. Only these tables are ever looked at. */
export function builtinAttribute(value: PyValue, name: string): PyValue | undefined {
  if (typeof value === 'string') return boundMethod(textMethods, value, name)
  if (isList(value)) return boundMethod(listMethods, value, name)
  if (value instanceof PyTuple) {
    const field = value.fields.indexOf(name)
    return field >= 0 ? value.items[field] : boundMethod(tupleMethods, value, name)
  }
  if (isDict(value)) return boundMethod(dictMethods, value, name)
  if (value instanceof PyThing) return value.attribute(name)
  if (value instanceof PyCallable) return value.typeName === 'Macro' && name === 'name' ? value.name : undefined
  return numberOf(value) === undefined ? undefined : boundMethod(numberMethods, value, name)
}

function ownItem(value: PyValue, key: PyValue): PyValue | undefined {
  if (isDict(value)) return dictGet(value, key)
  const index = typeof key === 'boolean' ? Number(key) : key
  if (typeof index !== 'number' || !Number.isInteger(index)) return undefined
  if (typeof value === 'string') return characters(value).at(index)
  return itemsOf(value)?.at(index)
}

/** The undefined value that stands for a missing attribute or item, in Jinja's words. */
export function missing(value: PyValue, key: PyValue): Undefined {
  const type = value === null ? 'None' : `${typeName(value)} object`
  if (typeof key !== 'string') return new Undefined(`${type} has no element ${repr(key)}`)
  return new Undefined(explanation(value, key) ?? `'${type}' has no attribute '${key}'`, {
    name: key,
    candidates: () => (isDict(value) ? dictKeys(value).map(str) : []),
  })
}
