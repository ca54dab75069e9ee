import type { Mapping, Value } from '../../source/value.ts'
import type { Engine } from '../engine.ts'
import type { PyValue } from '../values.ts'

/** A lookup plugin: from its terms and options to a list of results, read on the controller. */
export type Lookup = (terms: readonly Value[], options: Mapping, engine: Engine) => readonly PyValue[]
