import { Fault } from '../errors.ts'

/** Flags of a Python pattern. */
export interface RegexFlags {
  readonly ignoreCase?: boolean
  readonly multiline?: boolean
  readonly dotAll?: boolean
  readonly verbose?: boolean
  /** The pattern and what is searched are bytes, each as one character (`byteText` makes them so). */
  readonly bytes?: boolean
}

/** Where the bytes from 0x80 on stand in a text of bytes: characters without case that are neither letters nor spaces. */
export const highBytes = 0xf700

const word = '\\p{L}\\p{N}_'
const wordBoundary = `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`
const noWordBoundary = `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`

/** Python's escapes outside a character class, in JavaScript's terms; those for classes are in `classEscapes`. */
const escapes: Readonly<Record<string, string>> = {
  A: '(?<![^])',
  Z: '(?![^])',
  b: wordBoundary,
  B: noWordBoundary,
  w: `[${word}]`,
  W: `[^${word}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: '[\\s\\x1c-\\x1f\\x85]',
  S: '[^\\s\\x1c-\\x1f\\x85]',
}

/** What escapes mean to a pattern of bytes where that differs. */
const byteEscapes: Readonly<Record<string, string>> = { s: '[ \\t-\\r]', S: '[^ \\t-\\r]' }
const byteClassEscapes: Readonly<Record<string, string>> = { s: ' \\t-\\r', S: '\\x00-\\x08\\x0e-\\x1f!-\\u{f7ff}' }

const classEscapes: Readonly<Record<string, string>> = {
  w: word,
  W: `\\P{L}`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: '\\s\\x1c-\\x1f\\x85',
  S: '\\S',
  b: '\\x08',
}

const controls: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' }

/** A compiled Python pattern. */
export interface Pattern {
  readonly regexp: RegExp
  /** Named groups by their number. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Asked for by a flag, or by the pattern itself. */
  readonly multiline: boolean
}

/** Compiles a Python regular expression; throws `Fault` for what Python would refuse or JavaScript cannot do. */
export function compilePattern(source: string, flags: RegexFlags = {}): Pattern {
  const translator = new Translator(source, flags)
  const translated = translator.run()
  const { ignoreCase, multiline = false, dotAll } = translator.flags
  try {
    const regexp = new RegExp(translated, `gu${ignoreCase === true ? 'i' : ''}${dotAll === true ? 's' : ''}`)
    return { regexp, groups: translator.groups, names: translator.names, multiline }
  } catch (error) {
    throw new Fault(`the regular expression '${source}' cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Walks over a pattern once and writes it anew: the two languages differ in escapes, names, flags and anchors. */
class Translator {
  readonly names = new Map<string, number>()
  flags: RegexFlags
  groups = 0
  readonly #source: string
  #at = 0

  constructor(source: string, flags: RegexFlags) {
    this.#source = source
    this.flags = flags
  }

  run(): string {
    // Global flags stand at the start; Python 3.11 refuses them elsewhere.
    const [whole = '', letters = ''] = /^\(\?([aiLmsux]+)\)/.exec(this.#source) ?? []
    this.#at = whole.length
    this.flags = {
      ...this.flags,
      ignoreCase: this.flags.ignoreCase === true || letters.includes('i'),
      multiline: this.flags.multiline === true || letters.includes('m'),
      dotAll: this.flags.dotAll === true || letters.includes('s'),
      verbose: this.flags.verbose === true || letters.includes('x'),
    }
    let result = ''
    while (this.#at < this.#source.length) result += this.#item()
    return result
  }

  #item(): string {
    const character = this.#source[this.#at] ?? ''
    switch (character) {
      case '\\':
        return this.#escape()
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '$':
        this.#at++
        // Python's $ also matches before a final line end, and its line ends are \n alone.
        return this.flags.multiline === true ? '(?![^\\n])' : '(?=\\n?(?![^]))'
      case '^':
        this.#at++
        return this.flags.multiline === true ? '(?<![^\\n])' : '^'
      case '.':
        this.#at++
        // JavaScript's dot stops at more line ends than \n.
        return this.flags.dotAll === true ? '.' : '[^\\n]'
      case '{':
        return this.#braces()
      case '}':
      case ']':
        this.#at++
        return `\\${character}`
      case '*':
      case '+':
      case '?':
        this.#at++
        if (this.#source[this.#at] === '+') throw this.#unsupported('possessive quantifiers')
        return character
      default:
        if (this.flags.verbose === true && /\s/.test(character)) {
          this.#at++
          return ''
        }
        if (this.flags.verbose === true && character === '#') {
          const end = this.#source.indexOf('\n', this.#at)
          this.#at = end < 0 ? this.#source.length : end
          return ''
        }
        return this.#literal()
    }
  }

  #literal(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0)
    this.#at += character.length
    return character === '/' ? '\\/' : character
  }

  #escape(): string {
    const next = this.#source[this.#at + 1]
    if (next === undefined) throw new Fault(`bad escape (end of pattern) in the regular expression '${this.#source}'`)
    const known = (this.flags.bytes === true ? byteEscapes[next] : undefined) ?? escapes[next]
    if (known !== undefined) {
      this.#at += 2
      return known
    }
    // Three octal digits are a character, not a group.
    const reference = /^\\(?![0-3][0-7]{2})([1-9]\d?)/.exec(this.#source.slice(this.#at))
    if (reference !== null) {
      this.#at += reference[0].length
      if (Number(reference[1]) > this.groups)
        throw new Fault(`invalid group reference ${reference[1]} in the regular expression '${this.#source}'`)
      return `(?:\\${reference[1]})`
    }
    return this.#escapedCharacter()
  }

  /** An escape that stands for one character, in or out of a class. */
  #escapedCharacter(): string {
    const rest = this.#source.slice(this.#at)
    const code = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(0[0-7]{0,2}|[0-3][0-7]{2}))/.exec(rest)
    if (code !== null) {
      this.#at += code[0].length
      const value = code[4] === undefined ? parseInt(code[1] ?? code[2] ?? code[3] ?? '0', 16) : parseInt(code[4], 8)
      const high = this.flags.bytes === true && value >= 0x80 ? highBytes : 0
      return `\\u{${(high + value).toString(16)}}`
    }
    const character = String.fromCodePoint(rest.codePointAt(1) ?? 0)
    this.#at += 1 + character.length
    const control = controls[character]
    if (control !== undefined) return control
    if (/[a-zA-Z]/.test(character))
      throw new Fault(`bad escape \\${character} in the regular expression '${this.#source}'`)
    return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
  }

  #class(): string {
    const start = this.#at
    this.#at++
    let result = '['
    if (this.#source[this.#at] === '^') {
      result += '^'
      this.#at++
    }
    // A bracket in first place is a member.
    for (let first = true; first || this.#source[this.#at] !== ']'; first = false) {
      const character = this.#source[this.#at]
      if (character === undefined)
        throw new Fault(`unterminated character set at position ${start} in the regular expression '${this.#source}'`)
      if (character === '\\') {
        const next = this.#source[this.#at + 1] ?? ''
        const known = (this.flags.bytes === true ? byteClassEscapes[next] : undefined) ?? classEscapes[next]
        if (known === undefined) result += this.#escapedCharacter().replace(/^-$/, '\\-')
        else {
          if (next === 'W') throw this.#unsupported('\\W inside brackets')
          result += known
          this.#at += 2
        }
      } else if (character === '-' && this.#isLiteralHyphen(first)) {
        result += '\\-'
        this.#at++
      } else {
        const literal = this.#literal()
        result += /[[\](){}/|^$.*+?]/.test(literal) && literal.length === 1 ? `\\${literal}` : literal
      }
    }
    this.#at++
    return `${result}]`
  }

  /** A hyphen that makes no range: first, last, or after a class such as \w. */
  #isLiteralHyphen(first: boolean): boolean {
    const before = this.#source.slice(0, this.#at)
    return first || this.#source[this.#at + 1] === ']' || /(?<!\\)(?:\\\\)*\\[wWdDsS]$/.test(before)
  }

  #braces(): string {
    const quantifier = /^\{(\d*)(,?)(\d*)\}/.exec(this.#source.slice(this.#at))
    const [whole = '', low = '', comma = '', high = ''] = quantifier ?? []
    if (quantifier === null || (low === '' && high === '' && comma === '') || (low === '' && comma === '')) {
      this.#at++
      return '\\{'
    }
    this.#at += whole.length
    return `{${low === '' ? '0' : low}${comma}${high}}`
  }

  #group(): string {
    const rest = this.#source.slice(this.#at)
    const named = /^\(\?P<(\w+)>/.exec(rest)
    if (named !== null) {
      this.#at += named[0].length
      this.groups++
      this.names.set(named[1] ?? '', this.groups)
      return `(?<${named[1]}>`
    }
    const backReference = /^\(\?P=(\w+)\)/.exec(rest)
    if (backReference !== null) {
      this.#at += backReference[0].length
      return `\\k<${backReference[1]}>`
    }
    const comment = /^\(\?#[^)]*\)/.exec(rest)
    if (comment !== null) {
      this.#at += comment[0].length
      return ''
    }
    const special = /^\(\?(?::|=|!|<=|<!)/.exec(rest)
    if (special !== null) {
      this.#at += special[0].length
      return special[0]
    }
    if (rest.startsWith('(?')) throw this.#unsupported(`'${rest.slice(0, 4)}'`)
    this.#at++
    this.groups++
    return '('
  }

  #unsupported(what: string): Fault {
    return new Fault(`${what} in the regular expression '${this.#source}' is not supported`)
  }
}
