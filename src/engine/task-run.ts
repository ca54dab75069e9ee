import { isUserError } from '../errors.ts'
import { BecomeError } from '../shell/open-shell.ts'
import { UploadError } from '../shell/session.ts'
import { isMapping, type Value } from '../source/value.ts'
import { sleepFor } from '../timers.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import { Unforeseen } from '../variables/unforeseen.ts'
import { JobLost } from './background.ts'
import { DownloadError } from '../download/downloader.ts'
import { runUnit } from './host-loop.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { holds, judge } from './judge.ts'
import { keyword } from './keyword.ts'
import { itemVariables } from './loop-items.ts'
import { leftOpen } from './left-open.ts'
import { failure, isFailure, type Outcome, registered, skipped } from './outcome.ts'
import { Locked } from './sessions.ts'
import { isLater, isUnit, type LoopUnit, type Unit } from './unit.ts'

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
    return error instanceof Unforeseen && run.batch.prepare.check ? leftOpen(run, entry, error) : taskFailure(error)
  }
}

async function runItems(run: HostRun, entry: Entry, units: readonly LoopUnit[], started: number): Promise<Outcome> {
  const outcomes: Outcome[] = []
  const results: Value[] = []
  for (const [index, entered] of units.entries()) {
    if (index > 0) await pause(run, entry)
    // What the items did so far is in their events; the task itself did not come to an end.
    if (run.batch.stopped(entry.place)) throw new Stopped()
    const unit = isLater(entered) ? await run.settled(entry, () => entered.later()) : entered
    const outcome = isUnit(unit) ? await runRetried(run, entry, unit) : skipped(unit.skipped)
    outcomes.push(outcome)
    const item = unit.item
    results.push(registered(outcome, item && Object.fromEntries(itemVariables(item))))
    run.report.task(entry, outcome, { started, item: item?.label ?? '' })
  }
  return foldItems(outcomes, results)
}

/** `loop_control.pause`: between two items, as long as nobody wants to stop. */
async function pause(run: HostRun, entry: Entry): Promise<void> {
  const seconds = Number(keyword(entry.task.loop?.pause, run.scope(entry)) ?? 0)
  if (seconds > 0) await wait(run, seconds)
}

/** Not beyond an interruption. */
async function wait(run: HostRun, seconds: number): Promise<void> {
  const { interrupted } = run.batch
  await run.waiting(sleepFor(seconds, interrupted).catch(() => undefined))
}

/** `until`, `retries`, `delay`, each attempt judged by `changed_when` and `failed_when`. */
async function runRetried(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { task } = entry
  const { host, batch } = run
  const retries = Number(keyword(task.retries, unit.scope) ?? 3)
  const seconds = Number(keyword(task.delay, unit.scope) ?? 5)
  const once = (task.until.length === 0 && task.retries === undefined) || retries <= 0
  for (let attempt = 1; ; attempt++) {
    run.report.start(entry, unit)
    const ran = await runUnit(run, entry, unit)
    const seen = task.until.length > 0 ? withAttempts(ran, attempt) : ran
    const outcome = await run.settled(entry, () => judge(host, task, unit, seen))
    if (once || outcome.kind === 'skipped') return outcome
    const done =
      task.until.length > 0
        ? await run.settled(entry, () => holds(host, task, unit, task.until, outcome))
        : !isFailure(outcome)
    if (done) return withAttempts(outcome, attempt)
    if (attempt > retries || batch.interrupted.aborted) {
      const last = withAttempts(outcome, Math.min(attempt, retries))
      if (isFailure(last)) return last
      const result = { ...last.result, changed: last.kind === 'changed' }
      return failure(`the condition of until did not hold after ${attempt} attempts`, { ...last, result })
    }
    await wait(run, seconds < 0 ? 1 : seconds)
    unit.probed = undefined
  }
}

function withAttempts(outcome: Outcome, attempts: number): Outcome {
  return { ...outcome, result: { ...outcome.result, attempts } }
}

/** What becomes of an error inside a task. What is not the task's own goes on to whom it concerns. */
export function taskFailure(error: unknown): Outcome {
  if (isUserError(error)) return failure(error.message, { hint: error.hint })
  if (error instanceof NotYetKnown) return failure(`${error.message}: the task that sets it has not run`)
  if (error instanceof BecomeError || error instanceof UploadError || error instanceof Locked)
    return failure(error.message)
  if (error instanceof DownloadError || error instanceof JobLost) return failure(error.message)
  throw error
}

function foldItems(outcomes: readonly Outcome[], results: readonly Value[]): Outcome {
  if (outcomes.length === 0) {
    const reason = 'No items in the list'
    return { kind: 'skipped', message: reason, result: { results: [], skipped_reason: reason } }
  }
  const result = { results, msg: 'All items completed' }
  const failed = outcomes.filter(isFailure)
  const changes = outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []))
  const [first] = failed
  if (first) {
    const message = failed.length === 1 ? first.message : `${failed.length} items failed, the first: ${first.message}`
    const changed = results.some((one) => isMapping(one) && one['changed'] === true)
    return failure(message, {
      hint: first.hint,
      changes,
      result: { ...result, changed, msg: 'One or more items failed' },
    })
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
