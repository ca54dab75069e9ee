import type { PyValue } from '../values.ts'
import { compare } from './compare.ts'

/** Python's stable `sorted()`; equal items keep their order also when reversed. */
export function sorted<T extends PyValue>(items: readonly T[], key: (item: T) => PyValue, reverse = false): T[] {
  const keyed = items.map((item) => ({ item, key: key(item) }))
  keyed.sort((a, b) => (reverse ? compare(b.key, a.key) : compare(a.key, b.key)))
  return keyed.map(({ item }) => item)
}
