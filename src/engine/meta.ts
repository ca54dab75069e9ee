import meta from '../modules/meta.ts'
import { failure } from './outcome.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { taskFailure } from './task-run.ts'
import { isUnit } from './unit.ts'

/** `meta`: something about the play itself. It counts as no task. */
export async function runMeta(run: HostRun, entry: Entry, started: number): Promise<void> {
  try {
    const prepared = await run.prepare(entry)
    entry.done = true
    const unit = prepared.kind === 'units' ? prepared.units.find(isUnit) : undefined
    if (!unit) return
    const { free_form: action } = meta.args.parse(unit.wish)
    switch (action) {
      case 'noop':
        return
      case 'flush_handlers':
        if (entry.handler) {
          return run.conclude(entry, failure('flush_handlers cannot be used as a handler'), started)
        }
        return run.itinerary.insert(run.notifications.flush(entry.place))
      case 'end_host':
        return run.end()
      default:
        throw new Error(`meta: ${action} is not built`)
    }
  } catch (error) {
    run.conclude(entry, taskFailure(error), started)
  }
}
