import { Fault } from '../errors.ts'
import { type Dict, dictDelete, dictEntries, dictGet, dictKeys, dictSet, dictValues } from '../python/dict.ts'
import { iterate } from '../python/iterate.ts'
import { repr } from '../python/repr.ts'
import { isDict, or, PyDict, PyTuple, type PyValue } from '../values.ts'
import type { Args } from '../call.ts'
import { method, type Method, type Methods } from './methods.ts'

/** A dict that may be changed in place: one made inside the template, or a copy of a variable. */
function changeable(dict: Dict): PyDict {
  if (dict instanceof PyDict) return dict
  throw new Fault('this dict cannot be changed here: make a new one with the combine filter')
}

/** The entries of a dict, or of a list of pairs. */
export function entriesFrom(value: PyValue): (readonly [PyValue, PyValue])[] {
  if (isDict(value)) return dictEntries(value)
  return iterate(value).map((pair) => {
    const [key, item, ...rest] = iterate(pair)
    if (key === undefined || item === undefined || rest.length > 0)
      throw new Fault('dictionary update sequence element does not have the length 2')
    return [key, item] as const
  })
}

const update: Method<Dict> = (self: Dict, args: Args) => {
  const dict = changeable(self)
  for (const source of args.positional) for (const [key, item] of entriesFrom(source)) dictSet(dict, key, item)
  for (const [key, item] of args.keywords) dictSet(dict, key, item)
  return null
}

export const dictMethods: Methods<Dict> = new Map([
  method('keys', [], (self: Dict) => dictKeys(self)),
  method('values', [], (self: Dict) => dictValues(self)),
  method('items', [], (self: Dict) => dictEntries(self).map((entry) => new PyTuple(entry))),
  method('get', ['key', 'default?'], (self: Dict, [key, fallback]) =>
    or(dictGet(self, key), () => or(fallback, () => null)),
  ),
  method('copy', [], (self: Dict) => new PyDict(dictEntries(self))),
  ['update', update] as const,
  method('setdefault', ['key', 'default?'], (self: Dict, [key, fallback]) => {
    const found = dictGet(self, key)
    if (found !== undefined) return found
    dictSet(
      changeable(self),
      key,
      or(fallback, () => null),
    )
    return or(fallback, () => null)
  }),
  method('pop', ['key', 'default?'], (self: Dict, [key, fallback]) => {
    const found = dictGet(self, key)
    if (found === undefined && fallback === undefined) throw new Fault(`the dict has no key ${repr(key)} to pop`)
    if (found !== undefined) dictDelete(changeable(self), key)
    return or(found, () => or(fallback, () => null))
  }),
  method('popitem', [], (self: Dict) => {
    const last = dictEntries(self).at(-1)
    if (last === undefined) throw new Fault('popitem(): dictionary is empty')
    dictDelete(changeable(self), last[0])
    return new PyTuple(last)
  }),
  method('clear', [], (self: Dict) => {
    changeable(self).entries.clear()
    return null
  }),
])
