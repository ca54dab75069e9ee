import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../errors.ts'
import { BecomeError, UploadError } from '../shell/session.ts'
import type { Value } from '../source/value.ts'
import { NotYetKnown } from '../variables/scope.ts'
import { DownloadError } from './downloads.ts'
import { runUnit } from './host-loop.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { holds, judge } from './judge.ts'
import { failure, isFailure, type Outcome, registered, skipped } from './outcome.ts'
import { keyword } from './prepare.ts'
import { Locked } from './sessions.ts'
import { isUnit, type SkippedItem, type Unit } from './unit.ts'

/** The run was stopped while this host waited for its turn. */
export class Stopped extends Error {}

/** Renders a task and runs all of it, retries and loop items included. Rejects only for what is not the task's own. */
export async function runTask(run: HostRun, entry: Entry, started: number): Promise<Outcome> {
  try {
    const prepared = await run.prepare(entry)
    if (prepared.kind === 'skipped') return skipped(prepared.reason)
    if (prepared.kind === 'failed') return failure(prepared.message, { hint: prepared.hint })
    if (!prepared.looped) return await runRetried(run, entry, prepared.units[0] as Unit)
    return await runItems(run, entry, prepared.units, started)
  } catch (error) {
    return taskFailure(error)
  }
}

async function runItems(
  run: HostRun,
  entry: Entry,
  units: readonly (Unit | SkippedItem)[],
  started: number,
): Promise<Outcome> {
  const outcomes: Outcome[] = []
  const results: Value[] = []
  for (const unit of units) {
    // What the items did so far is in their events; the task itself did not come to an end.
    if (run.batch.stopped(entry.position)) throw new Stopped()
    const outcome = isUnit(unit) ? await runRetried(run, entry, unit) : skipped(unit.skipped)
    outcomes.push(outcome)
    const item = unit.item
    results.push({
      ...registered(outcome),
      ...(item && { [item.variable]: item.value, ansible_loop_var: item.variable }),
    })
    run.emitTask(entry, outcome, { started, ignored: false, item: item?.label ?? '' })
  }
  return foldItems(outcomes, results)
}

/** `until`, `retries`, `delay`; then `changed_when` and `failed_when`. */
async function runRetried(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { task } = entry
  const { host, batch } = run
  const retries = Number(keyword(task.retries, unit.scope) ?? 3)
  const delay = Number(keyword(task.delay, unit.scope) ?? 5)
  for (let attempt = 1; ; attempt++) {
    run.emitStart(entry, unit)
    const outcome = judge(host, task, unit, await runUnit(run, entry, unit))
    if (outcome.kind === 'skipped') return outcome
    if (task.until.length === 0 && !(task.retries && isFailure(outcome))) return outcome
    const retried = { ...outcome, result: { ...outcome.result, attempts: attempt } }
    const done = task.until.length > 0 ? holds(host, task, unit, task.until, outcome) : !isFailure(outcome)
    if (done) return retried
    if (attempt > retries || batch.interrupted.aborted)
      return isFailure(retried)
        ? retried
        : failure(`the condition of until did not hold after ${attempt} attempts`, retried)
    await sleep(delay * 1000, undefined, { signal: batch.interrupted }).catch(() => undefined)
    unit.probed = undefined
  }
}

/** What becomes of an error inside a task. What is not the task's own goes on to whom it concerns. */
export function taskFailure(error: unknown): Outcome {
  if (error instanceof UserError) return failure(error.message, { hint: error.hint })
  if (error instanceof NotYetKnown) return failure(`${error.message}: the task that sets it has not run`)
  if (error instanceof BecomeError || error instanceof UploadError || error instanceof Locked)
    return failure(error.message)
  if (error instanceof DownloadError) return failure(error.message)
  throw error
}

function foldItems(outcomes: readonly Outcome[], results: readonly Value[]): Outcome {
  const result = { results, msg: 'All items completed' }
  const failed = outcomes.filter(isFailure)
  const changes = outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []))
  const [first] = failed
  if (first) {
    const message = failed.length === 1 ? first.message : `${failed.length} items failed, the first: ${first.message}`
    return failure(message, { hint: first.hint, changes, result: { ...result, msg: 'One or more items failed' } })
  }
  if (outcomes.some(({ kind }) => kind === 'changed')) return { kind: 'changed', changes, result }
  if (outcomes.some(({ kind }) => kind === 'may-change')) {
    return { kind: 'may-change', message: 'some items may change', changes, result }
  }
  if (outcomes.every(({ kind }) => kind === 'skipped')) {
    return { kind: 'skipped', message: 'All items skipped', result: { ...result, msg: 'All items skipped' } }
  }
  return { kind: 'ok', result }
}
