import { failUndefined, Fault } from '../errors.ts'
import { binary } from '../python/arithmetic.ts'
import { equal } from '../python/compare.ts'
import { iterate } from '../python/iterate.ts'
import { truth } from '../python/truth.ts'
import { isDict, isList, numberOf, PyTuple, type PyValue, Undefined } from '../values.ts'
import { attributeGetter, ignoreCase } from './attribute-path.ts'
import { filter, type FilterEntry } from './filter.ts'

/** Membership that is quick for strings and numbers, and by Python's equality for everything else. */
class Members {
  readonly #simple = new Set<string | number | null>()
  readonly #other: PyValue[] = []

  constructor(items: readonly PyValue[] = []) {
    for (const item of items) this.add(item)
  }

  has(item: PyValue): boolean {
    if (item instanceof Undefined) return failUndefined(item)
    const simple = simpleKey(item)
    return simple === undefined ? this.#other.some((known) => equal(known, item)) : this.#simple.has(simple)
  }

  add(item: PyValue): void {
    const simple = simpleKey(item)
    if (simple === undefined) this.#other.push(item)
    else this.#simple.add(simple)
  }
}

/** A value that a JavaScript set tells apart as Python does: 1, 1.0 and True are one and the same. */
function simpleKey(value: PyValue): string | number | null | undefined {
  return typeof value === 'string' || value === null ? value : numberOf(value)
}

function isHashable(value: PyValue): boolean {
  return !isList(value) && !isDict(value)
}

function unique(items: readonly PyValue[], key: (item: PyValue) => PyValue = (item) => item): PyValue[] {
  const seen = new Members()
  return items.filter((item) => {
    const own = key(item)
    if (seen.has(own)) return false
    seen.add(own)
    return true
  })
}

/** Two things that can be members of a set are united as sets, everything else by `+`. */
function union(a: PyValue, b: PyValue): PyValue[] {
  return unique(isHashable(a) && isHashable(b) ? [...iterate(a), ...iterate(b)] : iterate(binary('+', a, b)))
}

function within(items: readonly PyValue[], others: readonly PyValue[], wanted: boolean): PyValue[] {
  const members = new Members(others)
  return unique(items.filter((item) => members.has(item) === wanted))
}

/** Every way to take one item of each list. */
function product(lists: readonly (readonly PyValue[])[]): PyValue[] {
  return lists
    .reduce<PyValue[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]])
    .map((row) => new PyTuple(row))
}

/** Every choice of `size` items; with `ordered` also in every order. */
function choices(items: readonly PyValue[], size: number, ordered: boolean): PyValue[] {
  const pick = (from: readonly PyValue[], left: number): PyValue[][] =>
    left === 0
      ? [[]]
      : from.flatMap((item, index) => {
          const rest = ordered ? [...from.slice(0, index), ...from.slice(index + 1)] : from.slice(index + 1)
          return pick(rest, left - 1).map((row) => [item, ...row])
        })
  return size > items.length ? [] : pick(items, size).map((row) => new PyTuple(row))
}

function zip(lists: readonly (readonly PyValue[])[], length: number, fill: PyValue): PyValue[] {
  return Array.from(
    { length },
    (_, index) => new PyTuple(lists.map((list) => (index < list.length ? (list[index] ?? null) : fill))),
  )
}

function sizeArgument(value: PyValue): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new Fault('a whole number of items is needed here')
}

/** Filters that treat lists as sets, and those that combine lists. */
export const setFilters: readonly FilterEntry[] = [
  filter('unique', ['case_sensitive?', 'attribute?'], (value, [caseSensitive, attribute]) => {
    const get = attributeGetter(attribute)
    // Ansible looks at case only if asked to ignore it by the attribute or the flag: its default compares lower case.
    return unique(iterate(value), (item) => (truth(caseSensitive ?? false) ? get(item) : ignoreCase(get(item))))
  }),
  filter('union', ['b'], (value, [other]) => union(value, other)),
  filter('intersect', ['b'], (value, [other]) => within(iterate(value), iterate(other), true)),
  filter('difference', ['b'], (value, [other]) => within(iterate(value), iterate(other), false)),
  filter('symmetric_difference', ['b'], (value, [other]) =>
    within(union(value, other), within(iterate(value), iterate(other), true), false),
  ),
  filter('zip', ['*others'], (value, [others]) => {
    const lists = [value, ...others].map(iterate)
    return zip(lists, Math.min(...lists.map((list) => list.length)), null)
  }),
  [
    'zip_longest',
    (value, { positional, keywords }) => {
      const lists = [value, ...positional].map(iterate)
      return zip(lists, Math.max(...lists.map((list) => list.length)), keywords.get('fillvalue') ?? null)
    },
  ],
  [
    'product',
    (value, { positional, keywords }) => {
      const lists = [value, ...positional].map(iterate)
      const times = sizeArgument(keywords.get('repeat') ?? 1)
      return product(Array.from({ length: times }, () => lists).flat())
    },
  ],
  filter('combinations', ['r'], (value, [size]) => choices(iterate(value), sizeArgument(size), false)),
  filter('permutations', ['r?'], (value, [size]) => {
    const items = iterate(value)
    return choices(items, size === undefined || size === null ? items.length : sizeArgument(size), true)
  }),
]
