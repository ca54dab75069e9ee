import type { HostState, HostStats, RunMode } from '../report/events.ts'

/**
 * The exit code of a run that was not interrupted: 4 with an unreachable host (as ansible-playbook), else 2 with a
 * failed one or one that was never started because its batch stopped, else 3 when `check` found drift, else 0.
 */
export function exitCode(
  mode: RunMode,
  hosts: Readonly<Record<string, HostStats>>,
  states: ReadonlyMap<string, HostState>,
): number {
  const stats = Object.values(hosts)
  const ended = [...states.values()]
  if (stats.some(({ unreachable }) => unreachable > 0)) return 4
  if (stats.some(({ failed }) => failed > 0) || ended.some((state) => state !== 'done')) return 2
  if (mode === 'check' && stats.some((host) => host.changed > 0 || host['may-change'] > 0)) return 3
  return 0
}
