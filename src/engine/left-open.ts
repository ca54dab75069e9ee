import { loadModule } from '../modules/registry.ts'
import { type Unforeseen, unforeseen } from '../variables/unforeseen.ts'
import type { Entry } from './host-tasks.ts'
import type { HostRun } from './host-run.ts'
import type { Outcome } from './outcome.ts'
import { setBy } from './setters.ts'

/**
 * A task of a check that depends on what only a real run shows. What could change its host, or bring tasks that do, "may
 * change"; the rest is passed over. What it would have set is as open to those who read it.
 */
export async function leftOpen(run: HostRun, { task }: Entry, { message }: Unforeseen): Promise<Outcome> {
  // The facts as a whole are there all the same.
  const names = setBy(task).names.filter((name) => name !== 'ansible_facts')
  for (const name of names) run.host.results.set(name, unforeseen)
  const { kind } = await loadModule(task.module)
  const changes = kind === 'state' || task.include !== undefined
  const common = { message, result: {}, known: 'nothing' } as const
  return changes ? { ...common, kind: 'may-change', changes: [] } : { ...common, kind: 'skipped' }
}
