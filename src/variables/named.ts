import type { Mapping, Value } from '../source/value.ts'

/** Values by name, of which each may be made only when it is asked for. */
export interface Named<T> {
  get(name: string): T | undefined
  keys(): Iterable<string>
}

/** The first that has the name gives its value. */
export function layered<T>(layers: readonly Named<T>[]): Named<T> {
  return {
    get(name) {
      for (const layer of layers) {
        const value = layer.get(name)
        if (value !== undefined) return value
      }
      return undefined
    },
    *keys() {
      for (const layer of layers) yield* layer.keys()
    },
  }
}

/** Values that are worked out at every look-up. */
export function computed(makers: Readonly<Record<string, () => Value>>): Named<Value> {
  return {
    get: (name) => (Object.hasOwn(makers, name) ? makers[name]?.() : undefined),
    keys: () => Object.keys(makers),
  }
}

/** A mapping whose values are made when they are read, and whose keys are listed when somebody goes through them. */
export function lazyMapping(has: (key: string) => boolean, { get, keys }: Named<Value>): Mapping {
  const handler: ProxyHandler<Record<string, Value>> = {
    get: (_target, key) => (typeof key === 'string' ? get(key) : undefined),
    has: (_target, key) => typeof key === 'string' && has(key),
    ownKeys: () => [...new Set(keys())],
    getOwnPropertyDescriptor: (_target, key) =>
      typeof key === 'string' && has(key) ? { configurable: true, enumerable: true, get: () => get(key) } : undefined,
    set: () => false,
    deleteProperty: () => false,
    defineProperty: () => false,
  }
  return new Proxy<Record<string, Value>>({}, handler)
}
