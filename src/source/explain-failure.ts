import type { Position } from './position.ts'

/** A place in a file that does not parse. */
export interface Failure {
  readonly lines: readonly string[]
  readonly at: Position
  /** What the parser says. */
  readonly reason: string
}

/** The text of a line by its number, empty outside the file. */
export function lineOf({ lines }: Failure, number: number): string {
  return lines[number - 1] ?? ''
}
