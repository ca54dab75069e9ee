import { isDict, isList, PyDict, PyTuple, type PyValue, float } from '../values.ts'
import { dictSet } from './dict.ts'
import { equal } from './compare.ts'
import { readEscapes } from '../string-escapes.ts'

/**
 * The value of a Python literal (Python's `ast.literal_eval`), also with JSON's `true`, `false` and `null`; undefined
 * if the text is anything else. This is data only: nothing in it is ever run.
 */
export function parseLiteral(text: string): PyValue | undefined {
  try {
    const reader = new Reader(text)
    const value = reader.expression()
    return reader.atEnd() ? value : undefined
  } catch (error) {
    // Anything unreadable is not a literal; a stack overflow on absurd nesting counts as that too.
    if (error instanceof NotALiteral || error instanceof RangeError) return undefined
    throw error
  }
}

class NotALiteral extends Error {}

const names = new Map<string, PyValue>([
  ['True', true],
  ['False', false],
  ['None', null],
  ['true', true],
  ['false', false],
  ['null', null],
])

const blank = /(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)*/y
const end = /^[ \t\f]*(?:#[^\n]*)?(?:\r?\n(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*(?:[ \t\f]*#[^\n]*)?)?$/
const name = /[\p{L}_][\p{L}\p{N}_]*/uy
const number =
  /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][+-]?\d(?:_?\d)*)?)/y
const string =
  /([uUrR]?)(?:"""((?:\\[^]|[^\\])*?)"""|'''((?:\\[^]|[^\\])*?)'''|"((?:\\[^]|[^\\"\n])*)"|'((?:\\[^]|[^\\'\n])*)')/y

/** A cursor over the text of a literal. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** A value, or several with commas between them: a tuple. */
  expression(): PyValue {
    const first = this.value()
    if (!this.#skip(',')) return first
    const items = [first]
    while (!this.atEnd()) {
      items.push(this.value())
      if (!this.#skip(',')) break
    }
    return new PyTuple(items)
  }

  value(): PyValue {
    if (this.#skip('[')) return this.#items(']').items
    if (this.#skip('(')) {
      const { items, commas } = this.#items(')')
      const [only] = items
      return items.length === 1 && commas === 0 && only !== undefined ? only : new PyTuple(items)
    }
    if (this.#skip('{')) return this.#braces()
    if (this.#skip('-')) return this.#signed(-1)
    if (this.#skip('+')) return this.#signed(1)
    return this.#scalar()
  }

  /** Whether nothing but blanks and comments follows; white space alone on the last line would be an indentation. */
  atEnd(): boolean {
    return end.test(this.#text.slice(this.#at))
  }

  #items(close: string): { items: PyValue[]; commas: number } {
    const items: PyValue[] = []
    let commas = 0
    while (!this.#skip(close)) {
      if (items.length > commas) throw new NotALiteral()
      items.push(this.value())
      if (this.#skip(',')) commas++
    }
    return { items, commas }
  }

  #braces(): PyValue {
    const dict = new PyDict()
    if (this.#skip('}')) return dict
    const first = hashable(this.value())
    if (!this.#skip(':')) return this.#set(first)
    dictSet(dict, first, this.value())
    while (this.#skip(',')) {
      if (this.#skip('}')) return dict
      const key = hashable(this.value())
      this.#expect(':')
      dictSet(dict, key, this.value())
    }
    this.#expect('}')
    return dict
  }

  /** A set; JSON has none, so it becomes a list of its distinct items. */
  #set(first: PyValue): PyValue {
    const items = [first]
    while (this.#skip(',')) {
      if (this.#skip('}')) return items
      const item = hashable(this.value())
      if (!items.some((known) => equal(known, item))) items.push(item)
    }
    this.#expect('}')
    return items
  }

  #signed(sign: number): PyValue {
    this.#match(blank)
    const digits = this.#match(number)
    if (digits === undefined) throw new NotALiteral()
    return numberValue(digits[0], sign)
  }

  #scalar(): PyValue {
    this.#match(blank)
    let text: string | undefined
    for (let part = this.#match(string); part !== undefined; part = this.#match(string)) {
      const body = part[2] ?? part[3] ?? part[4] ?? part[5] ?? ''
      text = (text ?? '') + (/r/i.test(part[1] ?? '') ? body : unescape(body))
      this.#match(blank)
    }
    if (text !== undefined) return text
    const digits = this.#match(number)
    if (digits !== undefined) return numberValue(digits[0], 1)
    const word = this.#match(name)?.[0]
    const constant = word === undefined ? undefined : names.get(word)
    if (constant === undefined) throw new NotALiteral()
    return constant
  }

  #match(rule: RegExp): RegExpExecArray | undefined {
    rule.lastIndex = this.#at
    const found = rule.exec(this.#text)
    if (found === null) return undefined
    this.#at += found[0].length
    return found
  }

  #skip(symbol: string): boolean {
    const start = this.#at
    this.#match(blank)
    const found = this.#text.startsWith(symbol, this.#at)
    this.#at = found ? this.#at + symbol.length : start
    return found
  }

  #expect(symbol: string): void {
    if (!this.#skip(symbol)) throw new NotALiteral()
  }
}

function hashable(key: PyValue): PyValue {
  if (isList(key) || isDict(key)) throw new NotALiteral()
  return key
}

function unescape(body: string): string {
  try {
    return readEscapes(body, 0)
  } catch {
    throw new NotALiteral()
  }
}

function numberValue(digits: string, sign: number): PyValue {
  // Python refuses a leading zero before other digits: 007 is not a number.
  if (/^0\d*[1-9]/.test(digits) && !/[.eE]/.test(digits)) throw new NotALiteral()
  const value = Number(digits.replaceAll('_', '')) * sign
  return /^0[xob]/i.test(digits) || !/[.eE]/.test(digits) ? value : float(value)
}
