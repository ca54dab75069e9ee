import { bind, type Args, type Bound, type Signature } from '../call.ts'
import type { PyValue } from '../values.ts'

/** A test: what stands after `is`. */
export type Test = (value: PyValue, args: Args) => boolean
export type TestEntry = readonly [name: string, test: Test]

/** Defines a test by its signature (see `bind`), under one or more names. */
export function test<const S extends Signature>(
  names: string,
  signature: S,
  run: (value: PyValue, args: Bound<S>) => boolean,
): readonly TestEntry[] {
  return names
    .split(' ')
    .map((name) => [name, (value, args) => run(value, bind(`test '${name}'`, signature, args))] as const)
}
