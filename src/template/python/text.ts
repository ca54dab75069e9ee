// Python counts characters (code points), JavaScript UTF-16 units; the two differ only where surrogates occur.
const surrogate = /[\ud800-\udfff]/

export function textLength(text: string): number {
  return surrogate.test(text) ? Array.from(text).length : text.length
}

/** The characters of a text, one string each. */
export function characters(text: string): string[] {
  return surrogate.test(text) ? Array.from(text) : text.split('')
}

/** What Python's strip(), split() and isspace() call white space. */
export const whiteSpace = /[\s\x1c-\x1f\x85]+/gu

/** Lines as Python's `splitlines()` sees them: no empty one after a final line end. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines =
    text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/gu) ?? []
  if (lines.at(-1) === '') lines.pop()
  return keepEnds ? lines : lines.map((line) => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/u, ''))
}

/** Python's `strip(chars)` on one or both sides; without `chars` white space goes. */
export function strip(text: string, chars: string | undefined, side: 'both' | 'left' | 'right'): string {
  const set = chars === undefined ? undefined : new Set(characters(chars))
  const all = characters(text)
  const drop = (character: string | undefined): boolean =>
    character !== undefined && (set === undefined ? /[\s\x1c-\x1f\x85]/u.test(character) : set.has(character))
  let start = 0
  let end = all.length
  if (side !== 'right') while (start < end && drop(all[start])) start++
  if (side !== 'left') while (end > start && drop(all[end - 1])) end--
  return all.slice(start, end).join('')
}
