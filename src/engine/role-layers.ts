import type { Role } from '../playbook/playbook.ts'
import type { Variables } from '../variables/load-variable.ts'

/** A role's variables with those of the roles around and below it, each list from the lowest to the highest. */
export interface RoleLayers {
  readonly defaults: readonly Variables[]
  readonly vars: readonly Variables[]
  readonly params: Variables
}

const known = new WeakMap<Role, RoleLayers>()

export function layersOf(role: Role): RoleLayers {
  const found = known.get(role)
  if (found) return found
  const below = dependenciesOf(role)
  const around = role.parents
  const layers: RoleLayers = {
    defaults: [...below.flatMap((one) => layersOf(one).defaults), ...around.map((one) => one.defaults), role.defaults],
    vars: [
      ...around.flatMap((one) => [one.givenVars, one.vars]),
      ...below.flatMap((one) => [one.givenVars, one.vars]),
      role.givenVars,
      role.vars,
    ].filter((vars) => vars.size > 0),
    params: new Map([...around, role].flatMap((one) => [...one.params])),
  }
  known.set(role, layers)
  return layers
}

/** What a role depends on, in the order in which it runs. */
export function dependenciesOf(role: Role): readonly Role[] {
  return role.dependencies.flatMap((one) => [...dependenciesOf(one), one])
}
