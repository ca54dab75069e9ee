/**
 * One paragraph broken into lines of at most `width` characters, as Python's textwrap does it: at blanks and after
 * hyphens inside words; a longer word is cut or stands alone.
 */
export function wrapLine(text: string, width: number, breakWords: boolean, breakHyphens: boolean): string[] {
  const lines: string[] = []
  const pieces = splitPieces(text, breakHyphens).reverse()
  while (pieces.length > 0) {
    const line: string[] = []
    let length = 0
    if (lines.length > 0 && pieces.at(-1)?.trim() === '') pieces.pop()
    for (let piece = pieces.at(-1); piece !== undefined && length + piece.length <= width; piece = pieces.at(-1)) {
      line.push(piece)
      length += piece.length
      pieces.pop()
    }
    const next = pieces.at(-1)
    if (next !== undefined && next.length > width) {
      const room = width < 1 ? 1 : width - length
      if (breakWords) {
        line.push(next.slice(0, room))
        pieces[pieces.length - 1] = next.slice(room)
      } else if (line.length === 0) {
        line.push(next)
        pieces.pop()
      }
    }
    if (line.at(-1)?.trim() === '') line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

/** Words and the blanks between them; a hyphenated word comes in its parts. */
function splitPieces(text: string, breakHyphens: boolean): string[] {
  const words = text.match(/\s+|\S+/g) ?? []
  if (!breakHyphens) return words
  return words.flatMap((word) =>
    word.split(
      /(?<=[\p{L}\p{N}_][-])(?=[\p{L}_])|(?<=[\p{L}_"'&.,?!]|\s|^)(?=-{2,}[\p{L}\p{N}_])|(?<=-{2,})(?=[\p{L}\p{N}_])/u,
    ),
  )
}
