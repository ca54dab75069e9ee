import type { Value } from '../source/value.ts'

/**
 * The value of a Python literal, which is how Ansible reads values in INI inventories: `1` is a number, `True` a
 * boolean, `[1, 'a']` and `80,443` are lists, `'x'` is text without its quotes. A comment may follow. Undefined for
 * everything else, such as `yes`, `0644` or `10.0.0.1`, which stay text as written.
 */
export function parseLiteral(text: string): Value | undefined {
  const reader = new LiteralReader(text)
  try {
    return reader.read()
  } catch (error) {
    if (error === NOT_A_LITERAL) return undefined
    throw error
  }
}

/** One for all: most values are no literals, and making an error costs more than reading the value. */
const NOT_A_LITERAL = new Error('not a literal')

const INTEGER = /(?:0(?:_?0)*|[1-9](?:_?\d)*)(?![\w.])/y
const RADIX = /0(?:x(?:_?[\da-f])+|o(?:_?[0-7])+|b(?:_?[01])+)(?!\w)/iy
const DIGITS = String.raw`\d(?:_?\d)*`
const FLOAT = new RegExp(
  `(?:${DIGITS}\\.(?:${DIGITS})?(?:e[-+]?${DIGITS})?|\\.${DIGITS}(?:e[-+]?${DIGITS})?|${DIGITS}e[-+]?${DIGITS})(?![\\w.])`,
  'iy',
)
const WORD = /(?:None|True|False)(?!\w)/y
const STRING_START = /([rRuU]|[bB]|[bB][rR]|[rR][bB])?('''|"""|'|")/y
const SPACE = /(?:[ \t\f\n]|#.*)*/y

class LiteralReader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Value {
    this.#skipSpace()
    const first = this.#value()
    const value = this.#peek(',') ? [first, ...this.#rest('')] : first
    if (this.#position < this.#text.length) throw NOT_A_LITERAL
    return value
  }

  #value(): Value {
    const sign = this.#take(/[-+]/y)
    this.#skipSpace()
    const value = sign === undefined ? this.#unsigned() : signed(sign, this.#number() ?? this.#parenthesizedNumber())
    this.#skipSpace()
    return value
  }

  #unsigned(): Value {
    if (this.#peek('[')) return this.#items('[', ']')
    if (this.#peek('(')) return this.#parenthesized()
    if (this.#peek('{')) return this.#braces()
    const word = this.#take(WORD)
    if (word !== undefined) return word === 'None' ? null : word === 'True'
    const number = this.#number()
    if (number !== undefined) return number
    return this.#strings()
  }

  #number(): number | string | undefined {
    const whole = this.#take(RADIX) ?? this.#take(INTEGER)
    if (whole !== undefined) {
      const digits = whole.replace(/_/g, '')
      const value = Number(digits)
      return Number.isSafeInteger(value) ? value : digits
    }
    const broken = this.#take(FLOAT)
    return broken === undefined ? undefined : Number(broken.replace(/_/g, ''))
  }

  #parenthesizedNumber(): Value {
    if (!this.#peek('(')) throw NOT_A_LITERAL
    return this.#parenthesized()
  }

  #items(open: string, close: string): Value[] {
    this.#expect(open)
    this.#skipSpace()
    if (this.#peek(close)) {
      this.#expect(close)
      return []
    }
    const first = this.#value()
    const items = [first, ...this.#rest(close)]
    this.#expect(close)
    return items
  }

  /** The items after the first one, up to a closing bracket or, without one, the end of the text. */
  #rest(close: string): Value[] {
    const items: Value[] = []
    while (this.#peek(',')) {
      this.#expect(',')
      this.#skipSpace()
      if (close === '' ? this.#position >= this.#text.length : this.#peek(close)) break
      items.push(this.#value())
    }
    return items
  }

  /** `(1)` is 1, `(1,)` and `()` are tuples, which are lists here. */
  #parenthesized(): Value {
    const start = this.#position
    const items = this.#items('(', ')')
    const [only] = items
    const isTuple = items.length !== 1 || /,\s*\)$/.test(this.#text.slice(start, this.#position))
    return isTuple || only === undefined ? items : only
  }

  /** A dict, or a set, which is a list here. */
  #braces(): Value {
    this.#expect('{')
    this.#skipSpace()
    const entries: [string, Value][] = []
    const items: Value[] = []
    while (!this.#peek('}')) {
      const item = this.#value()
      if (this.#peek(':')) {
        this.#expect(':')
        this.#skipSpace()
        entries.push([keyOf(item), this.#value()])
      } else items.push(item)
      if (!this.#peek(',')) break
      this.#expect(',')
      this.#skipSpace()
    }
    this.#expect('}')
    if (entries.length > 0 && items.length > 0) throw NOT_A_LITERAL
    return items.length > 0 ? items : Object.fromEntries(entries)
  }

  /** Strings that follow each other are one. */
  #strings(): string {
    let text = this.#string()
    if (text === undefined) throw NOT_A_LITERAL
    for (;;) {
      this.#skipSpace()
      const next = this.#string()
      if (next === undefined) return text
      text += next
    }
  }

  #string(): string | undefined {
    STRING_START.lastIndex = this.#position
    const match = STRING_START.exec(this.#text)
    if (!match) return undefined
    const [opening, prefix = '', quote = ''] = match
    const start = this.#position + opening.length
    const end = closingQuote(this.#text, start, quote)
    this.#position = end + quote.length
    const body = this.#text.slice(start, end)
    return /r/i.test(prefix) ? body : unescape(body)
  }

  #skipSpace(): void {
    this.#take(SPACE)
  }

  #peek(character: string): boolean {
    return this.#text.startsWith(character, this.#position)
  }

  #expect(character: string): void {
    if (!this.#peek(character)) throw NOT_A_LITERAL
    this.#position += character.length
  }

  #take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#position
    const found = expression.exec(this.#text)?.[0]
    if (found !== undefined) this.#position += found.length
    return found
  }
}

function signed(sign: string, value: Value): Value {
  if (typeof value === 'number') return sign === '-' && value !== 0 ? -value : value
  if (typeof value === 'string' && /^\d+$/.test(value)) return sign === '-' ? `-${value}` : value
  throw NOT_A_LITERAL
}

/** A key in JSON's spelling, as everywhere else. */
function keyOf(item: Value): string {
  if (typeof item === 'object' && item !== null) throw NOT_A_LITERAL
  return String(item)
}

function closingQuote(text: string, start: number, quote: string): number {
  for (let position = start; position < text.length; position++) {
    if (text[position] === '\\') position++
    else if (text.startsWith(quote, position)) return position
  }
  throw NOT_A_LITERAL
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescape(body: string): string {
  return body.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g,
    (whole: string, octal?: string, x?: string, u?: string, long?: string, single?: string) => {
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
      const hex = x ?? u ?? long
      if (hex !== undefined) return codePoint(parseInt(hex, 16))
      if (single === 'x' || single === 'u' || single === 'U' || single === 'N') throw NOT_A_LITERAL
      return ESCAPES[single ?? ''] ?? whole
    },
  )
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw NOT_A_LITERAL
  return String.fromCodePoint(code)
}
