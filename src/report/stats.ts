import { isFailure } from './outcome-words.ts'
import type { HostState, HostStats, RunEvent, TaskEvent } from './events.ts'

export const noStats: HostStats = {
  ok: 0,
  changed: 0,
  'may-change': 0,
  failed: 0,
  unreachable: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
}

/**
 * One more outcome in a host's counts, by the rules of Ansible's recap (`executor/stats.py` and the strategies'
 * result processing): `changed` is also `ok`; an ignored failure is `ok` and `ignored`, and `changed` too when its
 * result says so; a rescued one is `rescued` alone. "May change" is counted apart, never as ok; a cancelled task not
 * at all. Events of single loop items inform and do not count.
 */
export function countOutcome(stats: HostStats, event: TaskEvent): HostStats {
  if (event.item !== undefined) return stats
  const plus = (...keys: readonly (keyof HostStats)[]): HostStats => {
    const next: Record<keyof HostStats, number> = { ...stats }
    for (const key of keys) next[key] += 1
    return next
  }
  if (isFailure(event.outcome)) {
    if (event.ignored) return changedAnyway(event) ? plus('ok', 'ignored', 'changed') : plus('ok', 'ignored')
    if (event.outcome === 'unreachable') return plus('unreachable')
    return event.rescued ? plus('rescued') : plus('failed')
  }
  switch (event.outcome) {
    case 'ok':
      return plus('ok')
    case 'changed':
      return plus('ok', 'changed')
    case 'may-change':
      return plus('may-change')
    case 'skipped':
      return plus('skipped')
    default:
      return stats
  }
}

function changedAnyway(event: TaskEvent): boolean {
  return event.result === undefined ? event.changes.length > 0 : event.result['changed'] === true
}

/** The counts of a run so far. */
export interface Tally {
  add(event: RunEvent): void
  /** By host, in the order in which the run met them. */
  hosts(): Record<string, HostStats>
  states(): ReadonlyMap<string, HostState>
}

/**
 * Folds events into counts, one step per event however large the fleet. Every host of a play is listed, also one
 * that was never started.
 */
export function createTally(): Tally {
  const hosts = new Map<string, HostStats>()
  const states = new Map<string, HostState>()
  return {
    add(event) {
      if (event.event === 'play-start') {
        for (const host of event.hosts) if (!hosts.has(host)) hosts.set(host, noStats)
      } else if (event.event === 'task') {
        hosts.set(event.host, countOutcome(hosts.get(event.host) ?? noStats, event))
      } else if (event.event === 'host-end') {
        if (!hosts.has(event.host)) hosts.set(event.host, noStats)
        states.set(event.host, worstState(states.get(event.host), event.state))
      }
    },
    hosts: () => Object.fromEntries(hosts),
    states: () => states,
  }
}

/** The whole fold at once. */
export function statsOf(events: Iterable<RunEvent>): Record<string, HostStats> {
  const tally = createTally()
  for (const event of events) tally.add(event)
  return tally.hosts()
}

const severity: readonly HostState[] = ['done', 'not-started', 'cancelled', 'failed', 'unreachable']

function worstState(one: HostState | undefined, other: HostState): HostState {
  return one !== undefined && severity.indexOf(one) > severity.indexOf(other) ? one : other
}

/** How a host stands after the run, by the worst that happened to it. */
export type Standing = 'ok' | 'changed' | 'may-change' | 'failed' | 'unreachable' | 'cancelled' | 'not-started'

export const standings: readonly Standing[] = [
  'ok',
  'changed',
  'may-change',
  'failed',
  'unreachable',
  'cancelled',
  'not-started',
]

export function standingOf(stats: HostStats, state?: HostState): Standing {
  if (stats.unreachable > 0 || state === 'unreachable') return 'unreachable'
  if (stats.failed > 0 || state === 'failed') return 'failed'
  if (state === 'cancelled' || state === 'not-started') return state
  if (stats.changed > 0) return 'changed'
  return stats['may-change'] > 0 ? 'may-change' : 'ok'
}

/** The host is not through: a next run has to go there again. */
export function isBehind(standing: Standing): boolean {
  return standing !== 'ok' && standing !== 'changed' && standing !== 'may-change'
}

/** How many hosts stand how: what a summary is made of. */
export function countStandings(
  hosts: Readonly<Record<string, HostStats>>,
  states: ReadonlyMap<string, HostState>,
): Readonly<Record<Standing, number>> {
  const counts = {
    ok: 0,
    changed: 0,
    'may-change': 0,
    failed: 0,
    unreachable: 0,
    cancelled: 0,
    'not-started': 0,
  } satisfies Record<Standing, number>
  for (const [host, stats] of Object.entries(hosts)) counts[standingOf(stats, states.get(host))] += 1
  return counts
}
