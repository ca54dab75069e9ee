import type { Task, Templated } from '../playbook/playbook.ts'
import type { Mapping } from '../source/value.ts'
import { test } from '../template/render.ts'
import type { Host } from './host.ts'
import { failure, isFailure, type Outcome, registered } from './outcome.ts'
import type { Unit } from './unit.ts'

/** What `failed_when` and `changed_when` make of an outcome. */
export function judge(host: Host, task: Task, unit: Unit, outcome: Outcome): Outcome {
  if (outcome.kind === 'skipped') return outcome
  const known = outcome.known === undefined ? {} : { known: outcome.known }
  let judged = outcome
  if (task.failedWhen.length > 0) {
    const fails = holds(host, task, unit, task.failedWhen, outcome)
    const result: Mapping = { ...outcome.result, failed_when_result: fails }
    if (fails && !isFailure(judged)) {
      const changes = 'changes' in outcome ? outcome.changes : []
      judged = failure('failed_when holds', { changes, result: { ...result, changed: outcome.kind === 'changed' } })
    } else if (!fails && isFailure(judged)) {
      const changed = result['changed'] === true || judged.changes.length > 0
      judged = changed ? { kind: 'changed', changes: judged.changes, result } : { kind: 'ok', result }
    } else judged = { ...judged, result }
  }
  if (task.changedWhen.length === 0 || isFailure(judged)) return judged
  const changed = holds(host, task, unit, task.changedWhen, judged)
  if (!changed) return { ...known, kind: 'ok', result: judged.result }
  return judged.kind === 'ok' ? { kind: 'changed', changes: [], result: judged.result } : judged
}

/** Conditions about a result, which they see under the task's `register`. */
export function holds(
  host: Host,
  { register }: Task,
  unit: Unit,
  conditions: readonly Templated[],
  outcome: Outcome,
): boolean {
  const before = register === undefined ? undefined : host.results.get(register)
  if (register !== undefined) host.results.set(register, registered(outcome))
  try {
    return conditions.every(({ value, at }) => test(value, { ...unit.scope.context, at }))
  } finally {
    if (register !== undefined && before !== undefined) host.results.set(register, before)
  }
}
