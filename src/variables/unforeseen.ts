import type { Mapping } from '../source/value.ts'
import { explaining } from '../template/missing.ts'
import { NotYetKnown } from './not-yet-known.ts'

/** In a check: something depends on what a task that only a real run does would have given. */
export class Unforeseen extends NotYetKnown {
  constructor(what: string) {
    super(what)
    this.message = `depends on '${what}', which only a real run shows`
  }
}

/** The value of a variable of which nothing is known: whoever reads it meets `Unforeseen`. */
export const unforeseen: Mapping = Object.freeze({})

/** The result of a change that was only announced: what is not in it may still come to be there. */
export function announced<Result extends Mapping>(result: Result): Result {
  return explaining(result, (key) => {
    throw new Unforeseen(key)
  })
}
