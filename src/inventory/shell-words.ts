/** A word of a host line with the column it begins in, counted from 0. */
export interface Word {
  readonly text: string
  readonly start: number
}

/**
 * Splits a host line into words as Python's shlex does: quotes and backslashes as in a shell, and `#` begins a comment
 * wherever it stands unquoted, also inside a word.
 * @returns a message instead when a quote or an escape is not finished
 */
export function splitWords(line: string): readonly Word[] | string {
  const words: Word[] = []
  let word: { text: string; start: number } | undefined
  for (let position = 0; position < line.length; position++) {
    const character = line.charAt(position)
    if (/\s/.test(character)) {
      if (word) words.push(word)
      word = undefined
      continue
    }
    if (character === '#') break
    word ??= { text: '', start: position }
    if (character === "'" || character === '"') {
      const quoted = readQuoted(line, position)
      if (!quoted) return `the quote ${character} is never closed`
      word.text += quoted.text
      position = quoted.end
    } else if (character === '\\') {
      if (position + 1 >= line.length) return 'there is nothing after the backslash'
      word.text += line.charAt(++position)
    } else word.text += character
  }
  return word ? [...words, word] : words
}

/** Inside double quotes a backslash escapes only itself and the quote; inside single ones nothing. */
function readQuoted(line: string, start: number): { readonly text: string; readonly end: number } | undefined {
  const quote = line.charAt(start)
  let text = ''
  for (let position = start + 1; position < line.length; position++) {
    const character = line.charAt(position)
    if (character === quote) return { text, end: position }
    const next = line.charAt(position + 1)
    const escapes = quote === '"' && character === '\\' && (next === '"' || next === '\\')
    if (escapes) position++
    text += escapes ? next : character
  }
  return undefined
}
