/**
 * One paragraph broken into lines of at most `width` characters, as Python's textwrap does it: at blanks and after
 * hyphens inside words; a longer word is cut or stands alone.
 */
export function wrapLine(text: string, width: number, breakWords: boolean, breakHyphens: boolean): string[] {
  const lines: string[] = []
  const rest = splitPieces(text, breakHyphens).reverse()
  while (rest.length > 0) {
    const line: string[] = []
    let length = 0
    if (lines.length > 0 && rest.at(-1)?.trim() === '') rest.pop()
    for (let piece = rest.at(-1); piece !== undefined && length + piece.length <= width; piece = rest.at(-1)) {
      line.push(piece)
      length += piece.length
      rest.pop()
    }
    const next = rest.at(-1)
    if (next !== undefined && next.length > width) {
      const room = width < 1 ? 1 : width - length
      if (breakWords) {
        const end = cutAfter(next, room, breakHyphens)
        line.push(next.slice(0, end))
        rest[rest.length - 1] = next.slice(end)
      } else if (line.length === 0) {
        line.push(next)
        rest.pop()
      }
    }
    if (line.at(-1)?.trim() === '') line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

/** Where a piece that is too long is cut: after its last hyphen that fits, else where the room ends. */
function cutAfter(piece: string, room: number, breakHyphens: boolean): number {
  const hyphen = breakHyphens && piece.length > room ? piece.slice(0, room).lastIndexOf('-') : -1
  return hyphen > 0 && /[^-]/.test(piece.slice(0, hyphen)) ? hyphen + 1 : room
}

const letter = String.raw`[\p{L}_]`
const beforeDash = String.raw`(?<=[\p{L}\p{N}_!"'&.,?])`
/** A hyphen ends a piece between letters (`well-known`, not `10-forward` or `a-b`), a dash of several stands alone. */
const pieces = new RegExp(
  [
    String.raw`\s+`,
    String.raw`${beforeDash}-{2,}(?=[\p{L}\p{N}_])`,
    String.raw`\S+?(?:-(?:(?<=${letter}{2}-)|(?<=${letter}-${letter}-))(?=${letter}-?${letter})|(?=\s|$)|${beforeDash}(?=-{2,}[\p{L}\p{N}_]))`,
  ].join('|'),
  'gu',
)

/** Words and the blanks between them; a hyphenated word comes in its parts. */
function splitPieces(text: string, breakHyphens: boolean): string[] {
  return text.match(breakHyphens ? pieces : /\s+|\S+/g) ?? []
}
