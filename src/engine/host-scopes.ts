import { dirname } from 'node:path'
import type { Play, Role, Task } from '../playbook/playbook.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { LookupHook } from '../template/engine.ts'
import { renderValue } from '../template/render.ts'
import type { Target } from '../transport/transport.ts'
import type { Variables } from '../variables/load-variable.ts'
import { computed, layered, type Named } from '../variables/named.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import { createScope, type Pending, type ScopeTools, type TaskScope } from '../variables/scope.ts'
import { Foreseen } from './foreseen.ts'
import type { Host } from './host.ts'
import type { Entry } from './host-tasks.ts'
import { type Fleet, hostvarsOf, variablesOf } from './hostvars.ts'
import { itemVariables } from './loop-items.ts'
import { refusedVariables, roleMagic, searchPath } from './magic.ts'
import { behind, behindAll, type Place } from './place.ts'
import type { Progress } from './progress.ts'
import { layersOf } from './role-layers.ts'
import { setBy, Setters, type Sets } from './setters.ts'
import type { LoopItem } from './unit.ts'

/** What tasks are rendered with, besides themselves. */
export interface ScopeSurroundings {
  readonly host: Host
  readonly play: Play
  readonly varsFiles: Variables
  readonly extra: Variables
  /** What the engine defines for the play. */
  readonly magic: ReadonlyMap<string, Value>
  /** The hosts of the play. */
  readonly hosts: readonly string[]
  readonly fleet: Fleet
  /** What earlier plays' tasks may still set; only until this play begins. */
  readonly pending: Sets
  /** Lookups that templates cannot answer by themselves. */
  readonly lookup: LookupHook
}

/**
 * What the tasks of one host see: its variables and those of others, as far as they are known at a task's place. What
 * something before the place has yet to set is `NotYetKnown`.
 */
export class HostScopes {
  readonly around: ScopeSurroundings
  readonly setters = new Setters()
  readonly foreseen: Foreseen
  /** Whose variables every task sees. */
  #roles: readonly Role[]
  /** Its host is this machine. */
  #local = false
  #seen: { readonly cursor: Place; readonly scopes: Map<string, TaskScope> } = { cursor: '', scopes: new Map() }
  /** Undefined until the play begins for this host. */
  #progress: Progress | undefined

  constructor(around: ScopeSurroundings) {
    this.around = around
    this.foreseen = new Foreseen(around.host)
    this.#roles = around.play.roles
  }

  /** How the host is reached is known. */
  reach({ kind }: Target): void {
    this.#local = kind === 'local'
  }

  /** The earlier plays are over: what they have not set by now they never will. */
  begin(progress: Progress): void {
    this.#progress = progress
  }

  /** The play has begun for this host. */
  get begun(): boolean {
    return this.#progress !== undefined
  }

  /** It may change files that the run has read. */
  writesHere(task: Task): boolean {
    const { files } = setBy(task)
    return files === 'here' || (files !== undefined && this.#local)
  }

  /** An include brought roles. */
  know(roles: readonly Role[]): void {
    this.#roles = [...this.#roles, ...roles.filter((role) => !this.#roles.includes(role))]
  }

  /** Whether an include whose file is not known yet may set whatever is asked for at a place. */
  isOpen(place: Place): boolean {
    return this.setters.anything(place) || (!this.#progress && this.around.pending.anything)
  }

  /** A task's variables on this host, or with those of `host` in their place. */
  of(entry: Entry, task: Task, item?: LoopItem, host = this.around.host): TaskScope {
    const { play, varsFiles, extra } = this.around
    const { role } = task
    const own = role && layersOf(role)
    const scope: TaskScope = createScope(
      {
        // A role's own variables win in its own tasks, whatever other roles call theirs.
        roleDefaults: [...this.#roles.flatMap((other) => layersOf(other).defaults), ...(own?.defaults ?? [])],
        inventory: host.inventory,
        facts: host.facts,
        play: play.vars,
        varsFiles,
        roleVars: [...this.#roles.flatMap((other) => layersOf(other).vars), ...(own?.vars ?? [])],
        task: task.vars,
        included: host === this.around.host ? this.foreseen.at(entry.place, () => this.setters.cursor) : host.included,
        results: host.results,
        roleParams: joined(own?.params ?? noVariables, task.params, entry.vars),
        extra,
        magic: this.#magic(entry.place, task, item, () => scope),
        pending: this.#pending(entry.place),
        refused: refusedVariables,
      },
      searchPath(task, play),
      this.#tools(entry.place, task),
    )
    return scope
  }

  #tools(place: Place, { filters }: Task): ScopeTools {
    const beforeFiles = () => {
      if (!this.filesAreSettled(place)) throw new NotYetKnown(soughtFile)
    }
    return { lookup: this.around.lookup, beforeFiles, filters }
  }

  #pending(place: Place, seen: 'by itself' | 'in hostvars' = 'by itself'): Pending {
    const sets = (name: string) =>
      seen === 'by itself' ? this.setters.name(name, place) : this.setters.nameForOthers(name, place)
    return {
      name: (name) => this.#inEarlierPlays(name) || sets(name),
      facts: () => this.#factsInEarlierPlays() || this.setters.facts(place),
    }
  }

  /** What another host has yet to learn before this one comes to that place. */
  #pendingOn(other: Host, place: Place): Pending {
    if (other === this.around.host) return this.#pending(place, 'in hostvars')
    // All hosts of a play go the same way: until it begins, one's own stands for the other's.
    const theirs = (): Setters | undefined => {
      if (!this.#progress) return this.setters
      return this.#progress.tasks(other.name)?.scopes.setters
    }
    const until = this.#settledBy(place)
    const waits = (sets: (setters: Setters) => boolean, delegated: boolean): boolean => {
      if (this.#isTurn(place)) return false
      const setters = theirs()
      return delegated || (setters !== undefined && sets(setters))
    }
    return {
      name: (name) =>
        this.#inEarlierPlays(name) ||
        waits((setters) => setters.nameForOthers(name, until), this.setters.delegates(name, until)),
      facts: () =>
        this.#factsInEarlierPlays() ||
        waits((setters) => setters.factsForOthers(until), this.setters.delegatesFacts(until)),
    }
  }

  /** What hosts that go their own way will set anywhere may be there when this one comes to the place. */
  #settledBy(place: Place): Place {
    return this.around.play.strategy === 'free' ? behindAll : place
  }

  /** This host is there, and everything before it has happened on the others too, as far as the strategy cares. */
  #isTurn(place: Place): boolean {
    return this.#progress !== undefined && this.setters.cursor === place && this.#progress.isOpen(place)
  }

  #magic(place: Place, task: Task, item: LoopItem | undefined, scope: () => TaskScope): Named<Value> {
    const { host, play, magic, fleet } = this.around
    let hostvars: Mapping | undefined
    const live = computed({
      hostvars: () => (hostvars ??= this.#hostvars(place, task)),
      vars: () => variablesOf(scope()),
      environment: () =>
        task.directives.environment.map(({ value, at }) => renderValue(value, { ...scope().context, at })),
      ansible_search_path: () => searchPath(task, play),
      ansible_play_hosts: () => this.#left('play', place),
      ansible_play_batch: () => this.#left('batch', place),
      play_hosts: () => this.#left('batch', place),
    })
    const own = item ? [itemVariables(item)] : []
    return layered([...own, roleMagic(task.role), live, magic, fleet.magic(host.name)])
  }

  #hostvars(place: Place, task: Task): Mapping {
    const { play, fleet, extra, host: own, magic } = this.around
    return hostvarsOf({
      fleet,
      extra,
      magic: computed({ playbook_dir: () => magic.get('playbook_dir') ?? dirname(play.file) }),
      searchPaths: searchPath(task, play),
      tools: this.#tools(place, task),
      pending: (other) => this.#pendingOn(other, place),
      learnt: (other) => (other === own ? other : (this.#progress?.past.at(other, place) ?? other)),
      shared: (other, make) =>
        other === own ? undefined : this.#shared(other, place, searchPath(task, play).join(), make),
    })
  }

  /** Another host's scope that everybody uses who sees it as this one does: as it is, with nothing to come. */
  #shared(other: Host, place: Place, paths: string, make: () => TaskScope): TaskScope | undefined {
    const { fleet, pending } = this.around
    if (!this.#progress) {
      const settled =
        pending.names.length === 0 &&
        !pending.facts &&
        !pending.anything &&
        this.setters.settled(this.#settledBy(place))
      return settled ? kept(fleet.shared, `${other.name} ${paths}`, make) : undefined
    }
    const theirs = this.#progress.tasks(other.name)?.scopes
    if (!theirs || !this.#progress.inStep || !theirs.setters.settled(place)) return undefined
    if (this.#progress.past.at(other, place) !== other) return undefined
    return theirs.#common(paths, make)
  }

  /** What others render of this host, as long as it stays where it is. */
  #common(paths: string, make: () => TaskScope): TaskScope {
    const { cursor } = this.setters
    if (this.#seen.cursor !== cursor) this.#seen = { cursor, scopes: new Map() }
    return kept(this.#seen.scopes, paths, make)
  }

  /** The hosts that are still in: who is, shows only when all have come this far. */
  #left(which: 'play' | 'batch', place: Place): readonly string[] {
    const { hosts } = this.around
    if (hosts.length === 1) return hosts
    if (!this.#progress || !this.#isTurn(place)) throw new NotYetKnown('which hosts are still in the play')
    return this.#progress.left(which, place)
  }

  #inEarlierPlays(name: string): boolean {
    return !this.#progress && this.around.pending.names.includes(name)
  }

  #factsInEarlierPlays(): boolean {
    return !this.#progress && this.around.pending.facts
  }

  /** Whether nothing before a place may still write files of this machine. */
  filesAreSettled(place: Place): boolean {
    if (!this.#progress && this.around.pending.files === 'here') return false
    if (this.setters.files(place, this.#local)) return false
    if (this.around.hosts.length === 1) return true
    const last = this.setters.lastFiles(place, this.#local)
    // What other hosts have yet to write may be for all.
    return last === undefined || this.#progress?.isOpen(behind(last)) === true
  }
}

/** Why a task waits that looks for a file. */
export const soughtFile = 'a file that a task before this one may write'

const noVariables: Variables = new Map()

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Later ones win. */
function joined(...layers: readonly Variables[]): Variables {
  const filled = layers.filter(({ size }) => size > 0)
  return filled.length < 2 ? (filled[0] ?? noVariables) : new Map(filled.flatMap((layer) => [...layer]))
}
