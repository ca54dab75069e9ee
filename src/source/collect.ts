import { UserErrors } from '../errors.ts'
import type { UserError } from '../errors.ts'

/** Throws what was found, if anything: one mistake as itself, several together. */
export function throwAll(errors: readonly UserError[]): void {
  const [first, ...more] = errors
  if (first) throw more.length === 0 ? first : new UserErrors(errors)
}
