import meta from '../modules/meta.ts'
import { Unforeseen } from '../variables/unforeseen.ts'
import { failure } from './outcome.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { taskFailure } from './task-run.ts'
import { isUnit, type Prepared } from './unit.ts'

type Action = ReturnType<typeof meta.args.parse>['free_form']

/** `meta`: something about the play itself. It counts as no task. */
export async function runMeta(run: HostRun, entry: Entry, started: number): Promise<void> {
  try {
    const prepared = await prepareMeta(run, entry)
    const unit = prepared.kind === 'units' ? prepared.units.find(isUnit) : undefined
    const { free_form: action } = meta.args.parse(unit?.wish ?? { free_form: written(entry) })
    entry.done = true
    const holds = unit !== undefined
    if (isForAll(action)) {
      const decided = await run.batch.whileWaiting(() =>
        run.batch.rendezvous.meet(entry.place, run.host.name, () => holds),
      )
      if (decided) forAll(run, action)
    } else if (holds) forOne(run, entry, action, started)
  } catch (error) {
    run.conclude(entry, taskFailure(error), started)
  }
}

/** A check whose answer only a real run shows goes on, and says so. */
async function prepareMeta(run: HostRun, entry: Entry): Promise<Prepared> {
  try {
    return await run.prepare(entry)
  } catch (error) {
    if (!(error instanceof Unforeseen) || !run.batch.prepare.check) throw error
    run.report.warn(entry, `'meta' is passed over: it ${error.message}`)
    return { kind: 'skipped', reason: error.message }
  }
}

/** What one host of a batch decides for all: the first, by its own condition. */
function isForAll(action: Action): action is 'clear_facts' | 'clear_host_errors' | 'end_play' | 'end_batch' {
  return ['clear_facts', 'clear_host_errors', 'end_play', 'end_batch'].includes(action)
}

function forAll(run: HostRun, action: 'clear_facts' | 'clear_host_errors' | 'end_play' | 'end_batch'): void {
  if (action === 'clear_facts') run.host.facts.clear()
  else if (action === 'clear_host_errors') run.batch.forgive()
  else run.batch.end(action === 'end_play' ? 'play' : 'batch')
}

function forOne(run: HostRun, entry: Entry, action: Action, started: number): void {
  if (action === 'end_host') run.end(entry.place)
  if (action === 'reset_connection') run.reconnect()
  if (action !== 'flush_handlers') return
  if (entry.handler) run.conclude(entry, failure('flush_handlers cannot be used as a handler'), started)
  else run.itinerary.insert(run.notifications.flush(entry.place))
}

/** A `meta` whose condition does not hold was not rendered; its word is no template. */
function written({ task }: Entry): unknown {
  return task.args
}
