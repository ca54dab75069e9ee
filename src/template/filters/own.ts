import { isUserError } from '../../errors.ts'
import type { Value } from '../../source/value.ts'
import { Fault } from '../errors.ts'
import { str } from '../python/repr.ts'
import { mappingFrom, type PyValue, toValue } from '../values.ts'
import type { Filter } from './filter.ts'

/**
 * A filter of one's own: the value before the `|`, then the arguments in parentheses. Those that are given by name come
 * last, together as one mapping.
 */
export type OwnFilter = (value: Value, ...args: readonly Value[]) => Value

/** Filters of one's own by name. */
export type OwnFilters = ReadonlyMap<string, Filter>

export const noFilters: OwnFilters = new Map()

/** The function as a filter of templates. What it throws is a mistake where the template uses it. */
export function ownFilter(name: string, run: OwnFilter): Filter {
  return (value, { positional, keywords }) => {
    const plain = (part: PyValue): Value => toValue(part, str)
    const named = [...keywords].map(([key, part]) => [key, plain(part)] as const)
    const args = [...positional.map(plain), ...(named.length > 0 ? [mappingFrom(named)] : [])]
    const input = plain(value)
    const result = attempt(name, () => run(input, ...args))
    if (isValue(result)) return result
    const what = result instanceof Promise ? 'a promise, and templates do not wait' : 'what is no value of YAML or JSON'
    throw new Fault(`filter '${name}' gives ${what}`)
  }
}

function attempt(name: string, run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (isUserError(error)) throw new Fault(error.message, error.hint)
    throw new Fault(`filter '${name}': ${error instanceof Error ? error.message : String(error)}`)
  }
}

function isValue(value: unknown): value is Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isValue)
  if (typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isValue)
}
