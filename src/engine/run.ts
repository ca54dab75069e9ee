import { randomBytes } from 'node:crypto'
import type { Task } from '../playbook/playbook.ts'
import type { HostState, RunEvent } from '../report/events.ts'
import { shortPath } from '../source/short-path.ts'
import { createTally } from '../report/stats.ts'
import { plainText } from '../source/value.ts'
import { cutBatches } from './batches.ts'
import { type ControllerCache } from './controller.ts'
import { createDownloader } from '../download/downloader.ts'
import { exitCode } from './exit-code.ts'
import { freeGate, linearGate } from './gate.ts'
import type { BatchContext } from './batch-context.ts'
import { HostRun } from './host-run.ts'
import { createPast } from './past.ts'
import { createPool, type Pool } from './pool.ts'
import { beforeAll, behind, type Place } from './place.ts'
import { createProgress } from './progress.ts'
import { allTasksIn, tasksIn } from '../playbook/steps.ts'
import { Rendezvous } from './rendezvous.ts'
import type { SessionCount } from './sessions.ts'
import { createLinks } from './links.ts'
import { createRunOnce } from './run-once.ts'
import { prepareContext, type PlannedHost, type PlannedPlay, type PlannedRun, type RunInput } from './plan-run.ts'

/** Why a run is stopped whose time is over: its exit code says what became of the hosts. */
export class RunTimeout extends Error {}

export interface RunResult {
  readonly exitCode: number
  /** Round trips per host, for tests and profiles. */
  readonly counts: ReadonlyMap<string, SessionCount>
}

/** Runs what was planned. Rejects only for bugs; everything that happens on hosts is in the events and the exit code. */
export async function executeRun(plan: PlannedRun, input: RunInput): Promise<RunResult> {
  const { options } = input
  const started = performance.now()
  const tally = createTally()
  const emit = (event: RunEvent) => {
    tally.add(event)
    input.emit(event)
  }
  const counts = new Map<string, SessionCount>()
  const { cache } = plan
  cache.download = createDownloader()
  // Of two runs that one process begins in one millisecond, too, neither is the other's.
  const holder = `${options.holder}, run ${randomBytes(4).toString('hex')}`
  const run: RunContext = { input, emit, counts, cache, holder, pool: createPool(options.forks) }
  emit({ event: 'run-start', playbooks: input.playbooks.map(({ file }) => shortPath(file)), mode: options.mode })
  for (const message of plan.warnings) emit({ event: 'warning', message })
  let halted = false
  for (const play of plan.plays) {
    if (halted || input.stop.aborted) notStarted(play, run)
    else halted = await executePlay(play, run)
  }
  const hosts = tally.hosts()
  const cancelled = input.stop.aborted
  const code =
    cancelled && !(input.stop.reason instanceof RunTimeout)
      ? typeof input.stop.reason === 'number'
        ? input.stop.reason
        : 130
      : exitCode(options.mode, hosts, tally.states())
  emit({ event: 'recap', hosts, ms: Math.round(performance.now() - started), exitCode: code, cancelled })
  return { exitCode: code, counts }
}

interface RunContext {
  readonly input: RunInput
  readonly cache: ControllerCache
  readonly counts: Map<string, SessionCount>
  /** Who holds a host's lock, for people and for the other sessions of this run: unique. */
  readonly holder: string
  readonly pool: ReturnType<typeof createPool>
  emit(event: RunEvent): void
}

const nameOf = ({ play }: PlannedPlay): string => play.name ?? plainText(play.hosts.value)
const hostsIn = ({ hosts, members }: PlannedPlay): string[] =>
  hosts.filter((host) => members.get(host)?.host.out === false)

/** The run ended before this play: its hosts are not what it describes. */
function notStarted(planned: PlannedPlay, { emit }: RunContext): void {
  for (const host of hostsIn(planned)) emit({ event: 'host-end', host, play: nameOf(planned), state: 'not-started' })
}

/** True when nothing may follow: as in Ansible, a batch that failed as a whole ends the run, not only its play. */
async function executePlay(planned: PlannedPlay, run: RunContext): Promise<boolean> {
  const { emit, input } = run
  const name = nameOf(planned)
  const hosts = hostsIn(planned)
  const tasks = [...tasksIn(planned.steps)].length
  if (tasks === 0 && (input.options.mode === 'verify' || wasNotAskedFor(planned))) return false
  emit({ event: 'play-start', play: name, hosts, tasks })
  const batches = cutBatches(hosts, planned.pace.sizes)
  let last: BatchEnd = 'done'
  for (const [index, batch] of batches.entries()) {
    if (last === 'ended') break
    if (last === 'halted' || input.stop.aborted) {
      for (const host of batch) emit({ event: 'host-end', host, play: name, state: 'not-started' })
      continue
    }
    if (batches.length > 1) {
      emit({ event: 'batch-start', play: name, batch: index + 1, batches: batches.length, hosts: batch })
    }
    last = await executeBatch(planned, name, batch, run)
  }
  emit({ event: 'play-end', play: name })
  return last === 'halted'
}

/** Everything in it is tagged `never`: nobody expects to hear of it. */
function wasNotAskedFor({ play }: PlannedPlay): boolean {
  const all = [...allTasksIn(play.parts.flat())]
  return all.length > 0 && all.every(({ tags }) => tags.includes('never'))
}

/** `halted`: nothing may follow; `ended`: `meta: end_play` said so, and later plays run. */
type BatchEnd = 'done' | 'halted' | 'ended'

/** Runs one batch. */
async function executeBatch(
  planned: PlannedPlay,
  playName: string,
  batch: readonly string[],
  run: RunContext,
): Promise<BatchEnd> {
  const { play } = planned
  const { input, emit, pool } = run
  const { maxFailPercentage: limit } = planned.pace
  const gate = play.strategy === 'free' ? freeGate : linearGate(batch)
  const progress = createProgress({
    gate,
    past: createPast(gate),
    inStep: play.strategy !== 'free',
    play: hostsIn(planned),
    batch,
    tasks: (host) => planned.members.get(host)?.tasks,
  })
  const failed = new Set<string>()
  let ended: 'play' | 'batch' | undefined
  let haltedBehind: Place | undefined
  const shared = new Map<string, Promise<unknown>>()
  const links = createLinks({
    transport: input.transport,
    holder: run.holder,
    profile: input.options.profile ?? false,
    notices: (host) => ({
      warning: (message) => emit({ event: 'warning', message, host }),
      notice: (message) => emit({ event: 'notice', message, host }),
      detail: (message) => emit({ event: 'notice', message, host, detail: true }),
      waiting: () => pool.lend(),
    }),
  })
  const kill = () => links.closeAll()
  input.kill.addEventListener('abort', kill, { once: true })
  const runOnce = createRunOnce(batch)
  const throttles = new Map<Task, Pool>()
  const context: BatchContext = {
    gate,
    progress,
    links,
    runOnce: play.strategy === 'free' ? undefined : runOnce,
    slots(task, size) {
      const slots = throttles.get(task) ?? createPool(size)
      throttles.set(task, slots)
      return slots
    },
    redactor: input.redactor,
    handlers: play.handlers,
    interrupted: input.stop,
    rendezvous: new Rendezvous(batch, gate),
    end(what) {
      ended = what
    },
    ended: () => ended !== undefined,
    forgive() {
      failed.clear()
      for (const { host } of planned.members.values()) host.out = false
    },
    diff: input.options.diff,
    verifies: input.options.mode === 'verify',
    prepare: { ...prepareContext(input, run.cache), sites: planned.sites },
    emit,
    stopped: (place) => (haltedBehind !== undefined && place > haltedBehind) || input.stop.aborted,
    once<T>(key: string, work: () => Promise<T>) {
      if (!shared.has(key)) shared.set(key, work())
      return shared.get(key) as Promise<T>
    },
    ...(input.ask && { ask: input.ask }),
    async whileWaiting(wait) {
      pool.release()
      try {
        return await wait()
      } finally {
        await pool.acquire()
      }
    },
    failed(host, place, fatal) {
      failed.add(host)
      progress.leave(host, place)
      const tooMany = limit !== undefined && (failed.size / batch.length) * 100 > limit
      // The others finish the task that this one failed in; those that go their own way stop where they are.
      if (!fatal && !tooMany) return
      const last = play.strategy === 'free' ? '' : behind(place)
      if (haltedBehind === undefined || last < haltedBehind) haltedBehind = last
    },
  }
  await Promise.all(
    batch.map(async (name) => {
      await pool.acquire()
      const started = performance.now()
      let state: HostState = 'not-started'
      try {
        const member = planned.members.get(name)
        if (member && !context.stopped(beforeAll)) state = await executeHost(member, playName, context, run)
      } finally {
        gate.left(name)
        runOnce.left(name)
        pool.release()
      }
      const cost = links.count(name)
      if (cost) run.counts.set(name, cost)
      const profile = cost && links.stopwatch(name)?.read(performance.now() - started)
      emit({
        ...{ event: 'host-end', host: name, play: playName, state },
        ...(cost && { cost: { ...cost } }),
        ...(profile && { profile }),
      })
    }),
  )
  input.kill.removeEventListener('abort', kill)
  links.closeAll()
  if (ended === 'play') return 'ended'
  return haltedBehind !== undefined || failed.size === batch.length ? 'halted' : 'done'
}

async function executeHost(
  { host, tasks, target }: PlannedHost,
  play: string,
  context: BatchContext,
  { emit }: RunContext,
): Promise<HostState> {
  emit({ event: 'host-start', host: host.name, play })
  tasks.scopes.begin(context.progress)
  return new HostRun(host, tasks, target, context).run()
}
