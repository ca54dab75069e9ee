import { moduleTitle } from '../modules/registry.ts'
import type { Task } from '../playbook/playbook.ts'
import type { TaskEvent, TaskRef } from '../report/events.ts'
import { isMapping, plainText, type Mapping } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import type { Redactor } from '../variables/redaction.ts'
import type { TaskScope } from '../variables/scope.ts'
import type { Entry } from './host-tasks.ts'
import { maskedDiff } from './masked-diff.ts'
import { type Outcome, resultOf } from './outcome.ts'
import { isUnit, type Unit } from './unit.ts'

export interface EventContext {
  readonly redactor: Redactor
  readonly diff: boolean
  /** Of the run; a task's own `check_mode` goes before it. */
  readonly check: boolean
  /** `performance.now()` when the task began. */
  readonly started: number
  readonly ignored?: boolean | undefined
  readonly rescued?: boolean | undefined
  readonly noLog: boolean
  /** The loop item's label, for an event about one item. */
  readonly item?: string
}

/** A task's outcome as the world may see it: with every secret masked, and hidden as a whole under `no_log`. */
export function taskEvent(host: string, entry: Entry, outcome: Outcome, context: EventContext): TaskEvent {
  const { redactor, item, ignored, rescued } = context
  const unit = firstUnit(entry)
  const result = resultOf(outcome)
  const hidden = context.noLog || unit?.noLog === true || redactor.mustHide(result)
  const changes = 'changes' in outcome ? outcome.changes : []
  const diffs = context.diff ? changes.flatMap(({ diff }) => (diff ? [diff] : [])) : []
  const message = 'message' in outcome ? outcome.message : undefined
  const hint = 'hint' in outcome ? outcome.hint : undefined
  const base: TaskEvent = {
    event: 'task',
    host,
    task: taskRef(entry, redactor, unit),
    ...(item !== undefined && { item: hidden ? '(hidden)' : redactor.redact(item) }),
    outcome: outcome.kind,
    check: unit?.check ?? context.check,
    changes: hidden ? [] : changes.map(({ what }) => ({ what: redactor.redact(what) })),
    ...(ignored && { ignored }),
    ...(rescued && { rescued }),
    ms: Math.round(performance.now() - context.started),
  }
  if (hidden) {
    return { ...base, ...(message !== undefined && { message: 'hidden: no_log is set, or the result is a secret' }) }
  }
  const shown = redactor.redactValue(result)
  return {
    ...base,
    ...(diffs.length > 0 && { diffs: diffs.map((diff) => maskedDiff(diff, redactor)) }),
    ...(message !== undefined && { message: redactor.redact(message) }),
    ...(hint !== undefined && { hint: redactor.redact(hint) }),
    result: isMapping(shown) ? shown : ({} satisfies Mapping),
  }
}

export function taskRef(entry: Entry, redactor: Redactor, unit = firstUnit(entry)): TaskRef {
  const { task, handler } = entry
  return {
    name: redactor.redact(taskName(task, unit?.scope)),
    module: moduleTitle(task.module),
    ...(task.role && { role: task.role.name }),
    at: placeOf(task),
    ...(handler && { handler }),
  }
}

/** `file:line` */
export const placeOf = (task: Task): string => `${task.file}:${task.at.line}`

function firstUnit(entry: Entry): Unit | undefined {
  return entry.prepared?.kind === 'units' ? entry.prepared.units.find(isUnit) : undefined
}

/** Its name for people; without a scope as it is written. */
export function taskName(task: Task, scope: TaskScope | undefined): string {
  const { name } = task
  if (name === undefined || name.value === null) return moduleTitle(task.module)
  const text = plainText(name.value)
  if (!text.includes('{{') || !scope) return text
  try {
    return plainText(renderValue(text, scope.context))
  } catch {
    // A name that cannot be rendered is no reason to fail a task.
    return text
  }
}
