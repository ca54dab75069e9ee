/** A place in a file a person wrote; `line` and `column` count from 1, `column` in UTF-16 code units. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}:${at.column}`
}
