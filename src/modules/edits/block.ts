import { patternOf, substitute } from '../../template/regex/operations.ts'
import { byteText, linesOf } from './byte-text.ts'
import type { LineEdit } from './line.ts'

export interface BlockWish {
  readonly state: 'present' | 'absent'
  readonly block: string
  readonly marker: string
  readonly marker_begin: string
  readonly marker_end: string
  readonly insertafter?: string | undefined
  readonly insertbefore?: string | undefined
}

const bytes = { bytes: true } as const

/** Lines between two marker lines, put there or taken out as Ansible's blockinfile does it. Pure. */
export function editBlock(wish: BlockWish, before: string | undefined): LineEdit {
  const lines = splitLines(before ?? '')
  const begin = markerLine(wish.marker, wish.marker_begin)
  const end = markerLine(wish.marker, wish.marker_end)
  const block = wish.state === 'present' ? byteText(wish.block) : ''
  const added = block === '' ? '' : `${begin}${ended(block)}${end}`

  const [first, last] = [lines.lastIndexOf(begin), lines.lastIndexOf(end)].sort((a, b) => a - b) as [number, number]
  // One marker alone is no block: it stays, and the block goes where a new one would.
  const known = first >= 0
  const at = known ? first : placeOf(wish, lines, before ?? '')
  const head = lines.slice(0, at).join('')
  const tail = lines.slice(known ? last + 1 : at).join('')
  const text = `${head === '' ? '' : ended(head)}${added}${tail}`
  if (text === before) return { text, msg: '' }
  return { text, msg: before === undefined ? 'File created' : added === '' ? 'Block removed' : 'Block inserted' }
}

const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)

/** Ansible fills the mark in by a regular expression: escapes in what replaces it count. */
function markerLine(marker: string, mark: string): string {
  return `${substitute('\\{mark\\}', byteText(marker), byteText(mark), bytes)}\n`
}

/** Lines with their ends; Python's splitlines also ends them at a carriage return. */
const splitLines = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []

/** How many lines stand above a new block. */
function placeOf({ insertafter, insertbefore }: BlockWish, lines: readonly string[], text: string): number {
  if (insertbefore === 'BOF') return 0
  const written = insertafter === undefined || insertafter === 'EOF' ? insertbefore : insertafter
  if (written === undefined) return lines.length
  const { regexp, multiline } = patternOf(byteText(written), bytes)
  regexp.lastIndex = 0
  const found = multiline ? multilineMatch(regexp, text, insertbefore === undefined) : lastMatch(regexp, lines)
  if (found === undefined) return lines.length
  return Math.min(insertbefore === undefined ? found + 1 : found, lines.length)
}

function lastMatch(regexp: RegExp, lines: readonly string[]): number | undefined {
  const index = lines.findLastIndex((line) => {
    regexp.lastIndex = 0
    return regexp.test(line)
  })
  return index < 0 ? undefined : index
}

/** With `(?m)` a pattern may span lines: its first match counts, by the line where it ends, or begins. */
function multilineMatch(regexp: RegExp, text: string, after: boolean): number | undefined {
  const match = regexp.exec(text)
  if (!match) return undefined
  return linesOf(`${text.slice(0, match.index + (after ? match[0].length : 0))}.`).length - 1
}
