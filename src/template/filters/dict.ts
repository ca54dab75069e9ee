import { failUndefined, Fault } from '../errors.ts'
import { equal } from '../python/compare.ts'
import { type Dict, dictEntries, dictGet, dictSet, dictValues } from '../python/dict.ts'
import { iterate } from '../python/iterate.ts'
import { repr, str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { isDict, isList, itemsOf, PyDict, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import type { Args } from '../call.ts'
import { filter, type FilterEntry } from './filter.ts'
import { flattenItems } from './list.ts'

type ListMerge = 'replace' | 'keep' | 'append' | 'prepend' | 'append_rp' | 'prepend_rp'
const listMerges: readonly string[] = ['replace', 'keep', 'append', 'prepend', 'append_rp', 'prepend_rp']

/** Two dicts as one; the second wins. */
export function mergeDicts(low: Dict, high: Dict, recursive: boolean, lists: ListMerge): PyDict {
  const result = new PyDict(dictEntries(low))
  for (const [key, value] of dictEntries(high)) {
    const old = dictGet(result, key)
    if (old === undefined) dictSet(result, key, value)
    else if (recursive && isDict(old) && isDict(value)) dictSet(result, key, mergeDicts(old, value, recursive, lists))
    else if (isList(old) && isList(value)) dictSet(result, key, mergeLists(old, value, lists))
    else dictSet(result, key, value)
  }
  return result
}

function mergeLists(low: readonly PyValue[], high: readonly PyValue[], how: ListMerge): readonly PyValue[] {
  const without = (list: readonly PyValue[], other: readonly PyValue[]): readonly PyValue[] =>
    list.filter((item) => !other.some((known) => equal(known, item)))
  switch (how) {
    case 'replace':
      return high
    case 'keep':
      return low
    case 'append':
      return [...low, ...high]
    case 'prepend':
      return [...high, ...low]
    case 'append_rp':
      return [...without(low, high), ...high]
    case 'prepend_rp':
      return [...high, ...without(low, high)]
  }
}

function combine(value: PyValue, { positional, keywords }: Args): PyValue {
  for (const key of keywords.keys())
    if (key !== 'recursive' && key !== 'list_merge')
      throw new Fault("'recursive' and 'list_merge' are the only valid keyword arguments")
  const lists = keywords.has('list_merge') ? str(keywords.get('list_merge') ?? null) : 'replace'
  if (!listMerges.includes(lists))
    throw new Fault(
      `combine: 'list_merge' argument can only be equal to ${listMerges.map((name) => `'${name}'`).join(', ')}`,
    )
  const dicts = flattenItems([value, ...positional], 1, true).map((item) => {
    if (item instanceof Undefined) return failUndefined(item)
    return item
  })
  const [first, ...rest] = dicts
  if (first === undefined) return new PyDict()
  if (rest.length === 0) return first
  return rest.reduce((low: PyValue, high) => {
    for (const side of [low, high])
      if (!isDict(side))
        throw new Fault(
          `failed to combine variables, expected dicts but got a '${typeName(low)}' and a '${typeName(high)}'`,
        )
    return isDict(low) && isDict(high)
      ? mergeDicts(low, high, truth(keywords.get('recursive') ?? false), lists as ListMerge)
      : low
  }, first)
}

function requireDict(value: PyValue, name: string): Dict {
  if (isDict(value)) return value
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`${name} requires a dictionary, got ${typeName(value)} instead.`)
}

function items2dict(value: PyValue, keyName: PyValue, valueName: PyValue): PyValue {
  if (value instanceof Undefined) return failUndefined(value)
  const items = itemsOf(value)
  if (items === undefined) throw new Fault(`items2dict requires a list, got ${typeName(value)} instead.`)
  const dict = new PyDict()
  for (const item of items) {
    if (!isDict(item)) throw new Fault(`items2dict requires a list of dictionaries, got ${repr(value)} instead.`)
    const [key, content] = [dictGet(item, keyName), dictGet(item, valueName)]
    if (key === undefined || content === undefined)
      throw new Fault(
        `items2dict requires each dictionary in the list to contain the keys '${str(keyName)}' and '${str(valueName)}', got ${repr(value)} instead.`,
      )
    dictSet(dict, key, content)
  }
  return dict
}

/** Every element paired with each entry of a list inside it. */
function subelements(value: PyValue, path: PyValue, skipMissing: boolean): PyValue[] {
  if (value instanceof Undefined) return failUndefined(value)
  const elements = isDict(value) ? dictValues(value) : isList(value) ? value : undefined
  if (elements === undefined) throw new Fault('obj must be a list of dicts or a nested dict')
  const steps = typeof path === 'string' ? path.split('.') : isList(path) ? path : undefined
  if (steps === undefined) throw new Fault('subelements must be a list or a string')
  return elements.flatMap((element) => {
    let inner: PyValue = element
    for (const step of steps) {
      if (!isDict(inner)) throw new Fault(`the key ${str(step)} should point to a dictionary, got '${repr(inner)}'`)
      const next = dictGet(inner, step)
      if (next === undefined && skipMissing) return []
      if (next === undefined) throw new Fault(`could not find ${repr(step)} key in iterated item ${repr(inner)}`)
      inner = next
    }
    if (!isList(inner))
      throw new Fault(`the key ${repr(steps.at(-1) ?? null)} should point to a list, got ${repr(inner)}`)
    return inner.map((item) => new PyTuple([element, item]))
  })
}

function rekey(value: PyValue, key: PyValue, duplicates: string): PyValue {
  if (duplicates !== 'error' && duplicates !== 'overwrite')
    throw new Fault(`duplicates parameter to rekey_on_member has unknown value: ${duplicates}`)
  const items = isDict(value) ? dictValues(value) : iterate(value)
  const dict = new PyDict()
  for (const item of items) {
    if (!isDict(item)) throw new Fault('List item is not a valid dict')
    const member = dictGet(item, key)
    if (member === undefined) throw new Fault(`Key ${str(key)} was not found`)
    if (dictGet(dict, member) !== undefined && duplicates === 'error')
      throw new Fault(`Key ${str(member)} is not unique, cannot correctly turn into dict`)
    dictSet(dict, member, item)
  }
  return dict
}

/** Filters over dicts. */
export const dictFilters: readonly FilterEntry[] = [
  ['combine', combine],
  filter('dict2items', ['key_name?', 'value_name?'], (value, [keyName, valueName]) =>
    dictEntries(requireDict(value, 'dict2items')).map(
      ([key, item]) =>
        new PyDict([
          [keyName ?? 'key', key],
          [valueName ?? 'value', item],
        ]),
    ),
  ),
  filter('items2dict', ['key_name?', 'value_name?'], (value, [keyName, valueName]) =>
    items2dict(value, keyName ?? 'key', valueName ?? 'value'),
  ),
  filter('items', [], (value) => {
    if (value instanceof Undefined) return []
    if (!isDict(value)) throw new Fault('Can only get item pairs from a mapping.')
    return dictEntries(value).map((entry) => new PyTuple(entry))
  }),
  filter('subelements', ['subelements', 'skip_missing?'], (value, [path, skip]) =>
    subelements(value, path, truth(skip ?? false)),
  ),
  filter('rekey_on_member', ['key', 'duplicates?'], (value, [key, duplicates]) =>
    rekey(value, key, duplicates === undefined ? 'error' : str(duplicates)),
  ),
]
