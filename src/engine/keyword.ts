import type { Templated } from '../playbook/playbook.ts'
import type { Value } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import type { TaskScope } from '../variables/scope.ts'

/** A keyword's rendered value. */
export function keyword(part: Templated | undefined, scope: TaskScope): Value | undefined {
  return part && renderValue(part.value, { ...scope.context, at: part.at })
}

/** A keyword as truth; text counts as Ansible counts it. */
export function flag(part: Templated | undefined, scope: TaskScope): boolean | undefined {
  const value = keyword(part, scope)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return /^(true|yes|on|y|t|1)$/i.test(value.trim())
  return Boolean(value)
}
