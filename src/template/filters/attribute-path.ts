import { itemOf } from '../attributes.ts'
import { str } from '../python/repr.ts'
import { type PyValue, Undefined } from '../values.ts'

/** A getter for `attribute='a.b.0'`; whole numbers are positions. A missing step becomes `fallback` where one is given. */
export function attributeGetter(attribute: PyValue | undefined, fallback?: PyValue): (item: PyValue) => PyValue {
  const steps = stepsOf(attribute ?? null)
  return (item) => {
    let value = item
    for (const step of steps) {
      value = itemOf(value, step)
      if (fallback !== undefined && fallback !== null && value instanceof Undefined) value = fallback
    }
    return value
  }
}

/** The values of several attributes separated by commas, as a list to sort by. */
export function attributesGetter(attributes: PyValue | undefined): (item: PyValue) => PyValue[] {
  const names = typeof attributes === 'string' ? attributes.split(',') : [attributes ?? null]
  const getters = names.map((name) => attributeGetter(name))
  return (item) => getters.map((get) => get(item))
}

/** Strings in lower case, for comparisons that ignore case; everything else as it is. */
export function ignoreCase(value: PyValue): PyValue {
  return typeof value === 'string' ? value.toLowerCase() : value
}

function stepsOf(attribute: PyValue): readonly PyValue[] {
  if (attribute === null) return []
  if (typeof attribute === 'number') return [attribute]
  return str(attribute)
    .split('.')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}
