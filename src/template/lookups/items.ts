import { isMapping, type Mapping, type Value } from '../../source/value.ts'
import { Fault } from '../errors.ts'
import { formatPercent } from '../python/percent-format.ts'
import { str } from '../python/repr.ts'
import { PyTuple } from '../values.ts'
import type { Lookup } from './lookup.ts'
import { splitSettings, textTerm } from './terms.ts'

function asList(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [value]
}

/** One level of lists opened. */
const items: Lookup = (terms) => terms.flatMap(asList)

const dict: Lookup = (terms) =>
  terms.flatMap(asList).flatMap((term) => {
    if (!isMapping(term)) throw new Fault('with_dict expects a dict')
    return Object.keys(term).map((key) => ({ key, value: term[key] ?? null }))
  })

const indexedItems: Lookup = (terms) => terms.flatMap(asList).map((item, index) => new PyTuple([index, item]))

/** Every way to take one item of each list. */
const nested: Lookup = (terms) => {
  if (terms.length === 0) throw new Fault('with_nested requires at least one element in the nested list')
  return terms
    .map(asList)
    .reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]])
}

/** The first items of all lists, the second ones, and so on; null where a list is shorter. */
const together: Lookup = (terms) => {
  const lists = terms.map(asList)
  if (lists.length === 0) throw new Fault('with_together requires at least one element in each list')
  const length = Math.max(...lists.map((list) => list.length))
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null))
}

const shortcut = /^(?:((?:0x)?[\da-f]+)-)?((?:0x)?[\da-f]+)(?:\/(-?(?:0x)?[\da-f]+))?(?::(.+))?$/i

/** `start=1 end=5 stride=2 format=web%02d`, or `1-5/2:web%02d`. */
const sequence: Lookup = (terms, options) =>
  terms.flatMap((term) => {
    const text = textTerm(term, 'sequence')
    const [whole, from, to, by, shape] = shortcut.exec(text) ?? []
    const settings = whole === undefined ? new Map(splitSettings(text).settings) : new Map<string, string>()
    for (const [key, value] of [
      ['start', from],
      ['end', to],
      ['stride', by],
      ['format', shape],
    ] as const)
      if (value !== undefined) settings.set(key, value)
    for (const key of Object.keys(options))
      if (key !== 'wantlist') settings.set(key, textTerm(options[key], 'sequence'))
    return generate(settings)
  })

function generate(settings: ReadonlyMap<string, string>): readonly string[] {
  for (const key of settings.keys())
    if (!['start', 'end', 'count', 'stride', 'format'].includes(key))
      throw new Fault(`unrecognized arguments to with_sequence: ${key}`)
  const number = (key: string): number | undefined => {
    const text = settings.get(key)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!Number.isInteger(value)) throw new Fault(`can't parse ${key}=${text} as integer`)
    return value
  }
  const count = number('count')
  if (count === 0) return []
  const start = number('start') ?? 1
  const stride = number('stride') ?? 1
  const end = number('end') ?? (count === undefined ? undefined : start + count * stride - 1)
  if (end === undefined) throw new Fault('must specify count or end in with_sequence')
  if (count !== undefined && settings.has('end')) throw new Fault("can't specify both count and end in with_sequence")
  if (stride > 0 && end < start) throw new Fault('to count backwards make stride negative')
  if (stride < 0 && end > start) throw new Fault("to count forward don't make stride negative")
  const format = settings.get('format') ?? '%d'
  const size = stride === 0 ? 0 : Math.floor((end - start) / stride) + 1
  return Array.from({ length: Math.max(0, size) }, (_, index) => formatPercent(format, start + index * stride))
}

/** Every element of a list of mappings paired with each entry of a list inside it. */
const subelements: Lookup = ([elements, path, flags]) => {
  const list = elements === undefined ? [] : isMapping(elements) ? Object.values(elements) : asList(elements)
  const steps = textTerm(path, 'subelements').split('.')
  const skipMissing = isMapping(flags ?? null) && (flags as Mapping)['skip_missing'] === true
  return list.flatMap((element) => {
    let inner: Value | undefined = element
    for (const step of steps)
      inner = inner !== undefined && isMapping(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined
    if (inner === undefined && skipMissing) return []
    if (inner === undefined || !Array.isArray(inner))
      throw new Fault(`could not find '${steps.join('.')}' key as a list in iterated item ${str(element)}`)
    return (inner as readonly Value[]).map((item) => [element, item])
  })
}

/** Lookups that turn their terms into the items of a loop. */
export const itemLookups: readonly (readonly [string, Lookup])[] = [
  ['items', items],
  ['list', (terms) => terms],
  ['flattened', (terms) => terms.flatMap(flatten)],
  ['dict', dict],
  ['indexed_items', indexedItems],
  ['nested', nested],
  ['cartesian', nested],
  ['together', together],
  ['sequence', sequence],
  ['subelements', subelements],
  ['random_choice', pickOne],
]

function flatten(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]).flatMap(flatten) : [value]
}

function pickOne(choices: readonly Value[]): readonly Value[] {
  const index = Math.floor(Math.random() * choices.length)
  return choices.slice(index, index + 1)
}
