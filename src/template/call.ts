import { Fault } from './errors.ts'
import type { PyValue } from './values.ts'

/** The arguments of a call, filter or test, as written. */
export interface Args {
  readonly positional: readonly PyValue[]
  readonly keywords: ReadonlyMap<string, PyValue>
}

export const noArgs: Args = { positional: [], keywords: new Map() }

/**
 * Parameter names as a signature: `'width'` must be given, `'width?'` may be, a last `'*rest'` takes every further
 * positional argument. All may be given by position or by keyword, as in Python.
 */
export type Signature = readonly string[]

/** The values of a signature's parameters, in its order. */
export type Bound<S extends Signature> = {
  [K in keyof S]: S[K] extends `*${string}`
    ? readonly PyValue[]
    : S[K] extends `${string}?`
      ? PyValue | undefined
      : PyValue
}

/** Lays arguments over a signature; throws `Fault` with Python's complaint when they do not fit. */
export function bind<const S extends Signature>(name: string, signature: S, args: Args): Bound<S> {
  const rest = signature.at(-1)?.startsWith('*') ?? false
  const parameters = rest ? signature.slice(0, -1) : signature
  if (!rest && args.positional.length > parameters.length)
    throw new Fault(
      `${name} takes at most ${parameters.length} argument${parameters.length === 1 ? '' : 's'}, ${args.positional.length} given`,
    )
  const bound: (PyValue | undefined | readonly PyValue[])[] = []
  const known = new Set<string>()
  for (const [index, parameter] of parameters.entries()) {
    const optional = parameter.endsWith('?')
    const key = optional ? parameter.slice(0, -1) : parameter
    known.add(key)
    const byPosition = index < args.positional.length
    if (byPosition && args.keywords.has(key)) throw new Fault(`${name} got multiple values for argument '${key}'`)
    const value = byPosition ? args.positional[index] : args.keywords.get(key)
    if (value === undefined && !optional) throw new Fault(`${name} is missing its argument '${key}'`)
    bound.push(value)
  }
  for (const key of args.keywords.keys())
    if (!known.has(key)) throw new Fault(`${name} got an unexpected keyword argument '${key}'`)
  if (rest) bound.push(args.positional.slice(parameters.length))
  // One entry per parameter, pushed in the signature's order above.
  return bound as Bound<S>
}
