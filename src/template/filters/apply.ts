import { Fault } from '../errors.ts'
import type { Args } from '../call.ts'
import type { Engine } from '../engine.ts'
import { iterate } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import type { PyValue } from '../values.ts'
import { attributeGetter } from './attribute-path.ts'
import type { FilterEntry } from './filter.ts'

/** `map('filter', …)` or `map(attribute='a.b', default=…)`. */
function map(value: PyValue, { positional, keywords }: Args, engine: Engine): PyValue {
  if (!truth(value)) return []
  const [name, ...rest] = positional
  if (name !== undefined)
    return iterate(value).map((item) => engine.callFilter(str(name), item, { positional: rest, keywords }))
  const attribute = keywords.get('attribute')
  if (attribute === undefined) throw new Fault('map requires a filter argument')
  for (const key of keywords.keys())
    if (key !== 'attribute' && key !== 'default') throw new Fault(`Unexpected keyword argument '${key}'`)
  return iterate(value).map(attributeGetter(attribute, keywords.get('default')))
}

/** `select('test', …)` and its kin: keeps the items whose value, or attribute, passes a test, or does not. */
function choose(wanted: boolean, byAttribute: boolean): FilterEntry[1] {
  return (value, { positional, keywords }, engine) => {
    if (!truth(value)) return []
    const [attribute] = positional
    if (byAttribute && attribute === undefined) throw new Fault('Missing parameter for attribute name')
    const get = byAttribute ? attributeGetter(attribute) : (item: PyValue): PyValue => item
    const [name, ...rest] = byAttribute ? positional.slice(1) : positional
    const passes = (item: PyValue): boolean =>
      name === undefined ? truth(item) : engine.callTest(str(name), item, { positional: rest, keywords })
    return iterate(value).filter((item) => passes(get(item)) === wanted)
  }
}

/** Filters that apply other filters and tests to every item. */
export const applyFilters: readonly FilterEntry[] = [
  ['map', map],
  ['select', choose(true, false)],
  ['reject', choose(false, false)],
  ['selectattr', choose(true, true)],
  ['rejectattr', choose(false, true)],
]
