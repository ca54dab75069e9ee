import { createColors } from 'picocolors'
import type { UserError } from '../errors.ts'
import { splitLines } from './lines.ts'
import { formatPosition } from './position.ts'
import type { Position } from './position.ts'
import type { Warning } from './warning.ts'

export interface DiagnosticOptions {
  readonly color: boolean
}

/** Gives the text of a file for the code frame; undefined when there is nothing to show (a host list, a secret). */
export type ReadSource = (file: string) => string | undefined

const WIDTH = 100
const TAB = '    '

/**
 * An error as a person reads it: `file:line:column: error: message`, the line before and the line itself with a
 * caret, and the next step. The frame keeps to 100 columns; a longer line is shown around the place.
 */
export function formatDiagnostic(error: UserError, readSource: ReadSource, options: DiagnosticOptions): string {
  return format('error', error, readSource, options)
}

export function formatWarning(warning: Warning, readSource: ReadSource, options: DiagnosticOptions): string {
  return format('warning', warning, readSource, options)
}

function format(
  level: 'error' | 'warning',
  report: { readonly message: string; readonly at?: Position | undefined; readonly hint?: string | undefined },
  readSource: ReadSource,
  options: DiagnosticOptions,
): string {
  const { bold, red, yellow, cyan } = createColors(options.color)
  const label = level === 'error' ? red('error:') : yellow('warning:')
  const where = report.at ? `${bold(`${formatPosition(report.at)}:`)} ` : ''
  const parts = [`${where}${label} ${bold(printable(report.message))}`]
  if (report.at) parts.push(...codeFrame(report.at, readSource, options))
  if (report.hint !== undefined) parts.push(`${cyan('hint:')} ${printable(report.hint)}`)
  return parts.join('\n')
}

function codeFrame(at: Position, readSource: ReadSource, { color }: DiagnosticOptions): string[] {
  const source = readSource(at.file)
  // The line numbers of an encrypted file are those of its plain text, which nobody should see on a screen.
  if (source === undefined || source.startsWith('$ANSIBLE_VAULT;')) return []
  const lines = splitLines(source)
  const line = lines[at.line - 1]
  if (line === undefined) return []
  const { dim, red } = createColors(color)
  const gutter = String(at.line).length
  const column = width(line.slice(0, at.column - 1))
  const room = WIDTH - gutter - 4
  const start = windowStart(width(line), column, room)
  const row = (number: string, text: string) => `${dim(` ${number.padStart(gutter)} |`)} ${text}`.trimEnd()
  const before = at.line > 1 ? [row(String(at.line - 1), clip(lines[at.line - 2] ?? '', start, room))] : []
  const caret = ' '.repeat(Math.max(0, column - start)) + red('^')
  return [...before, row(String(at.line), clip(line, start, room)), row('', caret)]
}

/** The first column to show so that the caret is inside the window, with a third of it to the left. */
function windowStart(length: number, column: number, room: number): number {
  if (length <= room || column < room - 10) return 0
  return Math.min(column - Math.floor(room / 3), Math.max(0, length + 1 - room))
}

function clip(line: string, start: number, room: number): string {
  let shown = ''
  let column = 0
  for (const character of printable(line)) {
    const next = column + width(character)
    if (column >= start && next <= start + room) shown += character
    column = next
  }
  const cutLeft = start > 0 && shown.trim() !== ''
  const cutRight = column > start + room
  return (cutLeft ? `…${shown.slice(1)}` : shown).replace(/.$/su, (last) => (cutRight ? '…' : last))
}

/** Columns on a terminal: East Asian wide characters and emoji take two. */
function width(text: string): number {
  let columns = 0
  for (const character of printable(text)) columns += WIDE.test(character) ? 2 : 1
  return columns
}

const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u

/** Tabs as spaces; other control characters must not reach a terminal from a file. */
function printable(text: string): string {
  return text.replaceAll('\t', TAB).replace(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, '\uFFFD')
}
