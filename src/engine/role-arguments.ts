import type { UserError } from '../errors.ts'
import { type ArgumentOption, checkArguments, secretsIn } from '../playbook/argument-spec.ts'
import type { Role } from '../playbook/playbook.ts'
import { locateKey } from '../source/locate.ts'
import type { Position } from '../source/position.ts'
import type { Variable } from '../variables/load-variable.ts'
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
  for (const [name, option] of argumentSpec.options) mask(name, option, scope, redactor)
  return checkArguments(
    argumentSpec,
    (name) => scope.get(name),
    (name, path) => placeOf(scope.variable(name), path),
  )
}

/** Where a part of a variable's value was written, or the key that it lacks would be. */
function placeOf(variable: Variable | undefined, path: readonly PropertyKey[]): Position | undefined {
  if (!variable?.node || path.length === 0) return variable?.at
  return locateKey(variable.node, path)
}

/** One that is not known yet hides no other. */
function mask(name: string, option: ArgumentOption, scope: TaskScope, redactor: Redactor): void {
  if (!option.no_log && !option.options) return
  try {
    for (const secret of secretsIn(scope.get(name) ?? null, option)) redactor.add(secret)
  } catch (error) {
    if (!(error instanceof NotYetKnown)) throw error
  }
}
