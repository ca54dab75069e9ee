import { failUndefined, Fault } from '../errors.ts'
import { isDict, isList, itemsOf, numberOf, PyThing, type PyValue, typeName, Undefined } from '../values.ts'
import { dictEntries, dictGet, dictHas, dictSize } from './dict.ts'

/** Python's `==`. Throws when either side is undefined. */
export function equal(a: PyValue, b: PyValue): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b
  const left = numberOf(a)
  const right = numberOf(b)
  if (left !== undefined && right !== undefined) return left === right
  if (a instanceof Undefined) return a.lenient ? b instanceof Undefined && b.lenient : failUndefined(a)
  if (b instanceof Undefined) return b.lenient ? false : failUndefined(b)
  const leftItems = itemsOf(a)
  const rightItems = itemsOf(b)
  if (leftItems !== undefined && rightItems !== undefined)
    return (
      isList(a) === isList(b) &&
      leftItems.length === rightItems.length &&
      leftItems.every((item, index) => equal(item, rightItems[index] ?? null))
    )
  if (isDict(a) && isDict(b))
    return (
      dictSize(a) === dictSize(b) &&
      dictEntries(a).every(([key, item]) => dictHas(b, key) && equal(item, dictGet(b, key) ?? null))
    )
  if (a instanceof PyThing && b instanceof PyThing && a.typeName === b.typeName && a.order() !== undefined)
    return a.order() === b.order()
  return a === b
}

/**
 * Python's ordering: negative, zero or positive (NaN when a NaN is involved). Throws when the two have no order, with
 * the words of the operator that asked.
 */
export function compare(a: PyValue, b: PyValue, operator = '<'): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const left = numberOf(a)
  const right = numberOf(b)
  if (left !== undefined && right !== undefined) return left - right
  if (a instanceof Undefined) return failUndefined(a)
  if (b instanceof Undefined) return failUndefined(b)
  const leftItems = itemsOf(a)
  const rightItems = itemsOf(b)
  if (leftItems !== undefined && rightItems !== undefined && isList(a) === isList(b)) {
    for (const [index, item] of leftItems.entries()) {
      const other = rightItems[index]
      if (other === undefined) return 1
      if (!equal(item, other)) return compare(item, other, operator)
    }
    return leftItems.length - rightItems.length
  }
  if (a instanceof PyThing && b instanceof PyThing && a.typeName === b.typeName) {
    const [leftOrder, rightOrder] = [a.order(), b.order()]
    if (leftOrder !== undefined && rightOrder !== undefined) return leftOrder - rightOrder
  }
  throw new Fault(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`)
}

/** By code point, as Python does: UTF-16 order differs where surrogates meet U+E000 and above. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    if (a.charCodeAt(index) !== b.charCodeAt(index)) {
      const [left, right] = [a.codePointAt(index) ?? 0, b.codePointAt(index) ?? 0]
      return left - right
    }
  }
  return a.length - b.length
}

/** Python's `in`. */
export function contains(container: PyValue, item: PyValue): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item)
    if (item instanceof Undefined) return failUndefined(item)
    throw new Fault(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  }
  const items = itemsOf(container)
  if (items !== undefined) return items.some((candidate) => equal(candidate, item))
  if (isDict(container)) return dictHas(container, item)
  if (container instanceof Undefined) return container.lenient ? false : failUndefined(container)
  throw new Fault(`argument of type '${typeName(container)}' is not iterable`)
}
