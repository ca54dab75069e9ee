import { UserError, UserErrors } from '../errors.ts'

/** Throws what was found, if anything: one mistake as itself, several together. */
export function throwAll(errors: readonly UserError[]): void {
  const [first, ...more] = errors
  if (first) throw more.length === 0 ? first : new UserErrors(errors)
}

/** Waits for all, also when some fail, and then throws the mistakes of all of them. A bug among them comes first. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(work)
  const errors: UserError[] = []
  const values: T[] = []
  for (const result of results) {
    if (result.status === 'fulfilled') values.push(result.value)
    else if (result.reason instanceof UserErrors) errors.push(...result.reason.errors)
    else if (result.reason instanceof UserError) errors.push(result.reason)
    else throw result.reason
  }
  throwAll(errors)
  return values
}
