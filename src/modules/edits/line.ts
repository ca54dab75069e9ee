import { expander, patternOf } from '../../template/regex/operations.ts'
import type { Pattern } from '../../template/regex/translate.ts'
import { byteText, linesOf, withoutEnd } from './byte-text.ts'

export interface LineWish {
  readonly state: 'present' | 'absent'
  readonly line?: string | undefined
  readonly regexp?: string | undefined
  readonly search_string?: string | undefined
  readonly insertafter?: string | undefined
  readonly insertbefore?: string | undefined
  readonly backrefs: boolean
  readonly firstmatch: boolean
}

export interface LineEdit {
  readonly text: string
  /** Ansible's words for what was done; empty when nothing was. */
  readonly msg: string
  readonly found?: number
}

type Match = readonly (string | undefined)[]
type Finder = (line: string) => Match | undefined

const bytes = { bytes: true } as const

/** The matcher of a Python pattern, or of a text that is searched as it is. */
function finder(wish: LineWish): Finder | undefined {
  if (wish.regexp !== undefined) return patternFinder(patternOf(byteText(wish.regexp), bytes))
  if (wish.search_string === undefined) return undefined
  const text = byteText(wish.search_string)
  return (line) => (line.includes(text) ? [] : undefined)
}

function patternFinder({ regexp }: Pattern): Finder {
  return (line) => {
    regexp.lastIndex = 0
    return regexp.exec(line) ?? undefined
  }
}

/** One line of a text, put there or taken out as Ansible's lineinfile does it. Pure. */
export function editLine(wish: LineWish, before: string): LineEdit {
  return wish.state === 'absent' ? removeLines(wish, before) : presentLine(wish, before)
}

function removeLines(wish: LineWish, before: string): LineEdit {
  const line = byteText(wish.line ?? '')
  const find = finder(wish) ?? ((one: string) => (withoutEnd(one) === line ? [] : undefined))
  const lines = linesOf(before)
  const kept = lines.filter((one) => find(one) === undefined)
  const found = lines.length - kept.length
  return { text: kept.join(''), msg: found > 0 ? `${found} line(s) removed` : '', found }
}

function presentLine(wish: LineWish, before: string): LineEdit {
  const lines = linesOf(before)
  const line = byteText(wish.line ?? '')
  const find = finder(wish)
  const at = find && lineFor(lines, find, wish.firstmatch)
  if (at) return replaced(lines, at.index, expanded(wish, line, at.match))
  const place = placeFor(wish, lines, line)
  if (place.exact !== undefined) return replaced(lines, place.exact, line)
  if (wish.backrefs) return { text: before, msg: '' }
  if (wish.insertbefore === 'BOF' || wish.insertafter === 'BOF') return inserted(lines, 0, line)
  if (place.index === undefined) return inserted(lines, lines.length, line)
  // A line that stands there already is not doubled; Ansible looks for that only below what insertafter finds.
  const there = wish.insertbefore === undefined ? lines[place.index] : undefined
  if (there !== undefined && withoutEnd(there) === line) return { text: before, msg: '' }
  return inserted(lines, place.index, line)
}

/** The last line that matches, or the first one where that is asked for. */
function lineFor(lines: readonly string[], find: Finder, first: boolean): { index: number; match: Match } | undefined {
  const indices = first ? [...lines.keys()] : [...lines.keys()].reverse()
  for (const index of indices) {
    const match = find(lines[index] ?? '')
    if (match) return { index, match }
  }
  return undefined
}

function expanded({ regexp, backrefs }: LineWish, line: string, match: Match): string {
  if (!backrefs || regexp === undefined) return line
  return expander(line, patternOf(byteText(regexp), bytes))(match)
}

/** The line itself, wherever it stands, or the place that insertafter or insertbefore means. */
function placeFor(
  { insertafter, insertbefore, firstmatch }: LineWish,
  lines: readonly string[],
  line: string,
): { readonly exact?: number; readonly index?: number } {
  const usual = [undefined, 'BOF', 'EOF']
  const after = !usual.includes(insertafter)
  const before = insertbefore !== undefined && insertbefore !== 'BOF'
  const find =
    after || before ? patternFinder(patternOf(byteText(insertafter ?? insertbefore ?? ''), bytes)) : undefined
  let exact: number | undefined
  let index: number | undefined
  for (const [number, one] of lines.entries()) {
    if (withoutEnd(one) === line) exact = number
    else if (find?.(one)) {
      index = after ? number + 1 : number
      if (firstmatch) break
    }
  }
  return { ...(exact !== undefined && { exact }), ...(index !== undefined && { index }) }
}

function replaced(lines: readonly string[], index: number, line: string): LineEdit {
  const wished = line.endsWith('\n') ? line : `${line}\n`
  const text = lines.join('')
  if (lines[index] === wished) return { text, msg: '' }
  return { text: lines.with(index, wished).join(''), msg: 'line replaced' }
}

function inserted(lines: readonly string[], index: number, line: string): LineEdit {
  const head = lines.slice(0, index).join('')
  // An open last line is ended before one is added. (Ansible glues the two together below what insertafter finds.)
  const open = index === lines.length && head !== '' && !/[\n\r]$/.test(head)
  return { text: `${head}${open ? '\n' : ''}${line}\n${lines.slice(index).join('')}`, msg: 'line added' }
}
