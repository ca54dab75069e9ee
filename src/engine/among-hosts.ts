import type { Task } from '../playbook/playbook.ts'
import { isMapping, type Mapping } from '../source/value.ts'
import type { TaskScope } from '../variables/scope.ts'
import { unforeseen } from '../variables/unforeseen.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import { flag, keyword } from './keyword.ts'
import type { Shared } from './run-once.ts'
import { setBy } from './setters.ts'
import { Stopped } from './task-run.ts'

/** `run_once`: false when another host of the batch ran the task for this one too; what it gave is this one's then. */
export async function runsHere(run: HostRun, entry: Entry): Promise<boolean> {
  const { runOnce } = run.batch
  if (!runOnce || !isRunOnce(entry.task, run.scope(entry))) return true
  for (;;) {
    const claim = runOnce.claim(run.host.name, entry.place)
    if (claim === 'run') return true
    if (claim instanceof Promise) await run.batch.whileWaiting(() => claim)
    else {
      adopt(run, entry, claim.shared)
      return false
    }
    if (run.batch.stopped(entry.place)) throw new Stopped()
  }
}

/** Whether, by what is known now, another host will run a task for this one. */
export function isForAnother(run: HostRun, { task }: Entry): boolean {
  return task.directives.runOnce !== undefined && run.batch.runOnce?.isFirst(run.host.name) === false
}

/** What a `run_once` task gave is every host's. */
export function shareResult(run: HostRun, entry: Entry, result: Mapping): void {
  const { task } = entry
  if (!run.batch.runOnce || !isRunOnce(task, run.scope(entry))) return
  const facts = factsIn(task, result)
  run.batch.runOnce.share(entry.place, { result, facts })
}

function factsIn(task: Task, result: Mapping): Mapping {
  if (task.module !== 'set_fact') return {}
  if (result === unforeseen) return Object.fromEntries(setBy(task).names.map((name) => [name, unforeseen]))
  const facts = result['ansible_facts'] ?? null
  return isMapping(facts) ? facts : {}
}

function adopt(run: HostRun, entry: Entry, { result, facts }: Shared): void {
  entry.done = true
  for (const [name, value] of Object.entries(facts)) run.host.results.set(name, value)
  run.record(entry, result)
}

/** `throttle`: only so many hosts work on the task at once. */
export async function throttled<T>(run: HostRun, entry: Entry, work: () => Promise<T>): Promise<T> {
  const size = Number(keyword(entry.task.directives.throttle, run.scope(entry)) ?? 0)
  if (!(size > 0)) return work()
  const slots = run.batch.slots(entry.task, size)
  await run.batch.whileWaiting(() => slots.acquire())
  try {
    return await work()
  } finally {
    slots.release()
  }
}

function isRunOnce({ directives }: Task, scope: TaskScope): boolean {
  return flag(directives.runOnce, scope) ?? false
}
