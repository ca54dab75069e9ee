import type { Position } from './source/position.ts'

/**
 * Something a person can put right: wrong input, a missing file, a pattern that names nobody.
 * Shown as one message with its place and the next step; every other error is a bug and shows its stack.
 */
export class UserError extends Error {
  readonly at: Position | undefined
  readonly hint: string | undefined
  /** The line at its place holds a secret and is not shown. */
  readonly secret: boolean

  constructor(
    message: string,
    where: { at?: Position | undefined; hint?: string | undefined; secret?: boolean | undefined } = {},
  ) {
    super(message)
    this.name = 'UserError'
    this.at = where.at
    this.hint = where.hint
    this.secret = where.secret ?? false
  }
}

/** Also one that somebody's own module threw, which may have loaded this class a second time. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof UserError || (error instanceof Error && error.name === 'UserError')
}

/** Several mistakes found in one pass: people want all of them at once, not one per run. */
export class UserErrors extends Error {
  readonly errors: readonly UserError[]

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.name = 'UserErrors'
    this.errors = errors
  }
}
