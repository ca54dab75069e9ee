import { UserError } from '../errors.ts'

/** One option as ssh_config(5) writes it, also behind `-o`. */
export interface OptionLine {
  /** As it is written. */
  readonly name: string
  /** In lower case: that is how options are compared. */
  readonly key: string
  readonly words: readonly string[]
  /** All that is behind the name, as it stands. */
  readonly value: string
  /** Where it stands, for messages. */
  readonly source: string
}

/** Undefined for blank lines and comments. @throws UserError where there is no value, or an open quote */
export function parseOptionLine(text: string, source: string): OptionLine | undefined {
  const [, name = '', value = ''] = /^\s*([^\s=]*)(?:\s*=\s*|\s+|$)(.*?)\s*$/s.exec(text) ?? []
  if (name === '' || name.startsWith('#')) return undefined
  if (value === '') throw new UserError(`${source}: ${name} has no value`)
  return { name, key: name.toLowerCase(), words: splitValue(value, source), value, source }
}

/** The words of a value: both quotes mean the same, a backslash protects quotes, blanks and itself, `#` ends the line. */
function splitValue(text: string, source: string): string[] {
  const words: string[] = []
  let at = 0
  for (;;) {
    while (/[ \t]/.test(text.charAt(at))) at++
    if (at >= text.length || text.charAt(at) === '#') return words
    let word = ''
    let quote: string | undefined
    for (; at < text.length; at++) {
      const char = text.charAt(at)
      const next = text.charAt(at + 1)
      if (char === '\\' && (/['"\\]/.test(next) || (quote === undefined && next === ' '))) word += text.charAt(++at)
      else if (quote === undefined && /[ \t]/.test(char)) break
      else if (quote === undefined && /['"]/.test(char)) quote = char
      else if (char === quote) quote = undefined
      else word += char
    }
    if (quote !== undefined) throw new UserError(`${source}: a quote (${quote}) is not closed`)
    words.push(word)
  }
}

/** The value of an option that has one word. @throws UserError */
export function oneWord({ name, words, source }: OptionLine): string {
  const [word] = words
  if (word === undefined) throw new UserError(`${source}: ${name} has no value`)
  if (words.length > 1) throw new UserError(`${source}: ${name} takes one value, and there is "${words[1]}" behind it`)
  return word
}
