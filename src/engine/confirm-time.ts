import { UserError } from '../errors.ts'
import type { Module } from '../modules/define.ts'
import { confirmTimeMessage, parseConfirmTime } from '../playbook/confirm-time.ts'
import type { Task } from '../playbook/playbook.ts'
import type { TaskScope } from '../variables/scope.ts'
import { keyword } from './keyword.ts'
import { omit } from './prepare.ts'
import type { Unit } from './unit.ts'

/**
 * Seconds in which a new login has to confirm what a task changes: those it asks for, or the module's own. Where the
 * "host" is this machine nobody logs in, so nothing can be confirmed and nothing is in danger.
 */
export function confirmTime(
  task: Task,
  module: Module,
  scope: TaskScope,
  { target, job }: Pick<Unit, 'target' | 'job'>,
): number | undefined {
  const seconds = asked(task, scope) ?? (target.kind === 'local' ? false : usual(module))
  if (seconds === false) return undefined
  const at = task.confirm?.at ?? task.at
  if (target.kind === 'local')
    throw new UserError('confirm: nobody logs in over a local connection, so no new login can confirm the change', {
      at,
      hint: 'leave it out, or reach the host by ssh',
    })
  if (job)
    throw new UserError('async: a change that a new login confirms cannot run in the background', {
      at: task.async?.at ?? at,
      hint: 'say confirm: false, or leave async out',
    })
  return seconds
}

const usual = (module: Module): number | false => (module.kind === 'state' && module.confirm?.seconds) || false

/** What the task says itself; undefined: nothing. */
function asked({ confirm }: Task, scope: TaskScope): number | false | undefined {
  const value = keyword(confirm, scope)
  if (value === undefined || value === omit) return undefined
  const seconds = parseConfirmTime(value)
  if (seconds === undefined) throw new UserError(`confirm: ${confirmTimeMessage}`, { at: confirm?.at })
  return seconds
}
