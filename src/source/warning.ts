import type { Position } from './position.ts'

/** Something that works but is probably not what its author meant. */
export interface Warning {
  readonly message: string
  readonly at?: Position | undefined
  readonly hint?: string | undefined
}

/** Where warnings go. Passed in, so that a caller can show, count or refuse them. */
export type Warn = (warning: Warning) => void

export function ignoreWarnings(): void {}
