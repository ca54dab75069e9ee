import type { Task } from '../playbook/playbook.ts'
import type { ControllerModule } from '../modules/define.ts'
import { evaluate, test } from '../template/render.ts'
import { type Host, keepFacts } from './host.ts'
import type { Entry } from './host-tasks.ts'
import type { HostRun } from './host-run.ts'
import { flag } from './keyword.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOf } from './run-action.ts'
import { setBy } from './setters.ts'
import type { Unit } from './unit.ts'

/** Whose facts a task's facts are: with `delegate_facts` those of the host it ran on. */
export function factsOf(run: HostRun, task: Task, unit: Unit): Host {
  return flag(task.directives.delegateFacts, unit.scope) === true ? unit.host : run.host
}

/** A module that touches no host (`debug`, `assert`, `set_fact`). */
export async function runController(
  run: HostRun,
  entry: Entry,
  unit: Unit,
  module: ControllerModule,
): Promise<Outcome> {
  if (module.together) await run.turn(entry)
  const context = { ...unit.scope.context, at: entry.task.argsNode.at }
  const work = async () =>
    module.run(unit.wish, {
      check: unit.check,
      host: run.host.name,
      evaluate: (expression) => evaluate(expression, context),
      test: (expression) => test(expression, context),
      sleep: (seconds) => run.sleep(seconds),
      warn: (message) => run.report.warn(entry, message),
      ...(run.batch.ask && { ask: run.batch.ask }),
    })
  const report = await (module.together
    ? run.waiting(run.batch.once(`${entry.place} ${unit.item?.label ?? ''}`, work))
    : run.settled(entry, work))
  const whose = factsOf(run, entry.task, unit)
  if (whose !== run.host) run.batch.progress.past.before(whose, setBy(entry.task), entry.place)
  for (const [name, value] of Object.entries(report.facts ?? {})) whose.results.set(name, value)
  if (report.kept) keepFacts(whose, report.facts ?? {})
  return outcomeOf(report)
}
