import { UserError } from '../errors.ts'
import { splitLines } from './lines.ts'
import type { Position } from './position.ts'

/** A place in a file that does not parse. */
interface Failure {
  readonly file: string
  readonly lines: readonly string[]
  readonly at: Position
  /** What the parser says. */
  readonly reason: string
}

type Explanation = (failure: Failure) => UserError | undefined

/**
 * Turns a YAML parser's complaint into what the author did. The parser often stumbles a line or two after the
 * mistake, so each explanation looks for its own mistake around the place and names where it is.
 */
export function explainSyntaxError(source: string, at: Position, reason: string): UserError {
  const failure: Failure = { file: at.file, lines: splitLines(source), at, reason }
  for (const explanation of EXPLANATIONS) {
    const error = explanation(failure)
    if (error) return error
  }
  return new UserError(`this is not valid YAML: ${reason}`, { at })
}

const EXPLANATIONS: readonly Explanation[] = [
  tabIndentation,
  unquotedTemplate,
  textAfterQuote,
  unclosedQuote,
  missingSpaceAfterColon,
  colonInValue,
  listBesideMapping,
  reservedCharacter,
  unclosedBracket,
  badIndentation,
]

function tabIndentation({ file, lines, at }: Failure): UserError | undefined {
  for (const line of [at.line, at.line - 1]) {
    const tab = /^ *\t/.exec(lines[line - 1] ?? '')
    if (tab && (lines[line - 1] ?? '').trim() !== '')
      return new UserError('a tab is used for indentation; YAML allows only spaces', {
        at: { file, line, column: tab[0].length },
        hint: 'replace the tab by spaces (in most editors: "convert indentation to spaces")',
      })
  }
  return undefined
}

const TEMPLATE_VALUE = /^(\s*(?:-\s+)*(?:[^\s#'"{[][^#]*?:\s+)?)(\{[{%#])/

function unquotedTemplate({ file, lines, at }: Failure): UserError | undefined {
  for (const line of [at.line, at.line - 1]) {
    const text = lines[line - 1] ?? ''
    const match = TEMPLATE_VALUE.exec(text)
    if (match?.[1] !== undefined) return templateMustBeQuoted({ file, line, column: match[1].length + 1 }, text)
  }
  return undefined
}

/** `line` is the text around the template, which begins at the position's column. */
export function templateMustBeQuoted(at: Position, line: string): UserError {
  const value = line.slice(at.column - 1).trim()
  const quoted = value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`
  return new UserError('a value that begins with a template must be quoted', {
    at,
    hint: `write ${line.slice(0, at.column - 1).trimStart()}${quoted}`,
  })
}

function textAfterQuote({ file, lines, at }: Failure): UserError | undefined {
  const text = lines[at.line - 1] ?? ''
  const match = /^(\s*(?:-\s+)*(?:[^\s#'"{[][^#'"]*?:\s+)?)("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*([^\s,:\]}#].*)$/.exec(
    text,
  )
  if (!match) return undefined
  const [, before = '', quoted = '', after = ''] = match
  if (before.length + 1 > at.column) return undefined
  return new UserError('there is text after the closing quote', {
    at: { file, line: at.line, column: text.length - after.length + 1 },
    hint: `quote the whole value: ${quoteWhole(quoted + text.slice(before.length + quoted.length))}`,
  })
}

function quoteWhole(value: string): string {
  return value.includes("'") ? `"${value.replace(/(["\\])/g, '\\$1')}"` : `'${value}'`
}

/** Finds the nearest quote, going back, that opens a value and is not closed on its line. */
function unclosedQuote({ file, lines, at, reason }: Failure): UserError | undefined {
  const atEnd = /within a (?:single|double) quoted scalar/.test(reason)
  if (!atEnd && !/deficient indentation|bad indentation|expected|separator|multiline key/.test(reason)) return undefined
  const nearest = atEnd ? 0 : at.line - 20
  const candidates = range(Math.max(1, nearest), at.line).map((line) => openQuote(lines[line - 1] ?? '', line, file))
  const found = atEnd ? candidates.find(Boolean) : candidates.findLast(Boolean)
  return found && new UserError('this quote is never closed', { at: found, hint: 'close it at the end of the value' })
}

function openQuote(text: string, line: number, file: string): Position | undefined {
  const match = /^(\s*(?:-\s+)*(?:[^\s#'"{[][^#'"]*?:\s+)?)(["'])(.*)$/.exec(text)
  if (!match) return undefined
  const [, before = '', quote = '', rest = ''] = match
  const closed = quote === '"' ? /^(?:[^"\\]|\\.)*"/.test(rest) : /^(?:[^']|'')*'(?!')/.test(rest)
  return closed ? undefined : { file, line, column: before.length + 1 }
}

function missingSpaceAfterColon({ file, lines, at, reason }: Failure): UserError | undefined {
  if (!/key|separator|indentation/.test(reason)) return undefined
  for (const line of [at.line, at.line - 1, at.line - 2]) {
    const text = lines[line - 1] ?? ''
    const match = /^(\s*(?:-\s+)*)([A-Za-z_][\w.-]*):(?![\s/:])\S/.exec(text)
    if (!match || /:(?:\s|$)/.test(text)) continue
    const [, before = '', key = ''] = match
    return new UserError('a space is missing after the colon', {
      at: { file, line, column: before.length + key.length + 1 },
      hint: `write ${key}: ${text.slice(before.length + key.length + 1)}`,
    })
  }
  return undefined
}

/** `a: b: c` */
function colonInValue({ lines, at, reason }: Failure): UserError | undefined {
  if (!reason.startsWith('bad indentation of a mapping')) return undefined
  const text = lines[at.line - 1] ?? ''
  const match = /^(\s*(?:-\s+)*[^\s#'"{[][^#]*?:\s+)(\S.*)$/.exec(text)
  if (text[at.column - 1] !== ':' || !match || (match[1] ?? '').length >= at.column) return undefined
  return new UserError('a value that contains ": " must be quoted', {
    at,
    hint: `write ${(match[1] ?? '').trimStart()}${quoteWhole((match[2] ?? '').trimEnd())}`,
  })
}

function listBesideMapping({ lines, at, reason }: Failure): UserError | undefined {
  const text = lines[at.line - 1] ?? ''
  const isItem = /^\s*-\s/.test(text)
  if (reason === "expected ':' after a mapping key" || /multiline key/.test(reason))
    return new UserError(isItem ? 'a list item stands where a key is expected' : 'a key without a colon', {
      at: isItem ? at : { ...at, column: text.search(/\S/) + 1 },
      hint: isItem ? 'indent the list under its key' : 'write it as key: value',
    })
  return isItem && reason.startsWith('bad indentation of a mapping entry')
    ? new UserError('a list item stands where a key is expected', { at, hint: 'indent the list under its key' })
    : undefined
}

function reservedCharacter({ lines, at }: Failure): UserError | undefined {
  const character = (lines[at.line - 1] ?? '')[at.column - 1]
  return character === '@' || character === '`' || character === '%'
    ? new UserError(`a value cannot begin with ${character} unless it is quoted`, {
        at,
        hint: 'put the value in quotes',
      })
    : undefined
}

function unclosedBracket({ file, lines, at, reason }: Failure): UserError | undefined {
  if (!/flow collection/.test(reason)) return undefined
  for (const line of range(1, at.line).reverse()) {
    const text = lines[line - 1] ?? ''
    const match = /^[^#'"]*?(?:^|:\s|-\s)\s*([[{])[^\]}]*$/.exec(text)
    if (match?.[1] !== undefined)
      return new UserError(`this ${match[1]} is never closed, or a comma is missing after it`, {
        at: { file, line, column: text.indexOf(match[1]) + 1 },
      })
  }
  return undefined
}

function badIndentation({ file, lines, at, reason }: Failure): UserError | undefined {
  if (!/indentation|separator/.test(reason)) return undefined
  const text = lines[at.line - 1] ?? ''
  const indent = text.search(/\S/)
  if (indent < 0) return undefined
  const above = lines.slice(0, at.line - 1).findLast((line) => /^\s*[^\s#]/.test(line))
  const neighbour = above === undefined ? undefined : above.search(/\S/)
  const compared = neighbour === undefined || neighbour === indent ? '' : `, the one above it ${spaces(neighbour)}`
  return new UserError(`the indentation does not fit: this line begins with ${spaces(indent)}${compared}`, {
    at: { file, line: at.line, column: indent + 1 },
    hint: 'keys of one mapping, and items of one list, begin in the same column',
  })
}

function spaces(count: number): string {
  return count === 1 ? '1 space' : `${count} spaces`
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}
