import { readEscapes } from './string-escapes.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import type { Token } from './tokens.ts'

const space = /\s+/y
const floatLiteral = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const integerLiteral = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const nameLiteral = /[\p{L}\p{M}\p{N}_]+/uy
const stringLiteral = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y
const operator = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Where a tag's code stops: `end` is the rule of its closing delimiter, with the whitespace it swallows. */
export interface Code {
  readonly end: RegExp
  readonly endType: 'variableEnd' | 'blockEnd'
  readonly literalBackslashes: boolean
}

/**
 * Appends the tokens of the code that starts at `from`; returns where the text goes on after the closing delimiter.
 * Without `code` the whole text is one expression.
 */
export function lexCode(text: string, from: number, tokens: Token[], code: Code | undefined): number {
  const open: string[] = []
  let position = from
  for (;;) {
    // A closing delimiter inside brackets is code: `{{ {'a': {}} }}`.
    const end = code !== undefined && open.length === 0 ? match(code.end, text, position) : undefined
    if (code !== undefined && end !== undefined) {
      tokens.push({ type: code.endType, offset: position, value: '' })
      return position + end.length
    }
    if (position >= text.length) return position
    const offset = position
    const blank = match(space, text, position)
    if (blank !== undefined) {
      position += blank.length
      continue
    }
    const token = lexToken(text, offset, code?.literalBackslashes ?? false)
    position += token.length
    if (token.token.type === 'operator') balance(token.token.value, offset, open)
    tokens.push(token.token)
  }
}

function lexToken(text: string, offset: number, literalBackslashes: boolean): { token: Token; length: number } {
  const float = match(floatLiteral, text, offset)
  if (float !== undefined)
    return { token: { type: 'float', offset, value: Number(float.replaceAll('_', '')) }, length: float.length }
  const integer = match(integerLiteral, text, offset)
  if (integer !== undefined) {
    const value = Number(integer.replaceAll('_', ''))
    if (!Number.isSafeInteger(value)) throw new TemplateSyntaxError('a number beyond 2^53 cannot be exact here', offset)
    return { token: { type: 'integer', offset, value }, length: integer.length }
  }
  const name = match(nameLiteral, text, offset)
  if (name !== undefined) return { token: { type: 'name', offset, value: name }, length: name.length }
  const string = match(stringLiteral, text, offset)
  if (string !== undefined) {
    const value = literalBackslashes ? literalString(string, offset) : readEscapes(string.slice(1, -1), offset + 1)
    return { token: { type: 'string', offset, value }, length: string.length }
  }
  const symbol = match(operator, text, offset)
  if (symbol !== undefined) return { token: { type: 'operator', offset, value: symbol }, length: symbol.length }
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0)
  throw new TemplateSyntaxError(
    character === "'" || character === '"'
      ? `the string that starts here has no closing ${character}`
      : `unexpected character '${character}'`,
    offset,
  )
}

function literalString(literal: string, offset: number): string {
  const quote = literal[0] ?? ''
  const body = literal.slice(1, -1)
  const escaped = body.indexOf(`\\${quote}`)
  // Ansible's doubling of the backslash ends the string at this quote; what follows then makes no sense to it either.
  if (escaped >= 0)
    throw new TemplateSyntaxError(
      `a backslash cannot escape a quote inside {{ }}`,
      offset + 1 + escaped,
      `put the string in ${quote === "'" ? 'double' : 'single'} quotes`,
    )
  return body
}

function balance(symbol: string, offset: number, open: string[]): void {
  const close = closing[symbol]
  if (close !== undefined) open.push(close)
  else if (symbol === ')' || symbol === ']' || symbol === '}') {
    const expected = open.pop()
    if (expected === undefined) throw new TemplateSyntaxError(`unexpected '${symbol}'`, offset)
    if (expected !== symbol) throw new TemplateSyntaxError(`unexpected '${symbol}', expected '${expected}'`, offset)
  }
}

function match(rule: RegExp, text: string, at: number): string | undefined {
  rule.lastIndex = at
  return rule.exec(text)?.[0]
}
