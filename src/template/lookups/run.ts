import type { Mapping } from '../../source/value.ts'
import type { Args } from '../call.ts'
import type { Engine } from '../engine.ts'
import { failUndefined, Fault } from '../errors.ts'
import { unknownLookup } from '../known-names.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { isList, mappingFrom, type PyValue, toValue, Undefined } from '../values.ts'
import { lookups, onDisk } from './lookups.ts'

/**
 * `lookup(name, terms…)` and `query(name, terms…)`. A lookup always yields a list; `lookup` without `wantlist` joins
 * one of strings with commas and gives a single item as itself.
 */
export function runLookup(engine: Engine, kind: 'lookup' | 'query', args: Args): PyValue {
  const [nameArgument, ...terms] = args.positional
  if (nameArgument === undefined) throw new Fault(`${kind}() needs the name of a lookup`)
  const name = str(nameArgument).replace(/^ansible\.(?:builtin|legacy)\./, '')
  const wantList = kind === 'query' || truth(args.keywords.get('wantlist') ?? false)
  const errors = args.keywords.get('errors') ?? 'strict'
  const options = optionsOf(args, wantList)
  const values = terms.map((term) => (term instanceof Undefined ? failUndefined(term) : toValue(term, str)))

  const hooked = engine.context.lookup?.(name, values, options, engine.context)
  if (hooked !== undefined) return isList(hooked) ? delivered(hooked, wantList) : hooked
  const lookup = lookups.get(name)
  if (lookup === undefined) throw unknownLookup(name)
  if (onDisk.has(lookup)) engine.context.beforeFiles?.()
  try {
    return delivered(lookup(values, options, engine), wantList)
  } catch (error) {
    if (!(error instanceof Fault) || errors === 'strict') throw error
    return wantList ? [] : null
  }
}

function optionsOf(args: Args, wantList: boolean): Mapping {
  const own = new Set(['wantlist', 'errors', 'allow_unsafe'])
  const entries = [...args.keywords]
    .filter(([key]) => !own.has(key))
    .map(([key, value]) => [key, toValue(value, str)] as const)
  return mappingFrom(wantList ? [...entries, ['wantlist', true] as const] : entries)
}

function delivered(results: readonly PyValue[], wantList: boolean): PyValue {
  if (wantList) return results
  if (results.length > 0 && results.every((result) => typeof result === 'string')) return results.join(',')
  const [only] = results
  return results.length === 1 && only !== undefined ? only : results
}
