import type { Effects } from '../modules/effects.ts'
import type { Inventory } from '../inventory/model.ts'
import { secretValues, type Variable, type Variables } from '../variables/load-variable.ts'
import type { Redactor } from '../variables/redaction.ts'
import { isMapping, type Mapping, type Value } from '../source/value.ts'

/** A host for the whole run: what is known of it grows from play to play. */
export interface Host {
  readonly name: string
  /** The inventory's variables, all layers merged. */
  readonly inventory: Variables
  readonly facts: Map<string, Value>
  /** `include_vars`. */
  readonly included: Map<string, Variable>
  /** `register` and `set_fact`. */
  readonly results: Map<string, Value>
  readonly groupNames: readonly string[]
  /** Announced by a check run so far. */
  effects: Effects
  /** Failed or unreachable: takes no further part in the run. */
  out: boolean
}

export function createHost(name: string, inventory: Inventory, playbookDir: string, redactor: Redactor): Host {
  const merged = new Map<string, Variable>()
  for (const layer of inventory.layers(name, playbookDir)) {
    for (const [key, variable] of layer.vars) merged.set(key, variable)
  }
  learnSecrets(merged, redactor)
  const groups = inventory.host(name)?.groups ?? []
  return {
    name,
    inventory: merged,
    facts: new Map(),
    included: new Map(),
    results: new Map(),
    groupNames: groups.filter((group) => group !== 'all').sort(),
    effects: {},
    out: false,
  }
}

/** What is secret among variables is masked from now on, wherever it turns up. */
export function learnSecrets(variables: Variables, redactor: Redactor): void {
  for (const variable of variables.values()) for (const value of secretValues(variable)) redactor.add(value)
}

/** `ansible_facts` of a result are variables of the host from now on. */
export function learnFacts(host: Host, result: Readonly<Record<string, Value>>): void {
  const facts = result['ansible_facts']
  if (!isMapping(facts)) return
  keepFacts(host, Object.fromEntries(Object.entries(facts).filter(([name, value]) => host.results.get(name) !== value)))
}

/** They are facts of the host, each by itself and in `ansible_facts`. */
export function keepFacts(host: Host, facts: Mapping): void {
  for (const [name, value] of Object.entries(facts)) host.facts.set(name, value)
  const known = [...host.facts].filter(([name]) => name !== 'ansible_facts')
  const short = known.map(([name, value]) => [name.replace(/^ansible_/, ''), value] as const)
  host.facts.set('ansible_facts', Object.fromEntries(short))
}
