import { failUndefined, Fault } from '../errors.ts'
import { compare, equal } from '../python/compare.ts'
import { dictEntries } from '../python/dict.ts'
import { isIterable, iterate } from '../python/iterate.ts'
import { binary } from '../python/arithmetic.ts'
import { randomBelow, type RandomBelow, shuffled } from '../python/random.ts'
import { sorted } from '../python/sort.ts'
import { characters } from '../python/text.ts'
import { truth } from '../python/truth.ts'
import { isDict, itemsOf, numberOf, or, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import { attributeGetter, attributesGetter, ignoreCase } from './attribute-path.ts'
import { filter, type FilterEntry } from './filter.ts'

function whole(value: PyValue): number {
  if (value instanceof Undefined) return failUndefined(value)
  const number = numberOf(value)
  if (number === undefined) throw new Fault(`a number is needed here, not ${typeName(value)}`)
  return Math.trunc(number)
}

/** The smallest or largest item; `sign` turns one into the other. */
function extreme(
  value: PyValue,
  caseSensitive: PyValue | undefined,
  attribute: PyValue | undefined,
  sign: 1 | -1,
): PyValue {
  const get = attributeGetter(attribute)
  const key = (item: PyValue): PyValue => (truth(caseSensitive ?? false) ? get(item) : ignoreCase(get(item)))
  const [first, ...rest] = iterate(value)
  if (first === undefined) return new Undefined('No aggregated item, sequence was empty.')
  let best = { item: first, key: key(first) }
  for (const item of rest) {
    const candidate = { item, key: key(item) }
    if (compare(candidate.key, best.key, sign < 0 ? '>' : '<') * sign < 0) best = candidate
  }
  return best.item
}

function groupBy(value: PyValue, attribute: PyValue, fallback: PyValue | undefined, caseSensitive: boolean): PyValue[] {
  const get = attributeGetter(attribute, fallback)
  const key = (item: PyValue): PyValue => (caseSensitive ? get(item) : ignoreCase(get(item)))
  const groups: { key: PyValue; items: PyValue[] }[] = []
  for (const item of sorted(iterate(value), key)) {
    const last = groups.at(-1)
    if (last !== undefined && equal(last.key, key(item))) last.items.push(item)
    else groups.push({ key: key(item), items: [item] })
  }
  return groups.map(({ items }) => new PyTuple([get(items[0] ?? null), items], ['grouper', 'list']))
}

function batch(items: readonly PyValue[], size: number, fill: PyValue | undefined): PyValue[][] {
  const rows: PyValue[][] = []
  for (let start = 0; start < items.length; start += size) rows.push(items.slice(start, start + size))
  const last = rows.at(-1)
  if (fill !== undefined && fill !== null) while (last !== undefined && last.length < size) last.push(fill)
  return rows
}

/** A list in so many parts, the first ones longer by one where it does not divide. */
function slice(items: readonly PyValue[], parts: number, fill: PyValue | undefined): PyValue[][] {
  const size = Math.floor(items.length / parts)
  const longer = items.length % parts
  let start = 0
  return Array.from({ length: parts }, (_, index) => {
    const part = items.slice(start, start + size + (index < longer ? 1 : 0))
    start += part.length
    return fill !== undefined && fill !== null && index >= longer ? [...part, fill] : part
  })
}

function flatten(items: readonly PyValue[], levels: number, skipNulls: boolean): PyValue[] {
  return items.flatMap((item) => {
    if (skipNulls && (item === null || item === 'None' || item === 'null')) return []
    const inner = itemsOf(item)
    return inner !== undefined && levels >= 1 ? flatten(inner, levels - 1, skipNulls) : [item]
  })
}

export { flatten as flattenItems }

/** Python's `randrange(start, end, step)`. */
function randomNumber(end: number, start: PyValue | undefined, step: PyValue | undefined, below: RandomBelow): number {
  const from = whole(start ?? 0)
  const stride = whole(step ?? 1) || 1
  const width = Math.ceil((end - from) / stride)
  if (width <= 0) throw new Fault(`empty range for randrange(${from}, ${end}, ${stride})`)
  return from + stride * below(width)
}

/** Filters over lists. */
export const listFilters: readonly FilterEntry[] = [
  filter('list', [], (value) => [...iterate(value)]),
  filter('first', [], (value) => or(iterate(value)[0], () => new Undefined('No first item, sequence was empty.'))),
  filter('last', [], (value) => or(iterate(value).at(-1), () => new Undefined('No last item, sequence was empty.'))),
  filter('reverse', [], (value) =>
    typeof value === 'string' ? characters(value).reverse().join('') : iterate(value).toReversed(),
  ),
  filter('sort', ['reverse?', 'case_sensitive?', 'attribute?'], (value, [reverse, caseSensitive, attribute]) => {
    const get = attributesGetter(attribute)
    const key = (item: PyValue): PyValue => {
      const keys = get(item)
      return truth(caseSensitive ?? false) ? keys : keys.map(ignoreCase)
    }
    return sorted(iterate(value), key, truth(reverse ?? false))
  }),
  filter('dictsort', ['case_sensitive?', 'by?', 'reverse?'], (value, [caseSensitive, by, reverse]) => {
    if (value instanceof Undefined) return failUndefined(value)
    if (!isDict(value)) throw new Fault(`dictsort needs a dict, not ${typeName(value)}`)
    if (by !== undefined && by !== 'key' && by !== 'value')
      throw new Fault('You can only sort by either "key" or "value"')
    const pairs = dictEntries(value).map((entry) => new PyTuple(entry))
    const key = (pair: PyTuple): PyValue => {
      const part = pair.items[by === 'value' ? 1 : 0] ?? null
      return truth(caseSensitive ?? false) ? part : ignoreCase(part)
    }
    return sorted(pairs, key, truth(reverse ?? false))
  }),
  filter('min', ['case_sensitive?', 'attribute?'], (value, [caseSensitive, attribute]) =>
    extreme(value, caseSensitive, attribute, 1),
  ),
  filter('max', ['case_sensitive?', 'attribute?'], (value, [caseSensitive, attribute]) =>
    extreme(value, caseSensitive, attribute, -1),
  ),
  filter('sum', ['attribute?', 'start?'], (value, [attribute, start]) =>
    iterate(value)
      .map(attributeGetter(attribute))
      .reduce(
        (sum: PyValue, item) => binary('+', sum, item),
        or(start, () => 0),
      ),
  ),
  filter('groupby', ['attribute', 'default?', 'case_sensitive?'], (value, [attribute, fallback, caseSensitive]) =>
    groupBy(value, attribute, fallback, truth(caseSensitive ?? false)),
  ),
  filter('batch', ['linecount', 'fill_with?'], (value, [size, fill]) => batch(iterate(value), whole(size), fill)),
  filter('slice', ['slices', 'fill_with?'], (value, [parts, fill]) => slice(iterate(value), whole(parts), fill)),
  filter('flatten', ['levels?', 'skip_nulls?'], (value, [levels, skip]) =>
    flatten(iterate(value), levels === undefined || levels === null ? Infinity : whole(levels), truth(skip ?? true)),
  ),
  filter('random', ['start?', 'step?', 'seed?'], (value, [start, step, seed]) => {
    const below = randomBelow(seed)
    if (typeof value === 'number') return randomNumber(value, start, step, below)
    const items = iterate(value)
    if (truth(start ?? false) || truth(step ?? false))
      throw new Fault('start and step can only be used with integer values')
    if (items.length === 0) throw new Fault('Cannot choose from an empty sequence')
    return items[below(items.length)] ?? null
  }),
  filter('shuffle', ['seed?'], (value, [seed]) =>
    isIterable(value) ? shuffled(iterate(value), randomBelow(truth(seed ?? false) ? seed : undefined)) : value,
  ),
]
