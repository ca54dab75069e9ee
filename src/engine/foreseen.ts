import type { Variable, Variables } from '../variables/load-variable.ts'
import type { Named } from '../variables/named.ts'
import { type Host, learnSecrets } from './host.ts'
import type { Entry, HostPrepareContext } from './host-tasks.ts'
import { joinsOlder, readIncludedVars } from './include-vars.ts'
import type { Place } from './place.ts'
import { isLater, isUnit } from './unit.ts'

/**
 * What the `include_vars` ahead of a host will bring, read before their turn: mistakes show early, and what depends on
 * it need not wait.
 */
export class Foreseen {
  readonly #host: Host
  readonly #entries: Entry[] = []

  constructor(host: Host) {
    this.#host = host
  }

  /** Reads the files that a prepared task names; `expected`: others may count on it. Throws UserErrors at their places. */
  async read(entry: Entry, { cache, redactor }: HostPrepareContext, expected: boolean): Promise<void> {
    const { task, prepared } = entry
    if (!prepared || prepared.kind === 'failed') return
    const variables = new Map<string, Variable>()
    for (const unit of prepared.kind === 'units' ? prepared.units : []) {
      if (isLater(unit)) return
      if (!isUnit(unit)) continue
      if (joinsOlder(unit)) return
      for (const [name, variable] of (await readIncludedVars(task, unit, cache.vaultSecrets)).variables)
        variables.set(name, variable)
    }
    learnSecrets(variables, redactor)
    if (!expected) return
    entry.foreseen = variables
    this.#entries.push(entry)
  }

  /** The variables of `include_vars` at a place: those that came, and those that will have come by then. */
  at(place: Place, cursor: () => Place): Named<Variable> {
    const { included } = this.#host
    const ahead = (): readonly Variables[] =>
      this.#entries
        .filter((entry) => entry.place < place && entry.place >= cursor())
        .flatMap(({ foreseen }) => (foreseen ? [foreseen] : []))
    return {
      get: (name) =>
        ahead()
          .findLast((variables) => variables.has(name))
          ?.get(name) ?? included.get(name),
      keys: () => [...included.keys(), ...ahead().flatMap((variables) => [...variables.keys()])],
    }
  }
}
