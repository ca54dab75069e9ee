import { setTimeout as sleep } from 'node:timers/promises'
import type { ControllerModule } from '../modules/define.ts'
import { evaluate, test } from '../template/render.ts'
import type { Entry } from './host-tasks.ts'
import type { HostRun } from './host-run.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOf } from './run-action.ts'
import type { Unit } from './unit.ts'

/** A module that touches no host (`debug`, `assert`, `set_fact`). */
export async function runController(
  run: HostRun,
  entry: Entry,
  unit: Unit,
  module: ControllerModule,
): Promise<Outcome> {
  const context = { ...unit.scope.context, at: entry.task.argsNode.at }
  const report = await module.run(unit.wish, {
    check: unit.check,
    host: run.host.name,
    evaluate: (expression) => evaluate(expression, context),
    test: (expression) => test(expression, context),
    sleep: (seconds) => sleep(seconds * 1000),
  })
  for (const [name, value] of Object.entries(report.facts ?? {})) run.host.results.set(name, value)
  return outcomeOf(report)
}
