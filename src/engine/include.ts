import { Unforeseen } from '../variables/unforeseen.ts'
import { leftOpen } from './left-open.ts'
import { skipped } from './outcome.ts'
import { taskFailure } from './task-run.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'

/**
 * `include_tasks` and `include_role`: their tasks come next. As in Ansible each included file counts as a task that is
 * ok, an included role does not: its tasks speak for it.
 */
export async function runInclude(run: HostRun, entry: Entry, started: number): Promise<void> {
  const { task } = entry
  try {
    const prepared = await run.prepare(entry)
    if (prepared.kind !== 'units') {
      const reason = prepared.kind === 'skipped' ? prepared.reason : prepared.message
      return run.conclude(entry, skipped(reason), started)
    }
    const found = await run.tasks.include(entry, prepared)
    if (found.length === 0) return run.conclude(entry, skipped('no item of the loop includes anything'), started)
    entry.done = true
    for (const { name, handlers, steps } of found) {
      run.notifications.add(handlers)
      const result = { include: name, changed: false, failed: false }
      if (task.register !== undefined) run.host.results.set(task.register, result)
      // As in Ansible, an empty file is none.
      if (task.module === 'include_tasks' && steps.length > 0)
        run.report.task(entry, { kind: 'ok', result }, { started })
    }
    run.itinerary.insert(entry.included ?? [])
  } catch (error) {
    const open = error instanceof Unforeseen && run.batch.prepare.check
    run.conclude(entry, open ? await leftOpen(run, entry, error) : taskFailure(error), started)
  }
}
