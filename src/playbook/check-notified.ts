import { UserError } from '../errors.ts'
import { plainText } from '../source/value.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Step, Task } from './playbook.ts'
import { allTasksIn, includedIn, tasksIn } from './steps.ts'

/** A notify that no handler answers to would be lost in silence. */
export function checkNotified(steps: readonly Step[], own: readonly Task[]): readonly UserError[] {
  const handlers = [...own, ...[...includedIn(steps)].flatMap((included) => included.handlers)]
  const names = handlers.flatMap((handler) => [...namesOf(handler), ...handler.listen])
  const errors: UserError[] = []
  const open = names.some((name) => name.includes('{{')) || [...allTasksIn(steps)].some(mayBringHandlers)
  for (const task of [...allTasksIn(steps), ...own]) {
    for (const name of task.notify) {
      if (open || names.includes(name) || name.includes('{{')) continue
      const suggestion = didYouMean(name, names)
      errors.push(
        new UserError(`no handler of this play is called '${name}'`, {
          at: task.at,
          hint: suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
        }),
      )
    }
  }
  return errors
}

/** The names of a handler itself: its own, and the one that says its role. */
export function namesOf({ name, role }: Task, render: (text: string) => string = (text) => text): readonly string[] {
  if (name === undefined || name.value === null) return []
  const own = render(plainText(name.value))
  return role ? [own, `${role.name} : ${own}`] : [own]
}

/** An include whose name is still a template may bring a role with handlers. */
function mayBringHandlers({ include }: Task): boolean {
  if (!include) return false
  return !include.known || [...tasksIn(include.known.steps)].some(mayBringHandlers)
}
