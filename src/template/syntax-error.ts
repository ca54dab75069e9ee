/** A template that cannot be read; `offset` is where, in UTF-16 units from the start of its text. */
export class TemplateSyntaxError extends Error {
  readonly offset: number
  readonly hint: string | undefined

  constructor(message: string, offset: number, hint?: string) {
    super(message)
    this.name = 'TemplateSyntaxError'
    this.offset = offset
    this.hint = hint
  }
}
