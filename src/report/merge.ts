import type { HostState, HostStats, RunMode } from './events.ts'
import { noStats } from './stats.ts'

/** What a JSON-lines file says of a whole run; a run that was cut off has no recap. */
export interface RunRecord {
  readonly mode: RunMode
  readonly hosts: Readonly<Record<string, HostStats>>
  readonly states: ReadonlyMap<string, HostState>
  readonly exitCode: number
  readonly cancelled: boolean
  readonly ms: number
}

/** Which exit code speaks for several runs: the first of these that any of them had. */
const gravest = [70, 143, 130, 1, 4, 2, 3, 0]

/** Runs beside each other as one: every host once, its counts added up, the gravest exit code, the longest time. */
export function mergeRuns(runs: readonly RunRecord[]): RunRecord {
  const hosts: Record<string, HostStats> = {}
  for (const run of runs)
    for (const [host, stats] of Object.entries(run.hosts)) hosts[host] = added(hosts[host] ?? noStats, stats)
  const codes = new Set(runs.map(({ exitCode }) => exitCode))
  return {
    mode: runs.every(({ mode }) => mode === runs[0]?.mode) ? (runs[0]?.mode ?? 'apply') : 'apply',
    hosts,
    states: new Map(runs.flatMap(({ states }) => [...states])),
    exitCode: gravest.find((code) => codes.has(code)) ?? Math.max(0, ...codes),
    cancelled: runs.some(({ cancelled }) => cancelled),
    ms: Math.max(0, ...runs.map(({ ms }) => ms)),
  }
}

function added(one: HostStats, other: HostStats): HostStats {
  const keys = Object.keys(noStats) as (keyof HostStats)[]
  return Object.fromEntries(keys.map((key) => [key, one[key] + other[key]])) as unknown as HostStats
}
