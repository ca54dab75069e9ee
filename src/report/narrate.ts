import { createHash } from 'node:crypto'
import { diffLines } from './diff-text.ts'
import { isFailure } from './outcome-words.ts'
import { printable, printableLines } from './printable.ts'
import { proofLines } from './proofs.ts'
import { plural, recapLines, recapSummary } from './recap.ts'
import { seenFrom } from './seen-from.ts'
import { createTally } from './stats.ts'
import { createFailures } from './failures.ts'
import { debugLines, detailIndent, detailLines, isDebug, subjectLine, taskLine, taskTitle } from './task-lines.ts'
import { displayWidth, wrap } from './width.ts'
import type { Diff } from '../modules/define.ts'
import type { ForwardProof } from '../modules/proofs/proof.ts'
import type { OutcomeKind, RunEvent, RunMode, TaskEvent } from './events.ts'
import type { Columns, Subject, View } from './task-lines.ts'
import type { Tone } from './theme.ts'

/** Tells a run as lines, event by event: what a log holds, and what stays on a screen when the live rows are gone. */
export type Narrator = (event: RunEvent) => string[]

/** A host name wider than this breaks its column rather than push every line to the right. */
const widestHost = 24

/** A run that says what it would change. */
const announces = (mode: RunMode): boolean => mode === 'check' || mode === 'apply-check'

export function createNarrator(view: View): Narrator {
  const { theme } = view
  const tally = createTally()
  const loops = createLoops()
  const failures = createFailures()
  const proofs = new Map<string, ForwardProof[]>()
  const seenDiffs = new Map<string, string>()
  let mode: RunMode = 'apply'
  let columns: Columns = { host: 0, check: false }

  const fit = (line: string, indent: number): string[] =>
    view.columns === undefined ? [line] : wrap(line, view.columns - 1, indent)
  const details = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => fit(' '.repeat(detailIndent) + line, detailIndent + 2))

  const fenced = (diff: Diff, host: string): string[] => {
    const key = createHash('sha1')
      .update(JSON.stringify([diff.name, diff.before, diff.after]))
      .digest('base64')
    const first = seenDiffs.get(key)
    const gutter = theme.paint('quiet', theme.glyphs.gutter)
    if (first !== undefined && first !== host) {
      const same = theme.paint('quiet', `${printable(diff.name)}: the same diff as on ${printable(first)}`)
      return details([`${gutter} ${same}`])
    }
    seenDiffs.set(key, host)
    const maxLines = [60, 200, Infinity][Math.min(2, view.verbosity)] ?? Infinity
    return details(diffLines(diff, { theme, maxLines }).map((line) => `${gutter} ${line}`))
  }

  const outcome = (event: TaskEvent): string[] => {
    if (!loops.tells(event)) return []
    if (isDebug(event)) return debugLines(event, columns, view).flatMap((line) => fit(line, detailIndent))
    if (view.verbosity === 0 && (event.outcome === 'ok' || event.outcome === 'skipped')) return []
    const diffs = view.diff ? (event.diffs ?? event.changes.flatMap((change) => change.diff ?? [])) : []
    return [
      ...fit(taskLine(event, columns, view), detailIndent),
      ...details(detailLines(event, view)),
      ...diffs.flatMap((diff) => fenced(diff, event.host)),
    ]
  }

  const remark = (word: string, tone: Tone, text: string, host?: string): string[] => {
    const [first = '', ...more] = printableLines(text).map((line) => theme.spell(line))
    const subject: Subject = { host: host ?? '', columns, word, tone, symbol: theme.glyphs.dot }
    const line = host === undefined ? `${theme.paint(tone, `${word}:`)} ${first}` : subjectLine(subject, first, view)
    return [...fit(line, detailIndent), ...details(more)]
  }

  const heading = (word: string, name: string, note: string): string[] => {
    const title = theme.spell(`${word}  ${name}`)
    return ['', ...fit(`${theme.paint('strong', title)}  ${theme.paint('quiet', `(${note})`)}`, detailIndent), '']
  }

  return (event) => {
    tally.add(event)
    failures.add(event)
    switch (event.event) {
      case 'run-start':
        mode = event.mode
        return [
          runTitle(
            event.playbooks.map((file) => seenFrom(view.folder, file)),
            event.mode,
          ),
        ].flatMap((line) => fit(line, detailIndent))
      case 'play-start':
        columns = {
          host: Math.min(
            widestHost,
            event.hosts.reduce((most, host) => Math.max(most, displayWidth(printable(host))), 0),
          ),
          check: announces(mode),
        }
        return heading(
          'PLAY',
          printable(event.play),
          `${plural(event.hosts.length, 'host')}, ${plural(event.tasks, 'task')}`,
        )
      case 'batch-start':
        if (event.batches < 2) return []
        return heading('BATCH', `${event.batch} of ${event.batches}`, plural(event.hosts.length, 'host'))
      case 'task-start':
        if (view.verbosity < 3) return []
        return remark('starts', 'quiet', taskTitle(event.task, event.item, view), event.host)
      case 'task':
        return outcome(event)
      case 'host-end':
        loops.forget(event.host)
        return view.verbosity < 3 ? [] : remark('ends', 'quiet', endText(event), event.host)
      case 'warning': {
        const where = event.task === undefined ? '' : `  [${seenFrom(view.folder, event.task.at)}]`
        return remark('warning', 'change', event.message + where, event.host)
      }
      case 'notice':
        if (event.detail && view.verbosity < 1) return []
        return remark('notice', 'info', event.message, event.host)
      case 'proof':
        proofs.set(event.host, [...(proofs.get(event.host) ?? []), event])
        return []
      case 'recap': {
        const check = announces(mode)
        const recap = { ...event, hosts: { ...tally.hosts(), ...event.hosts }, states: tally.states(), check }
        const table = recapLines(recap, view)
        // In a small run the failures are still in sight.
        const few = Object.keys(recap.hosts).length <= 5
        const causes = few ? [] : failures.lines(theme).flatMap((line) => fit(line, detailIndent))
        // Under a long table the summary is said again: the last line is the one that people see.
        const again = table.length > 15 ? [recapSummary(recap, theme)] : []
        const proven = proofLines(proofs, view)
        return [
          ...(proven.length > 0 ? ['', ...proven] : []),
          '',
          ...table,
          ...(causes.length > 0 ? ['', ...causes] : []),
          ...(again.length > 0 ? ['', ...again] : []),
        ]
      }
      case 'host-start':
      case 'play-end':
        return []
    }
  }
}

function endText({ state, cost }: Extract<RunEvent, { readonly event: 'host-end' }>): string {
  const parts = cost ? [plural(cost.connections, 'connection'), plural(cost.exchanges, 'exchange')] : []
  return [state.replace('-', ' '), ...parts].join(', ')
}

function runTitle(playbooks: readonly string[], mode: RunMode): string {
  const names = playbooks.map(printable).join(', ')
  const words = { apply: 'Applying', check: 'Checking', 'apply-check': 'Checking', verify: 'Verifying' } as const
  return `${words[mode]} ${names}${mode === 'apply' ? '' : ': nothing is changed on any host'}`
}

/**
 * Which events of loops are told: every item, and the task as a whole only when no item already said the same. A
 * loop over ten packages would otherwise end in an eleventh line that repeats them all.
 */
function createLoops(): { tells(event: TaskEvent): boolean; forget(host: string): void } {
  const said = new Map<string, { readonly task: string; readonly outcomes: Set<OutcomeKind> }>()
  return {
    tells(event) {
      const task = `${event.task.at} ${event.task.name}`
      const loop = said.get(event.host)
      const same = loop?.task === task ? loop : undefined
      if (event.item !== undefined) {
        if (same) same.outcomes.add(event.outcome)
        else said.set(event.host, { task, outcomes: new Set([event.outcome]) })
        return true
      }
      said.delete(event.host)
      if (same === undefined) return true
      return isFailure(event.outcome) && !same.outcomes.has(event.outcome)
    },
    forget: (host) => void said.delete(host),
  }
}
