import { characters, textLength } from './text.ts'

export function capitalize(text: string): string {
  const [first = '', ...rest] = characters(text)
  return titleCase(first) + rest.join('').toLowerCase()
}

/** Python's `str.title()`: every run of letters starts with a capital, also after an apostrophe or a digit. */
export function titleWords(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => {
    const [first = '', ...rest] = characters(word)
    return titleCase(first) + rest.join('').toLowerCase()
  })
}

export function swapCase(text: string): string {
  return characters(text)
    .map((character) => {
      const upper = character.toUpperCase()
      return character === upper ? character.toLowerCase() : upper
    })
    .join('')
}

/** Whether every cased character has the case, and there is one. */
export function isCased(text: string, wanted: 'upper' | 'lower'): boolean {
  const [has, wrong] = wanted === 'upper' ? [/\p{Lu}/u, /[\p{Ll}\p{Lt}]/u] : [/\p{Ll}/u, /[\p{Lu}\p{Lt}]/u]
  return has.test(text) && !wrong.test(text)
}

export function justify(text: string, width: number, side: 'left' | 'right' | 'center', fill = ' '): string {
  const missing = width - textLength(text)
  if (missing <= 0) return text
  if (side === 'left') return text + fill.repeat(missing)
  if (side === 'right') return fill.repeat(missing) + text
  // CPython puts the odd blank on the left when both the missing and the wanted width are odd.
  const left = Math.floor(missing / 2) + (missing & width & 1)
  return fill.repeat(left) + text + fill.repeat(missing - left)
}

function titleCase(character: string): string {
  // 'ß'.title() is 'Ss', not 'SS'.
  const [first = '', ...rest] = characters(character.toUpperCase())
  return first + rest.join('').toLowerCase()
}
