import { bind, type Args, type Bound, type Signature } from '../call.ts'
import type { Engine } from '../engine.ts'
import type { PyValue } from '../values.ts'

/** A filter: a function of the value before the `|` and the arguments in parentheses. */
export type Filter = (value: PyValue, args: Args, engine: Engine) => PyValue
export type FilterEntry = readonly [name: string, filter: Filter]

/** Defines a filter by its signature (see `bind`). */
export function filter<const S extends Signature>(
  name: string,
  signature: S,
  run: (value: PyValue, args: Bound<S>, engine: Engine) => PyValue,
): FilterEntry {
  return [name, (value, args, engine) => run(value, bind(`filter '${name}'`, signature, args), engine)]
}
