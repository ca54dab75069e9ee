/**
 * Plays a scripted run into this process's standard output, for tests in a real terminal and for the eye:
 *   node --import tsx test/report/support/play-run.ts '{"hosts":100,"ms":5000}'
 * With `hold` it stops at that share of the run and stays there. Prints its processor time to the file `cpu`.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReporter, type Output } from '../../../src/report/create.ts'
import { fleetRun } from './fleet-run.ts'
import type { RunMode } from '../../../src/report/events.ts'

interface Wish {
  readonly hosts?: number
  readonly tasks?: number
  readonly forks?: number
  readonly ms?: number
  readonly mode?: RunMode
  readonly output?: Output
  readonly diff?: boolean
  readonly verbosity?: number
  readonly hold?: number
  readonly cpu?: string
  readonly throwAt?: number
  readonly stderrAt?: number
  readonly play?: string
  /** Plays the run to nobody: what the script itself costs. */
  readonly silent?: boolean
}

const wish = JSON.parse(process.argv[2] ?? '{}') as Wish
const { hosts = 10, tasks = 20, forks = 50, ms = 3000, mode = 'apply' } = wish
const reporter = await createReporter({
  output: wish.output ?? 'auto',
  verbosity: wish.verbosity ?? 0,
  diff: wish.diff ?? false,
  stdout: process.stdout,
  stderr: process.stderr,
})
const run = fleetRun({ hosts, tasks, forks, mode, ...(wish.play === undefined ? {} : { play: wish.play }) })
const before = process.cpuUsage()
const started = performance.now()
let warned = false
for (const { at, event } of run) {
  if (wish.hold !== undefined && at > wish.hold) break
  const wait = started + at * ms - performance.now()
  if (wait > 5) await sleep(wait)
  if (wish.throwAt !== undefined && at > wish.throwAt) throw new Error('a bug in the middle of the run')
  if (wish.stderrAt !== undefined && at > wish.stderrAt && !warned) {
    warned = true
    console.error('(node) somebody else writes to standard error')
  }
  if (!wish.silent) reporter.on(event)
}
if (wish.hold !== undefined) await sleep(600_000)
await reporter.end()
const used = process.cpuUsage(before)
if (wish.cpu)
  writeFileSync(wish.cpu, JSON.stringify({ cpuMs: (used.user + used.system) / 1000, ms: performance.now() - started }))
