/** Columns that text takes on a terminal. Colour sequences (the only ones we write) take none. */

const color = /\u001b\[[0-9;]*m/g
const narrow = /^[\u0020-\u007e]*$/
// East Asian Wide and Fullwidth (Unicode TR 11) and what is drawn as an emoji by default.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2fb}\u{1f200}-\u{1f320}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const zero = /^[\p{Mark}\p{Format}]+$/u

// Between words, but not on either side of an arrow: `0644 → 0600` is one thing.
const breakable = /(?<=(?<![→>]) )(?! |→|->)/

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function displayWidth(text: string): number {
  const bare = text.replace(color, '')
  if (narrow.test(bare)) return bare.length
  let columns = 0
  for (const { segment } of graphemes.segment(bare)) columns += graphemeWidth(segment)
  return columns
}

/** Cuts to `columns`, ending in `ellipsis` where something was cut; colours that were opened are closed. */
export function truncate(text: string, columns: number, ellipsis = '…'): string {
  if (displayWidth(text) <= columns) return text
  const room = Math.max(0, columns - displayWidth(ellipsis))
  let used = 0
  let cut = false
  let result = ''
  for (const piece of pieces(text)) {
    if (piece.columns === 0) result += piece.text
    else if (!cut && used + piece.columns <= room) {
      result += piece.text
      used += piece.columns
    } else if (!cut) {
      cut = true
      result += columns > 0 ? ellipsis : ''
    }
  }
  return result
}

/** Breaks at blanks so that no line is wider than `columns`; every line after the first is indented. */
export function wrap(text: string, columns: number, indent: number): string[] {
  if (displayWidth(text) <= columns) return [text]
  const margin = ' '.repeat(Math.min(indent, columns >> 1))
  const lines: string[] = []
  let line = ''
  let used = 0
  const next = (): void => {
    lines.push(line.trimEnd())
    line = margin
    used = margin.length
  }
  for (const word of text.split(breakable)) {
    const width = displayWidth(word.trimEnd())
    if (used + width > columns && used > margin.length) next()
    if (used + width <= columns) {
      line += word
      used += displayWidth(word)
      continue
    }
    // Wider than a whole line (a path, a key): broken where it must be.
    for (const piece of pieces(word)) {
      if (used + piece.columns > columns) next()
      line += piece.text
      used += piece.columns
    }
  }
  if (line.trim() !== '') lines.push(line.trimEnd())
  return lines
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}

function* pieces(text: string): Generator<{ readonly text: string; readonly columns: number }> {
  let from = 0
  for (const found of text.matchAll(color)) {
    yield* characters(text.slice(from, found.index))
    yield { text: found[0], columns: 0 }
    from = found.index + found[0].length
  }
  yield* characters(text.slice(from))
}

function* characters(text: string): Generator<{ readonly text: string; readonly columns: number }> {
  if (narrow.test(text)) for (const character of text) yield { text: character, columns: 1 }
  else for (const { segment } of graphemes.segment(text)) yield { text: segment, columns: graphemeWidth(segment) }
}

function graphemeWidth(segment: string): number {
  if (zero.test(segment)) return 0
  return wide.test(segment) ? 2 : 1
}
