import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { closest } from './suggest.ts'
import type { Origin, Undefined } from './values.ts'

/** A variable or attribute that does not exist was used for something that needs a value. */
export class UndefinedVariable extends UserError {
  constructor(message: string, where: { at?: Position | undefined; hint?: string | undefined } = {}) {
    super(message, where)
    this.name = 'UndefinedVariable'
  }
}

/** A mistake found while evaluating, before its place is known; `render.ts` turns it into a UserError with a position. */
export class Fault extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'Fault'
    this.hint = hint
  }
}

/** A `Fault` that says an undefined value was used; it knows where that value was written. */
export class UndefinedFault extends Fault {
  readonly origin: Origin | undefined

  constructor(value: Undefined) {
    super(value.message, didYouMean(value.name, value.candidates))
    this.name = 'UndefinedFault'
    this.origin = value.origin
  }
}

/** Throws what using an undefined value throws. */
export function failUndefined(value: Undefined): never {
  if (value.cause !== undefined) throw value.cause
  throw new UndefinedFault(value)
}

/** The hint for a name that does not exist; undefined when nothing is one slip away. */
export function didYouMean(name: string | undefined, candidates: () => Iterable<string>): string | undefined {
  const match = name === undefined ? undefined : closest(name, candidates())
  return match === undefined ? undefined : `did you mean '${match}'?`
}
