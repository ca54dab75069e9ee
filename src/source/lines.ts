import type { Position } from './position.ts'

/** Turns offsets into positions. Lines end in LF, CRLF or CR, as YAML has it. */
export function lineIndex(text: string, file: string): (offset: number) => Position {
  const starts = lineStarts(text)
  return (offset) => {
    const line = lastNotAfter(starts, offset)
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
}

/** The lines of a text without their ends; line N of a position is element N - 1. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/)
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let offset = 0; offset < text.length; offset++) {
    const code = text.charCodeAt(offset)
    if (code === 10 || (code === 13 && text.charCodeAt(offset + 1) !== 10)) starts.push(offset + 1)
  }
  return starts
}

function lastNotAfter(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
