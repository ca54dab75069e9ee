import { duration, roughly } from './duration.ts'
import { fewHosts, type Busy, type Snapshot } from './progress.ts'
import { printable } from './printable.ts'
import { plural, standingTone, standingWord } from './recap.ts'
import { standings } from './stats.ts'
import { displayWidth, padEnd, truncate } from './width.ts'
import type { Theme } from './theme.ts'

/** The play's own row, and the rows under it: never more than eight in all, whatever the size of the fleet. */
export interface ProgressRows {
  readonly title: string
  readonly rows: readonly string[]
}

export const mostRows = 2 + fewHosts

export function progressRows(now: Snapshot, theme: Theme, columns: number): ProgressRows {
  const notes = [
    ...(now.check ? ['check'] : []),
    ...(now.batch ? [`batch ${now.batch.number} of ${now.batch.of}`] : []),
    duration(now.elapsed),
  ]
  const title = `${theme.paint('strong', printable(now.play))}  ${theme.paint('quiet', notes.join(`  `))}`
  const rows = [barRow(now, theme, columns), countsRow(now, theme)]
  if (now.running > fewHosts) rows.push(...crowdRows(now, theme, columns))
  else rows.push(...now.longest.map((busy) => busyRow(busy, now.longest, theme)))
  return { title: theme.spell(title), rows: rows.map((row) => theme.spell(row)) }
}

function barRow(now: Snapshot, theme: Theme, columns: number): string {
  const percent = `${Math.floor(now.done * 100)}%`.padStart(4)
  const left = now.left === undefined ? '' : `  ${roughly(now.left)}`
  const text = `  ${now.ended}/${plural(now.hosts, 'host')}  ${percent}${left}`
  // Wide enough for the longest text from the start, or the bar would shrink as the estimate appears.
  const width = Math.max(
    8,
    Math.min(32, columns - 4 - displayWidth(`  ${now.hosts}/${now.hosts} hosts  100%  about 59 min left`)),
  )
  const filled = Math.floor(width * now.done)
  const { barDone, barLeft } = theme.glyphs
  return `${theme.paint('good', barDone.repeat(filled))}${theme.paint('quiet', barLeft.repeat(width - filled))}${text}`
}

function countsRow(now: Snapshot, theme: Theme): string {
  const parts = standings
    .filter((kind) => (now.standings[kind] ?? 0) > 0)
    .map((kind) => theme.paint(standingTone(kind), `${now.standings[kind]} ${standingWord(kind, now.check)}`))
  return parts.join(dot(theme))
}

function crowdRows(now: Snapshot, theme: Theme, columns: number): string[] {
  const head = `${now.running} running`
  const rest = (left: number, named: number): string => `${left} ${named === 0 ? 'between tasks' : 'others'}`
  const parts: string[] = []
  let left = now.running
  let room = columns - 4 - head.length - 2 - ` - ${rest(left, 1)}`.length
  for (const { task, hosts } of now.common) {
    // A name cut too short says nothing.
    if (room < 16) break
    const part = truncate(`${hosts} ${printable(task)}`, Math.min(room - 3, 32), theme.glyphs.ellipsis)
    room -= displayWidth(part) + 3
    parts.push(part)
    left -= hosts
  }
  if (left > 0) parts.push(rest(left, parts.length))
  const rows = [`${theme.paint('strong', head)}  ${parts.join(dot(theme))}`]
  const slowest = now.longest.find((busy) => busy.task !== undefined)
  if (slowest?.task !== undefined && slowest.ms >= 2_000) {
    const text = `longest: ${printable(slowest.host)}  ${printable(slowest.task)}  ${duration(slowest.ms)}`
    rows.push(theme.paint('quiet', text))
  }
  return rows
}

function busyRow(busy: Busy, all: readonly Busy[], theme: Theme): string {
  const width = Math.min(24, Math.max(...all.map(({ host }) => displayWidth(printable(host)))))
  const host = padEnd(truncate(printable(busy.host), width, theme.glyphs.ellipsis), width)
  const task = busy.task === undefined ? theme.paint('quiet', 'between tasks') : printable(busy.task)
  const time = busy.ms >= 2_000 ? theme.paint('quiet', `  ${duration(busy.ms)}`) : ''
  return `${host}  ${task}${time}`
}

function dot(theme: Theme): string {
  return theme.paint('quiet', ` ${theme.glyphs.dot} `)
}
