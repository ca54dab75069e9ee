import type { Position } from '../source/position.ts'
import { UserError } from '../errors.ts'
import { Fault, UndefinedFault, UndefinedVariable } from './errors.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import type { Template } from './template.ts'

/** A text with the place where it begins. */
export interface Placed {
  readonly text: string
  readonly file: string | undefined
  readonly at: Position | undefined
  /** Lines that were taken off its beginning. */
  readonly linesBefore?: number | undefined
}

/** Where an offset of a text is: in its own file, or counted on from where the text begins in a playbook. */
export function positionOf({ text, file, at, linesBefore = 0 }: Placed, offset: number): Position | undefined {
  const before = text.slice(0, offset)
  const line = before.split('\n').length + linesBefore
  const column = offset - (before.lastIndexOf('\n') + 1) + 1
  if (file !== undefined) return { file, line, column }
  if (at === undefined) return undefined
  return { file: at.file, line: at.line + line - 1, column: line === 1 ? at.column + column - 1 : column }
}

/** A template's text, at the place where it stands in a playbook. */
export function placedIn({ text, file, syntax }: Template, at: Position | undefined): Placed {
  return { text, file, at, linesBefore: syntax.linesBefore }
}

/** The error a person sees, placed; what is no mistake in the template passes unchanged. */
export function placedError(error: unknown, where: Placed, offset: number): unknown {
  if (error instanceof TemplateSyntaxError)
    return new UserError(error.message, { at: positionOf(where, error.offset), hint: error.hint })
  if (error instanceof UndefinedFault) {
    const origin = error.origin
    // An origin in another text (an included file) is placed there.
    const text = origin === undefined ? where : placedIn(origin.template, where.at)
    return new UndefinedVariable(error.message, { at: positionOf(text, origin?.offset ?? offset), hint: error.hint })
  }
  if (error instanceof Fault) return new UserError(error.message, { at: positionOf(where, offset), hint: error.hint })
  if (error instanceof RangeError && error.message.includes('call stack'))
    return new UserError('recursive loop detected in the template', { at: positionOf(where, offset) })
  return error
}
