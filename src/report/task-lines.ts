import { duration } from './duration.ts'
import { failureOutput } from './failure-output.ts'
import { isFailure, outcomeTone, outcomeWord } from './outcome-words.ts'
import { printable, printableJson, printableLines } from './printable.ts'
import { seenFrom } from './seen-from.ts'
import { displayWidth, padEnd } from './width.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { TaskEvent, TaskRef } from './events.ts'
import type { Theme, Tone } from './theme.ts'

/** How events become lines, the same in a log and above the live rows. */
export interface View {
  readonly theme: Theme
  /** 0: changes and failures · 1: every outcome, with results · 2: where tasks stand · 3: starts and durations too. */
  readonly verbosity: number
  readonly diff: boolean
  /** Files below this folder are named as seen from it. */
  readonly folder: string
  /** For a person at a terminal: a symbol before each line; where a change is written only with -v. */
  readonly screen: boolean
  /** Lines are wrapped to this width; left out: never, as a log is grepped by line. */
  readonly columns?: number
}

export const detailIndent = 6
/** Of the words of most lines, so that they align: `changed`, or `would change` in a check run. */
const wordWidths = { apply: 7, check: 12 } as const

/** What the columns of this play's lines are as wide as. */
export interface Columns {
  readonly host: number
  readonly check: boolean
}

export interface Subject {
  readonly host: string
  readonly columns: Columns
  readonly word: string
  readonly tone: Tone
  readonly symbol: string
}

/** `✖ web1  failed        text`, the columns every line starts with. */
export function subjectLine(subject: Subject, text: string, view: View): string {
  const { theme } = view
  const symbol = view.screen ? `${theme.paint(subject.tone, subject.symbol)} ` : ''
  const host = padEnd(printable(subject.host), subject.columns.host)
  const word = theme.paint(subject.tone, padEnd(subject.word, wordWidths[subject.columns.check ? 'check' : 'apply']))
  return `${symbol}${theme.paint('strong', host)}  ${word}  ${text}`
}

/** The line of one outcome; what explains it comes under it (see `detailLines`). */
export function taskLine(event: TaskEvent, columns: Columns, view: View): string {
  const { theme } = view
  const [reason] = reasonLines(event)
  const what = isFailure(event.outcome) || event.changes.length === 0 ? reason : changesText(event)
  const title = taskTitle(event.task, event.item, view)
  const text = theme.spell(what ? `${title}: ${what}` : title)
  const notes = [caught(event), view.verbosity > 2 ? duration(event.ms) : '']
    .filter(Boolean)
    .map((note) => ` (${note})`)
  const at = position(event, view)
  return subjectLine(taskSubject(event, columns, theme), `${text}${notes.join('')}${at}`, view)
}

/** The rest of a message, the hint, and with -v the result. */
export function detailLines(event: TaskEvent, view: View): string[] {
  const { theme } = view
  const [, ...rest] = reasonLines(event)
  const uncertain = event.outcome === 'may-change' && event.changes.length > 0 ? reasonLines(event).slice(0, 1) : []
  const output = isFailure(event.outcome) ? failureOutput(event) : []
  const lines = [...uncertain, ...bounded([...rest, ...output], view)].map((line) => theme.spell(line))
  if (event.hint !== undefined) {
    const [first, ...more] = printableLines(event.hint)
    lines.push(`${theme.paint('info', 'hint:')} ${theme.spell(first ?? '')}`, ...more.map((line) => `  ${line}`))
  }
  if (view.verbosity > 0 && event.result !== undefined && !isDebug(event)) {
    lines.push(...jsonLines(event.result).map((line) => theme.paint('quiet', line)))
  }
  return lines
}

/** `debug` speaks to the person who wrote it: its text, whatever the verbosity. */
export function debugLines(event: TaskEvent, columns: Columns, view: View): string[] {
  const lines = debugText(event).map((line) => view.theme.spell(line))
  const title = view.theme.spell(taskTitle(event.task, event.item, view))
  const subject: Subject = { host: event.host, columns, word: 'debug', tone: 'info', symbol: view.theme.glyphs.dot }
  const [only, ...more] = lines
  if (more.length === 0) return [subjectLine(subject, only ? `${title}: ${only}` : title, view)]
  return [subjectLine(subject, title, view), ...lines.map((line) => ' '.repeat(detailIndent) + line)]
}

export function isDebug(event: TaskEvent): boolean {
  return event.task.module === 'debug' && (event.outcome === 'ok' || event.outcome === 'changed')
}

export function taskTitle(task: TaskRef, item: string | undefined, view: View): string {
  const module = view.verbosity > 1 && task.name !== task.module ? ` (${printable(task.module)})` : ''
  const name = `${task.handler ? 'handler ' : ''}${printable(task.name)}${module}`
  return item === undefined ? name : `${name} (${printable(item)})`
}

export function taskSubject(event: TaskEvent, columns: Columns, theme: Theme): Subject {
  return {
    host: event.host,
    columns,
    word: outcomeWord(event.outcome, event.check),
    // Red is for what somebody must look at.
    tone: caught(event) ? 'info' : outcomeTone(event.outcome),
    symbol: theme.symbols[event.outcome],
  }
}

/** Where a failure's task is written, in full; where a change's is, in short, and only in a log. */
function position(event: TaskEvent, view: View): string {
  const full = isFailure(event.outcome) || view.verbosity > 1
  if (!full && view.screen && view.verbosity === 0) return ''
  return `  ${view.theme.paint('quiet', `[${full ? printable(seenFrom(view.folder, event.task.at)) : shortPosition(event.task)}]`)}`
}

/** The file's name and line; `main.yml` says nothing without its role. */
function shortPosition(task: TaskRef): string {
  const name = task.at.split('/').at(-1) ?? task.at
  return printable(task.role && name.startsWith('main.y') ? `${task.role}/${name}` : name)
}

function changesText(event: TaskEvent): string {
  return event.changes.map((change) => printable(change.what)).join(', ')
}

function reasonLines(event: TaskEvent): string[] {
  return event.message === undefined ? [] : printableLines(event.message)
}

function caught(event: TaskEvent): string {
  if (event.ignored) return 'ignored'
  return event.rescued ? 'rescued' : ''
}

/** A failed build prints thousands of lines; the beginning says what ran and the end says why it failed. */
function bounded(lines: readonly string[], view: View): readonly string[] {
  const head = 10
  const tail = 30
  if (view.verbosity > 0 || lines.length <= head + tail + 1) return lines
  const left = lines.length - head - tail
  return [...lines.slice(0, head), `… ${left} lines left out (-v shows them) …`, ...lines.slice(-tail)]
}

function debugText(event: TaskEvent): string[] {
  if (event.message !== undefined) return printableLines(event.message)
  const result = event.result ?? {}
  if (result['msg'] !== undefined) return valueLines(result['msg'])
  const shown = Object.entries(result).filter(([key]) => !['changed', 'failed', 'skipped'].includes(key))
  if (shown.length === 0) return []
  return shown.flatMap(([key, value]) => {
    const [first = '', ...more] = valueLines(value)
    return [`${printable(key)} = ${first}`, ...more]
  })
}

function valueLines(value: Value): string[] {
  return typeof value === 'string' ? printableLines(value) : jsonLines(value)
}

/** On one line where it fits, indented otherwise. */
function jsonLines(value: Value | Mapping): string[] {
  const compact = printableJson(JSON.stringify(value))
  return displayWidth(compact) <= 100 ? [compact] : printableJson(JSON.stringify(value, null, 2)).split('\n')
}
