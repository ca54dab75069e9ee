import { bind, type Args, type Bound, type Signature } from '../call.ts'
import { PyCallable, type PyValue } from '../values.ts'

/** A method of a Python type: what `value.name(…)` calls. */
export type Method<Self extends PyValue> = (self: Self, args: Args) => PyValue
export type Methods<Self extends PyValue> = ReadonlyMap<string, Method<Self>>

/** Defines a method by its signature. */
export function method<Self extends PyValue, const S extends Signature>(
  name: string,
  signature: S,
  run: (self: Self, args: Bound<S>) => PyValue,
): readonly [string, Method<Self>] {
  return [name, (self, args) => run(self, bind(`${name}()`, signature, args))]
}

/** The method bound to its value, or undefined where the type has no such method. */
export function boundMethod<Self extends PyValue>(
  methods: Methods<Self>,
  self: Self,
  name: string,
): PyCallable | undefined {
  const found = methods.get(name)
  return found === undefined
    ? undefined
    : new PyCallable(name, (args) => found(self, args), 'builtin_function_or_method')
}
