import { isFatal } from './outcome-words.ts'
import type { OutcomeKind, RunEvent, TaskEvent } from './events.ts'
import type { Standing } from './stats.ts'

/** One play as it runs: what the live rows are made of. */
export interface Progress {
  /** `now` in milliseconds, of any clock that only goes forward. */
  add(event: RunEvent, now: number): void
  snapshot(now: number): Snapshot | undefined
}

export interface Snapshot {
  readonly play: string
  readonly check: boolean
  /** `undefined` when the play has one batch only. */
  readonly batch: { readonly number: number; readonly of: number } | undefined
  readonly hosts: number
  readonly ended: number
  /** Hosts by the worst that happened to them in this play. */
  readonly standings: Readonly<Partial<Record<Standing, number>>>
  readonly running: number
  /** The hosts longest at what they do, longest first; at most five. */
  readonly longest: readonly Busy[]
  /** What most of the running hosts do, commonest first; at most three. */
  readonly common: readonly { readonly task: string; readonly hosts: number }[]
  readonly elapsed: number
  /** Share of the play's steps that are done, 0 to 1. */
  readonly done: number
  /** Milliseconds that are probably left; `undefined` while there is nothing to go by. */
  readonly left: number | undefined
}

export interface Busy {
  readonly host: string
  /** `undefined` between two tasks. */
  readonly task: string | undefined
  readonly ms: number
}

/** An estimate before this is a guess. */
const firstEstimate = { ms: 3_000, share: 0.02 }
export const fewHosts = 5

/**
 * Every event costs one step and every snapshot a handful, however large the fleet is: a thousand hosts send
 * tens of thousands of events.
 */
export function createProgress(): Progress {
  let play: PlayProgress | undefined
  let check = false
  return {
    add(event, now) {
      if (event.event === 'run-start') check = event.mode !== 'apply'
      else if (event.event === 'play-start') play = createPlay(event, now)
      else if (play) addToPlay(play, event, now)
    },
    snapshot: (now) => (play ? snapshotOf(play, check, now) : undefined),
  }
}

interface PlayProgress {
  readonly name: string
  readonly hosts: number
  readonly tasks: number
  readonly started: number
  batch: { readonly number: number; readonly of: number } | undefined
  ended: number
  steps: number
  readonly stepsOf: Map<string, number>
  readonly standingOf: Map<string, Standing>
  readonly standings: Partial<Record<Standing, number>>
  /** In the order in which they took up what they do: the first is at it the longest. */
  readonly running: Map<string, { readonly task: string | undefined; readonly since: number }>
  readonly doing: Map<string, number>
}

function createPlay(event: Extract<RunEvent, { readonly event: 'play-start' }>, now: number): PlayProgress {
  return {
    name: event.play,
    hosts: event.hosts.length,
    tasks: Math.max(1, event.tasks),
    started: now,
    batch: undefined,
    ended: 0,
    steps: 0,
    stepsOf: new Map(),
    standingOf: new Map(),
    standings: {},
    running: new Map(),
    doing: new Map(),
  }
}

function addToPlay(play: PlayProgress, event: RunEvent, now: number): void {
  switch (event.event) {
    case 'batch-start':
      play.batch = event.batches > 1 ? { number: event.batch, of: event.batches } : undefined
      return
    case 'host-start':
      return takeUp(play, event.host, 'connecting', now)
    case 'task-start':
      return takeUp(play, event.host, event.task.name, now)
    case 'task':
      stand(play, event.host, standingAfter(event))
      if (event.item !== undefined) return
      if (!event.task.handler) step(play, event.host, 1)
      return takeUp(play, event.host, undefined, now)
    case 'host-end':
      play.ended += 1
      // Whatever a host that left early did not do is not waited for.
      step(play, event.host, play.tasks)
      putDown(play, event.host)
      return stand(play, event.host, event.state === 'done' ? 'ok' : event.state)
    default:
      return
  }
}

function takeUp(play: PlayProgress, host: string, task: string | undefined, now: number): void {
  putDown(play, host)
  play.running.set(host, { task, since: now })
  if (task !== undefined) play.doing.set(task, (play.doing.get(task) ?? 0) + 1)
}

function putDown(play: PlayProgress, host: string): void {
  const task = play.running.get(host)?.task
  play.running.delete(host)
  if (task === undefined) return
  const others = (play.doing.get(task) ?? 1) - 1
  if (others > 0) play.doing.set(task, others)
  else play.doing.delete(task)
}

function step(play: PlayProgress, host: string, steps: number): void {
  const before = play.stepsOf.get(host) ?? 0
  const after = Math.min(play.tasks, before + steps)
  play.stepsOf.set(host, after)
  play.steps += after - before
}

const severity: readonly Standing[] = [
  'ok',
  'may-change',
  'changed',
  'not-started',
  'cancelled',
  'failed',
  'unreachable',
]

function stand(play: PlayProgress, host: string, standing: Standing): void {
  const before = play.standingOf.get(host)
  if (before !== undefined && severity.indexOf(before) >= severity.indexOf(standing)) return
  play.standingOf.set(host, standing)
  if (before !== undefined) play.standings[before] = (play.standings[before] ?? 1) - 1
  play.standings[standing] = (play.standings[standing] ?? 0) + 1
}

function standingAfter(event: TaskEvent): Standing {
  if (isFatal(event)) return event.outcome === 'unreachable' ? 'unreachable' : 'failed'
  const standings: Partial<Record<OutcomeKind, Standing>> = { changed: 'changed', 'may-change': 'may-change' }
  return standings[event.outcome] ?? 'ok'
}

function snapshotOf(play: PlayProgress, check: boolean, now: number): Snapshot {
  const elapsed = now - play.started
  const done = play.hosts === 0 ? 1 : Math.min(1, play.steps / (play.hosts * play.tasks))
  const known = elapsed >= firstEstimate.ms && done >= firstEstimate.share && done < 1
  const common = [...play.doing].sort(([, one], [, other]) => other - one).slice(0, 3)
  return {
    play: play.name,
    check,
    batch: play.batch,
    hosts: play.hosts,
    ended: play.ended,
    standings: play.standings,
    running: play.running.size,
    longest: firstOf(play.running, fewHosts).map(([host, busy]) => ({ host, task: busy.task, ms: now - busy.since })),
    common: common.map(([task, hosts]) => ({ task, hosts })),
    elapsed,
    done,
    left: known ? (elapsed * (1 - done)) / done : undefined,
  }
}

function firstOf<Key, Value>(map: ReadonlyMap<Key, Value>, count: number): [Key, Value][] {
  const first: [Key, Value][] = []
  for (const entry of map) {
    if (first.length === count) break
    first.push(entry)
  }
  return first
}
