/** What to say of a key that a mapping lacks, where the mapping is not just any. */
const words = new WeakMap<object, (key: string) => string>()

/** The mapping, which explains keys that it does not have in words of its own. */
export function explaining<T extends object>(mapping: T, explain: (key: string) => string): T {
  words.set(mapping, explain)
  return mapping
}

export function explanation(mapping: unknown, key: string): string | undefined {
  return typeof mapping === 'object' && mapping !== null ? words.get(mapping)?.(key) : undefined
}
