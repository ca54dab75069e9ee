import { UserError } from '../errors.ts'
import { lineOf } from './explain-failure.ts'
import type { Failure } from './explain-failure.ts'
import type { Position } from './position.ts'

/** What may stand before a value on its line: indentation, dashes, an unquoted key. */
const BEFORE_VALUE = String.raw`\s*(?:-\s+)*(?:[^\s#'"{[][^#'"]*?:\s+)?`
const TEMPLATE_VALUE = new RegExp(`^(${BEFORE_VALUE})\\{[{%#]`)
const QUOTED_VALUE = new RegExp(`^(${BEFORE_VALUE})("(?:[^"\\\\]|\\\\.)*"|'(?:[^']|'')*')(\\s*)([^\\s,:\\]}#].*)$`)
const OPEN_QUOTE = new RegExp(`^(${BEFORE_VALUE})(["'])(.*)$`)

/** `x: {{ y }}/z` */
export function unquotedTemplate(failure: Failure): UserError | undefined {
  for (const line of [failure.at.line, failure.at.line - 1]) {
    const text = lineOf(failure, line)
    const before = TEMPLATE_VALUE.exec(text)?.[1]
    if (before !== undefined) return templateMustBeQuoted({ ...failure.at, line, column: before.length + 1 }, text)
  }
  return undefined
}

/** `line` is the text around the template, which begins at the position's column. */
export function templateMustBeQuoted(at: Position, line: string): UserError {
  const before = line.slice(0, at.column - 1)
  const rest = line.slice(at.column - 1).trim()
  // Between brackets a value ends with its braces, elsewhere with the line.
  const inBrackets = /[[{](?![^[{]*[\]}])/.test(before)
  const isKey = /^\{\{[^}]*\}\}\s*:(?:\s|$)/.test(rest)
  const value = inBrackets || isKey ? (/^.*?[}%#]\}/.exec(rest)?.[0] ?? rest) : rest
  const quoted = value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`
  return new UserError(`a ${isKey ? 'key' : 'value'} that begins with a template must be quoted`, {
    at,
    hint: `write ${before.trimStart()}${quoted}${rest.slice(value.length)}`,
  })
}

/** `msg: "{{ a }}" == "b"`, `msg: 'don't'` */
export function textAfterQuote(failure: Failure): UserError | undefined {
  const { at } = failure
  const match = QUOTED_VALUE.exec(lineOf(failure, at.line))
  if (!match) return undefined
  const [, before = '', quoted = '', space = '', after = ''] = match
  if (before.length + 1 > at.column) return undefined
  const whole = quoted + space + after.trimEnd()
  const isApostrophe = quoted.startsWith("'") && whole.endsWith("'") && space === '' && /^\w/.test(after)
  return new UserError('there is text after the closing quote', {
    at: { ...at, column: before.length + quoted.length + space.length + 1 },
    hint: isApostrophe ? `write "${whole.slice(1, -1)}"` : `quote the whole value: ${quoteWhole(whole)}`,
  })
}

/** Finds the nearest quote, going back, that opens a value and is not closed on its line. */
export function unclosedQuote(failure: Failure): UserError | undefined {
  const { at, reason } = failure
  const atEnd = /within a (?:single|double) quoted scalar/.test(reason)
  if (!atEnd && !/indentation|expected|separator|multiline key/.test(reason)) return undefined
  const first = atEnd ? 1 : Math.max(1, at.line - 20)
  const lines = Array.from({ length: at.line - first + 1 }, (_, index) => first + index)
  const line = atEnd
    ? lines.find((number) => opensQuote(failure, number))
    : lines.findLast((number) => opensQuote(failure, number))
  if (line === undefined) return undefined
  const column = (OPEN_QUOTE.exec(lineOf(failure, line))?.[1] ?? '').length + 1
  return new UserError('this quote is never closed', {
    at: { ...at, line, column },
    hint: 'close it at the end of the value',
  })
}

function opensQuote(failure: Failure, line: number): boolean {
  const [, , quote, rest = ''] = OPEN_QUOTE.exec(lineOf(failure, line)) ?? []
  if (quote === undefined) return false
  return !(quote === '"' ? /^(?:[^"\\]|\\.)*"/ : /^(?:[^']|'')*'(?!')/).test(rest)
}

/** `path: "C:\dir"` */
export function badEscape({ at, reason }: Failure): UserError | undefined {
  if (!/escape sequence|hexadecimal character/.test(reason)) return undefined
  return new UserError('in double quotes a backslash begins an escape, and this is none', {
    at,
    hint: 'write the backslash twice, or use single quotes',
  })
}

/** `a: b: c` */
export function colonInValue(failure: Failure): UserError | undefined {
  const { at, reason } = failure
  if (!reason.startsWith('bad indentation of a mapping')) return undefined
  const text = lineOf(failure, at.line)
  const match = /^(\s*(?:-\s+)*[^\s#'"{[][^#]*?:\s+)(\S.*)$/.exec(text)
  const [, before = '', value = ''] = match ?? []
  if (!match || text[at.column - 1] !== ':' || before.length >= at.column) return undefined
  return new UserError('a value that contains ": " must be quoted', {
    at,
    hint: `write ${before.trimStart()}${quoteWhole(value.trimEnd())}`,
  })
}

export function reservedCharacter(failure: Failure): UserError | undefined {
  const character = lineOf(failure, failure.at.line)[failure.at.column - 1]
  if (character !== '@' && character !== '`' && character !== '%') return undefined
  return new UserError(`a value cannot begin with ${character} unless it is quoted`, {
    at: failure.at,
    hint: 'put the value in quotes',
  })
}

function quoteWhole(value: string): string {
  return value.includes("'") ? `"${value.replace(/(["\\])/g, '\\$1')}"` : `'${value}'`
}
