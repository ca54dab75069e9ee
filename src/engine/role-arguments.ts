import type { UserError } from '../errors.ts'
import { checkArguments } from '../playbook/argument-spec.ts'
import type { Role } from '../playbook/playbook.ts'
import type { Redactor } from '../variables/redaction.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import type { TaskScope } from '../variables/scope.ts'

/**
 * What is wrong with a role's arguments on a host, as its tasks see them. The values of secret ones are masked from
 * here on.
 * @throws NotYetKnown for an argument that something before the role has yet to set
 */
export function wrongArguments({ argumentSpec }: Role, scope: TaskScope, redactor: Redactor): readonly UserError[] {
  if (!argumentSpec) return []
  for (const [name, { no_log: secret }] of argumentSpec.options) if (secret) mask(name, scope, redactor)
  return checkArguments(
    argumentSpec,
    (name) => scope.get(name),
    (name) => scope.variable(name)?.at,
  )
}

/** One that is not known yet hides no other. */
function mask(name: string, scope: TaskScope, redactor: Redactor): void {
  try {
    redactor.add(scope.get(name) ?? null)
  } catch (error) {
    if (!(error instanceof NotYetKnown)) throw error
  }
}
