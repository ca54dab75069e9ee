import { builtinAttribute, itemOf, missing } from '../attributes.ts'
import { Fault } from '../errors.ts'
import { length } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { isList, or, type PyValue, typeName, Undefined } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'

function fallback(value: PyValue, other: PyValue | undefined, alsoFalse: PyValue | undefined): PyValue {
  const absent = value instanceof Undefined || (truth(alsoFalse ?? false) && !truth(value))
  return absent ? or(other, () => '') : value
}

/** Filters about a value as a whole: whether it is there, what it is, what to take instead. */
export const coreFilters: readonly FilterEntry[] = [
  filter('default', ['default_value?', 'boolean?'], (value, [other, flag]) => fallback(value, other, flag)),
  filter('d', ['default_value?', 'boolean?'], (value, [other, flag]) => fallback(value, other, flag)),
  filter('mandatory', ['msg?'], (value, [message]) => {
    if (!(value instanceof Undefined)) return value
    if (message !== undefined && message !== null) throw new Fault(str(message))
    throw new Fault(`Mandatory variable ${value.name === undefined ? '' : `'${value.name}' `} not defined.`)
  }),
  filter('ternary', ['true_val', 'false_val', 'none_val?'], (value, [yes, no, none]) => {
    if (value === null && none !== undefined && none !== null) return none
    return truth(value) ? yes : no
  }),
  filter('attr', ['name'], (value, [name]) =>
    value instanceof Undefined ? value : or(builtinAttribute(value, str(name)), () => missing(value, str(name))),
  ),
  filter('extract', ['container', 'morekeys?'], (key, [container, more]) => {
    const rest = more === undefined || more === null ? [] : isList(more) ? more : [more]
    return [key, ...rest].reduce((value: PyValue, step) => itemOf(value, step), container)
  }),
  filter('length', [], (value) => length(value)),
  filter('count', [], (value) => length(value)),
  filter('string', [], (value) => str(value)),
  filter('type_debug', [], (value) => typeName(value)),
  filter('safe', [], (value) => str(value)),
  filter('pprint', [], (value) => str(value)),
]
