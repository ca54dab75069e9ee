import { UserError, UserErrors } from '../errors.ts'

/** Throws what was found, if anything: one mistake as itself, several together. */
export function throwAll(errors: readonly UserError[]): void {
  const [first, ...more] = errors
  if (first) throw more.length === 0 ? first : new UserErrors(errors)
}

/** Waits for all, also when some fail, and then throws the mistakes of all of them. A bug among them comes first. */
export async function settleAll<const Work extends readonly Promise<unknown>[]>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  const errors: UserError[] = []
  const values = []
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'fulfilled') values.push(result.value)
    else keepMistake(errors, result.reason)
  }
  throwAll(errors)
  return values as { -readonly [Index in keyof Work]: Awaited<Work[Index]> }
}

/** Keeps the mistakes of one piece of work for later, so that what follows is looked at as well. */
export async function attempt<T>(errors: UserError[], work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    keepMistake(errors, error)
    return undefined
  }
}

function keepMistake(errors: UserError[], error: unknown): void {
  if (error instanceof UserErrors) errors.push(...error.errors)
  else if (error instanceof UserError) errors.push(error)
  else throw error
}
