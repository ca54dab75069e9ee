import { structuredPatch, type StructuredPatchHunk } from 'diff'
import { escapeControl, printable } from './printable.ts'
import type { Diff } from '../modules/define.ts'
import { MASK } from '../variables/redaction.ts'
import type { Theme } from './theme.ts'

export interface DiffView {
  readonly theme: Theme
  /** Lines shown of one diff; what is left out is counted. */
  readonly maxLines: number
}

const context = 3
/** Beyond this many differing lines the search for the shortest diff costs more than anybody would read. */
const maxEdits = 800
const maxBytes = 1_000_000

/** A unified diff as lines, without indentation: `--- `, `+++ `, hunks, and what was left out. */
export function diffLines(diff: Diff, view: DiffView): string[] {
  const { theme } = view
  const name = printable(diff.name)
  const head = [
    theme.paint('removed', diff.before === '' ? '--- /dev/null' : `--- ${name}`),
    theme.paint('added', diff.after === '' ? '+++ /dev/null' : `+++ ${name}`),
  ]
  const quiet = (text: string): string => theme.paint('quiet', theme.spell(text))
  if (diff.before === diff.after) {
    return [...head, quiet(diff.after.includes(MASK) ? 'only what is masked differs' : 'no difference in the text')]
  }
  const words = unshowable(diff)
  if (words !== undefined) return [...head, quiet(words)]
  const hunks = hunksOf(diff)
  if (hunks === undefined) return [...head, quiet(`too different to show: ${sizes(diff)}`)]

  const body = hunks.flatMap((hunk) => hunkLines(hunk, theme))
  if (body.length <= view.maxLines) return [...head, ...body]
  const count = (sign: string): number =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0)
  const left = body.length - view.maxLines
  const note = `… ${left} more lines of this diff (+${count('+')} −${count('-')} in all)`
  return [...head, ...body.slice(0, view.maxLines), quiet(note)]
}

function unshowable(diff: Diff): string | undefined {
  if (diff.before.includes('\0') || diff.after.includes('\0')) return `binary: ${sizes(diff)}`
  if (diff.before.length + diff.after.length > maxBytes) return `too long to show: ${sizes(diff)}`
  return undefined
}

function sizes(diff: Diff): string {
  const size = (text: string): string => `${Buffer.byteLength(text).toLocaleString('en')} bytes`
  return `${size(diff.before)} → ${size(diff.after)}`
}

function hunksOf(diff: Diff): readonly StructuredPatchHunk[] | undefined {
  // A file that appears or goes needs no search, however long it is.
  if (diff.before === '' || diff.after === '') return [wholeFile(diff)]
  const patch = structuredPatch('', '', diff.before, diff.after, '', '', { context, maxEditLength: maxEdits })
  return patch?.hunks
}

function wholeFile(diff: Diff): StructuredPatchHunk {
  const created = diff.before === ''
  const text = created ? diff.after : diff.before
  const lines = text.split('\n')
  const unfinished = lines.at(-1) !== ''
  if (!unfinished) lines.pop()
  const count = lines.length
  const signed = lines.map((line) => (created ? '+' : '-') + line)
  return {
    oldStart: created ? 0 : 1,
    oldLines: created ? 0 : count,
    newStart: created ? 1 : 0,
    newLines: created ? count : 0,
    lines: unfinished ? [...signed, noNewline] : signed,
  }
}

const noNewline = '\\ No newline at end of file'

function hunkLines(hunk: StructuredPatchHunk, theme: Theme): string[] {
  const range = (start: number, lines: number): string => (lines === 1 ? `${start}` : `${start},${lines}`)
  const title = `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`
  const reveal = differsInBlanks(hunk)
  const lines = hunk.lines.map((line) => {
    const sign = line.slice(0, 1)
    if (sign === '\\') return theme.paint('quiet', noNewline)
    const text = sign + (reveal && sign !== ' ' ? showBlanks(line.slice(1), theme) : showText(line.slice(1)))
    return sign === ' ' ? text : theme.paint(sign === '+' ? 'added' : 'removed', text)
  })
  return [theme.paint('info', title), ...lines]
}

/** Whether a removed and an added line are the same but for blanks, tabs or line ends: these must be seen then. */
function differsInBlanks(hunk: StructuredPatchHunk): boolean {
  const bare = (sign: string): string[] =>
    hunk.lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).replace(/\s+/g, ' ').trim())
  const removed = new Set(bare('-'))
  return bare('+').some((line) => removed.has(line))
}

function showText(line: string): string {
  let text = ''
  for (const character of line) text += character === '\t' ? ' '.repeat(8 - (text.length % 8)) : character
  return printable(text)
}

function showBlanks(line: string, theme: Theme): string {
  const trailing = / *$/.exec(line.replace(/\r$/, ''))?.[0].length ?? 0
  const end = line.endsWith('\r') ? escapeControl('\r') : ''
  const body = line.replace(/\r$/, '')
  const kept = body.slice(0, body.length - trailing).replaceAll('\t', `${theme.spell('→')}\t`)
  return showText(kept) + theme.glyphs.dot.repeat(trailing) + end
}
