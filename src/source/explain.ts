import { UserError } from '../errors.ts'
import { badIndentation, keyWithoutColon, missingSpace, tabIndentation, unclosedBracket } from './explain-layout.ts'
import {
  badEscape,
  colonInValue,
  reservedCharacter,
  textAfterQuote,
  unclosedQuote,
  unquotedTemplate,
} from './explain-quotes.ts'
import type { Failure } from './explain-failure.ts'
import { splitLines } from './lines.ts'
import type { Position } from './position.ts'

/** Recognizes one kind of mistake. */
export type Explanation = (failure: Failure) => UserError | undefined

/** The surest first: a tab or an unquoted template explains any complaint, bad indentation is what remains. */
const EXPLANATIONS: readonly Explanation[] = [
  tabIndentation,
  unquotedTemplate,
  badEscape,
  textAfterQuote,
  unclosedQuote,
  missingSpace,
  colonInValue,
  keyWithoutColon,
  reservedCharacter,
  unclosedBracket,
  badIndentation,
]

/**
 * Turns a YAML parser's complaint into what the author did. The parser often stumbles a line or two after the
 * mistake, so each explanation looks for its own mistake around the place and names where it is.
 */
export function explainSyntaxError(source: string, at: Position, reason: string): UserError {
  const failure: Failure = { lines: splitLines(source), at, reason }
  for (const explanation of EXPLANATIONS) {
    const error = explanation(failure)
    if (error) return error
  }
  return new UserError(`this is not valid YAML: ${reason}`, { at })
}
