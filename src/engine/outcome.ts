import type { Change, Plan, StepResult } from '../modules/define.ts'
import type { Mapping, Value } from '../source/value.ts'
import { announced, unforeseen } from '../variables/unforeseen.ts'

/**
 * How a unit of work ended on a host. That the host went away is not among them: it ends the host's part in the run
 * and travels as the error `Unreachable`.
 */
export type Outcome = (
  | { readonly kind: 'ok'; readonly result: Mapping }
  | { readonly kind: 'changed'; readonly changes: readonly Change[]; readonly result: Mapping }
  /** Check runs only: earlier announced changes hide the answer. */
  | {
      readonly kind: 'may-change'
      readonly message: string
      readonly changes: readonly Change[]
      readonly result: Mapping
    }
  | { readonly kind: 'skipped'; readonly message: string; readonly result: Mapping }
  | Failure
) & {
  /** Check runs only, of what was not done: a real run's result holds more (`announced`), or other things (`nothing`). */
  readonly known?: 'announced' | 'nothing'
}

export interface Failure {
  readonly kind: 'failed' | 'timed-out'
  readonly message: string
  readonly hint?: string | undefined
  readonly changes: readonly Change[]
  readonly result: Mapping
  /** What failed is a proof. */
  readonly proof?: boolean
}

export function failure(
  message: string,
  more: { hint?: string | undefined; changes?: readonly Change[]; result?: Mapping } = {},
): Failure {
  return { kind: 'failed', message, hint: more.hint, changes: more.changes ?? [], result: more.result ?? {} }
}

export function skipped(message: string): Outcome {
  return { kind: 'skipped', message, result: { skip_reason: 'Conditional result was False' } }
}

export function isFailure(outcome: Outcome): outcome is Failure {
  return outcome.kind === 'failed' || outcome.kind === 'timed-out'
}

/** An apply that did not go through: its own words are the message. */
export function stepFailure(step: StepResult, changes: readonly Change[], what: string): Failure {
  const words = printable(step.stderr) || printable(step.stdout)
  if (step.timedOut) {
    return { kind: 'timed-out', message: `${what} took too long and was ended on the host`, changes, result: {} }
  }
  return failure(words || `${what} ended with exit code ${step.code}`, { changes, result: { rc: step.code } })
}

/** A fresh probe still plans changes: the law of idempotence is broken on this host. */
export function notConverged(plan: Plan, changes: readonly Change[]): Failure {
  const still = plan.refuse ?? plan.changes.map((change) => change.what).join(', ')
  return failure(`did not converge: after the change it still wants: ${still}`, {
    changes,
    hint: 'something on the host undoes the change at once, or this is a bug in the module',
  })
}

/** What `register` holds. `more` is what a loop says of its item. */
export function registered(outcome: Outcome, more: Mapping = {}): Mapping {
  if (outcome.known === 'nothing') return unforeseen
  const result = { ...resultOf(outcome), ...more }
  return outcome.known === 'announced' ? announced(result) : result
}

/** Everything about an outcome that is known. */
export function resultOf(outcome: Outcome): Record<string, Value> {
  const base = { changed: outcome.kind === 'changed' || outcome.kind === 'may-change', failed: isFailure(outcome) }
  switch (outcome.kind) {
    case 'skipped':
      return { changed: false, skipped: true, ...outcome.result }
    case 'failed':
    case 'timed-out':
      return { ...base, msg: outcome.message, ...outcome.result, failed: true }
    default:
      return { ...base, ...outcome.result }
  }
}

function printable(bytes: Buffer): string {
  return bytes.toString('utf8').trim()
}
