import type { ActionModule, Report, StepResult } from '../modules/define.ts'
import { failure, type Outcome } from './outcome.ts'
import type { Unit } from './unit.ts'

/** What an action's finished script means. */
export function reportAction(module: ActionModule, wish: unknown, step: StepResult): Outcome {
  if (step.timedOut) {
    return {
      kind: 'timed-out',
      message: 'it took too long and was ended on the host',
      changes: [],
      result: { rc: step.code },
    }
  }
  return outcomeOf(module.report(wish, step))
}

export function outcomeOf(report: Report): Outcome {
  const result = report.result ?? {}
  if (report.failed !== undefined) {
    const failed = failure(report.failed, {
      changes: report.changes ?? [],
      result: { ...result, changed: report.changed },
    })
    return report.proofs === undefined ? failed : { ...failed, proof: true }
  }
  if (report.skipped !== undefined) return { kind: 'skipped', message: report.skipped, result }
  if (report.changed) return { kind: 'changed', changes: report.changes ?? [], result }
  return { kind: 'ok', result }
}

/** What the guard says is there already. */
export function satisfiedOutcome({ module, wish }: Unit, reason: string): Outcome {
  if (module.kind === 'action' && module.skipsWhenSatisfied)
    return { kind: 'skipped', message: reason, result: { msg: reason, skipped: true, failed: false } }
  const more = module.kind === 'action' && module.spared ? module.spared(wish, reason) : { skipped: true }
  return { kind: 'ok', result: { ...more, msg: reason } }
}
