import { dirname } from 'node:path'
import type { Block, Included, Play, Role, Step, Task } from '../playbook/playbook.ts'
import { filterSteps } from '../playbook/steps.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { LookupHook } from '../template/engine.ts'
import { renderValue } from '../template/render.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import { computed, layered, type Named } from '../variables/named.ts'
import type { Target } from '../transport/transport.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import { createScope, type Pending, type ScopeTools, type TaskScope } from '../variables/scope.ts'
import type { Host } from './host.ts'
import { Foreseen } from './foreseen.ts'
import { type Fleet, hostvarsOf, variablesOf } from './hostvars.ts'
import { refusedVariables, roleMagic, searchPath } from './magic.ts'
import { behind, behindAll, placeIn, type Place } from './place.ts'
import { itemVariables } from './loop-items.ts'
import { prepareTask, type PrepareContext } from './prepare.ts'
import type { Progress } from './progress.ts'
import type { Sites } from './sites.ts'
import { layersOf } from './role-layers.ts'
import { setBy, Setters, together, type Sets } from './setters.ts'
import { isLater, isUnit, type LoopItem, type Prepared, type Unit } from './unit.ts'

/** A task at its place in the order of a play on one host. */
export interface Entry {
  readonly task: Task
  readonly place: Place
  readonly handler: boolean
  /** Variables of the includes around: loop items. */
  readonly vars: Variables
  prepared: Prepared | undefined
  /** What a dynamic include brought. */
  included: readonly HostStep[] | undefined
  /** What an `include_vars` will bring, where it can be known before. */
  foreseen: Variables | undefined
  done: boolean
}

export type HostStep =
  | { readonly kind: 'entry'; readonly place: Place; readonly entry: Entry }
  | { readonly kind: 'block'; readonly place: Place; readonly block: HostBlock }
  | { readonly kind: 'flush'; readonly place: Place }
  | { readonly kind: 'role-end'; readonly place: Place; readonly role: Role }

export type Section = 'block' | 'rescue' | 'always'
export type HostBlock = Readonly<Record<Section, readonly HostStep[]>>

/** What tasks are rendered with, besides themselves. */
export interface TaskSurroundings {
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
  /** Whether the tags of the run select a task. */
  selected(task: Task): boolean
}

/** What preparing a host's tasks needs besides the host's own scopes. */
export interface HostPrepareContext extends Omit<PrepareContext, 'scope' | 'site' | 'beforeSource'> {
  readonly sites: Sites
  /** How the host is reached by tasks that say nothing else. */
  readonly target: Target
}

/** A play's steps on one host, rendered as soon as what they need is known. */
export class HostTasks {
  readonly steps: readonly HostStep[]
  readonly #around: TaskSurroundings
  readonly #setters = new Setters()
  readonly #handlers: Sets
  /** Whose variables every task sees. */
  #roles: readonly Role[]
  readonly #rescues: Place[] = []
  readonly #foreseen: Foreseen
  /** Its host is this machine. */
  #local = false
  #seen: { readonly cursor: Place; readonly scopes: Map<string, TaskScope> } = { cursor: '', scopes: new Map() }
  /** Undefined until the play begins for this host. */
  #progress: Progress | undefined

  constructor(steps: readonly Step[], around: TaskSurroundings) {
    this.#around = around
    this.#foreseen = new Foreseen(around.host)
    this.#roles = around.play.roles
    this.#handlers = together(around.play.handlers.map(setBy))
    this.steps = this.#plant(steps, '', noVariables)
  }

  #plant(steps: readonly Step[], parent: Place, vars: Variables): readonly HostStep[] {
    return steps.map((step, index) => {
      const place = placeIn(parent, index)
      if (step.kind === 'task') return { kind: 'entry', place, entry: this.#entry(step.task, place, vars) }
      if (step.kind === 'block') return { kind: 'block', place, block: this.#block(step.block, place, vars) }
      // Until then any handler may still run there, and set what it registers.
      if (step.kind === 'flush') this.#setters.add(this.#handlers, behind(place))
      return { ...step, place }
    })
  }

  #block(block: Block, place: Place, vars: Variables): HostBlock {
    if (block.rescue.length > 0) {
      const failure = { names: ['ansible_failed_task', 'ansible_failed_result'], facts: false, anything: false }
      this.#setters.add(failure, behind(placeIn(place, 0)))
      this.#rescues.push(placeIn(place, 1))
    }
    const section = (name: Section, index: number) => this.#plant(block[name], placeIn(place, index), vars)
    return { block: section('block', 0), rescue: section('rescue', 1), always: section('always', 2) }
  }

  #entry(task: Task, place: Place, vars: Variables, handler = false): Entry {
    const entry: Entry = {
      task,
      place,
      handler,
      vars,
      prepared: undefined,
      included: undefined,
      foreseen: undefined,
      done: false,
    }
    const settled = task.include ? behind(place) : place
    const isDone = () => entry.included !== undefined || entry.done
    this.#setters.add(setBy(task), settled, isDone, () => entry.foreseen !== undefined)
    return entry
  }

  /** How the host is reached is known. */
  reach({ kind }: Target): void {
    this.#local = kind === 'local'
  }

  /** It may change files that the run has read. */
  writesHere(task: Task): boolean {
    const { files } = setBy(task)
    return files === 'here' || (files !== undefined && this.#local)
  }

  /** The earlier plays are over: what they have not set by now they never will. */
  begin(progress: Progress): void {
    this.#progress = progress
  }

  /** The host has come to this place. */
  arrive(place: Place): void {
    this.#setters.cursor = place
  }

  /** A handler that was notified, at the flush that runs it. */
  handlerEntry(task: Task, order: number, flush: Place): Entry {
    return this.#entry(task, placeIn(flush, order), noVariables, true)
  }

  /** The play's handlers as they would run at its end: to check them before anything is touched. */
  handlerEntries(): readonly Entry[] {
    return this.#around.play.handlers.map((task) => ({
      task,
      place: behind(''),
      handler: true,
      vars: noVariables,
      prepared: undefined,
      included: undefined,
      foreseen: undefined,
      done: false,
    }))
  }

  /** What a prepared include brings, at its place; reads files where they were not known before. */
  async include(entry: Entry, prepared: Prepared): Promise<readonly Included[]> {
    const { include } = entry.task
    const found: { included: Included; unit: Unit }[] = []
    for (const entered of prepared.kind === 'units' ? prepared.units : []) {
      const unit = isLater(entered) ? await entered.later() : entered
      if (!isUnit(unit) || !include) continue
      found.push({ included: await include.load(unit.wish), unit })
    }
    entry.included ??= found.flatMap(({ included, unit }, index) => {
      const steps = filterSteps(included.steps, (task) => this.#around.selected(task))
      const planted = entry.handler
        ? []
        : this.#plant(steps, placeIn(entry.place, index), itemVars(entry.vars, unit.item))
      this.#roles = [...this.#roles, ...included.roles.filter((role) => !this.#roles.includes(role))]
      return entry.handler ? this.#plantHandlers(included.steps, placeIn(entry.place, index), entry, unit) : planted
    })
    return found.map(({ included }) => included)
  }

  /** Tasks that a handler includes are handlers of this moment: all of them run. */
  #plantHandlers(steps: readonly Step[], parent: Place, entry: Entry, unit: Unit): readonly HostStep[] {
    return steps.flatMap((step, index): readonly HostStep[] => {
      if (step.kind !== 'task') return []
      const place = placeIn(parent, index)
      return [{ kind: 'entry', place, entry: this.#entry(step.task, place, itemVars(entry.vars, unit.item), true) }]
    })
  }

  /** Renders a task if it can be; throws NotYetKnown otherwise, UserError when it cannot be right. */
  async prepare(entry: Entry, context: HostPrepareContext): Promise<Prepared> {
    if (entry.prepared) return entry.prepared
    if (this.#setters.anything(entry.place) || (!this.#progress && this.#around.pending.anything)) {
      throw new NotYetKnown('what a task before this one includes')
    }
    const { host } = this.#around
    const { sites, target } = context
    let glimpsed = false
    const prepared = await prepareTask(entry.task, {
      ...context,
      scope: (task, item) => this.scope(entry, task, item),
      site: (task, scope, item) =>
        sites.find(task, { host, target, scope }, (other) => this.scope(entry, task, item, other)),
      beforeSource: (isThere) => {
        if (this.#filesAreSettled(entry.place)) return
        if (!isThere || this.#progress) throw new NotYetKnown(soughtFile)
        glimpsed = true
      },
    })
    // Looked at for its mistakes alone: by its turn the file may be another.
    if (glimpsed) return prepared
    entry.prepared = prepared
    // Nobody expects to come to a rescue.
    const expected = !this.#rescues.some((rescue) => entry.place.startsWith(rescue))
    // The file may be made by a task before.
    if (entry.task.module === 'include_vars' && this.#filesAreSettled(entry.place))
      await this.#foreseen.read(entry, context, expected)
    return prepared
  }

  /** Whether nothing before a place may still write files of this machine. */
  #filesAreSettled(place: Place): boolean {
    if (!this.#progress && this.#around.pending.files === 'here') return false
    if (this.#setters.files(place, this.#local)) return false
    if (this.#around.hosts.length === 1) return true
    const last = this.#setters.lastFiles(place, this.#local)
    // What other hosts have yet to write may be for all.
    return last === undefined || this.#progress?.isOpen(behind(last)) === true
  }

  /** Like `prepare`, but undefined when it has to wait. Mistakes wait too: the task may never be reached. */
  async prepareEarly(entry: Entry, context: HostPrepareContext): Promise<Prepared | undefined> {
    try {
      return await this.prepare(entry, context)
    } catch {
      return undefined
    }
  }

  /** Something went another way than was expected: what was rendered for it is rendered anew. */
  forgetAhead(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      entry.prepared = undefined
      entry.included = undefined
      entry.foreseen = undefined
    }
  }

  /** A task's variables on this host, or with those of `host` in their place. */
  scope(entry: Entry, task: Task, item?: LoopItem, host = this.#around.host): TaskScope {
    const { play, varsFiles, extra } = this.#around
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
        included:
          host === this.#around.host ? this.#foreseen.at(entry.place, () => this.#setters.cursor) : host.included,
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
      if (!this.#filesAreSettled(place)) throw new NotYetKnown(soughtFile)
    }
    return { lookup: this.#around.lookup, beforeFiles, filters }
  }

  #pending(place: Place, seen: 'by itself' | 'in hostvars' = 'by itself'): Pending {
    const sets = (name: string) =>
      seen === 'by itself' ? this.#setters.name(name, place) : this.#setters.nameForOthers(name, place)
    return {
      name: (name) => this.#inEarlierPlays(name) || sets(name),
      facts: () => this.#factsInEarlierPlays() || this.#setters.facts(place),
    }
  }

  /** What another host has yet to learn before this one comes to that place. */
  #pendingOn(other: Host, place: Place): Pending {
    if (other === this.#around.host) return this.#pending(place, 'in hostvars')
    // All hosts of a play go the same way: until it begins, one's own stands for the other's.
    const theirs = (): Setters | undefined => {
      if (!this.#progress) return this.#setters
      const tasks = this.#progress.tasks(other.name)
      return tasks && tasks.#setters
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
        waits((setters) => setters.nameForOthers(name, until), this.#setters.delegates(name, until)),
      facts: () =>
        this.#factsInEarlierPlays() ||
        waits((setters) => setters.factsForOthers(until), this.#setters.delegatesFacts(until)),
    }
  }

  /** What hosts that go their own way will set anywhere may be there when this one comes to the place. */
  #settledBy(place: Place): Place {
    return this.#around.play.strategy === 'free' ? behindAll : place
  }

  /** This host is there, and everything before it has happened on the others too, as far as the strategy cares. */
  #isTurn(place: Place): boolean {
    return this.#progress !== undefined && this.#setters.cursor === place && this.#progress.isOpen(place)
  }

  #magic(place: Place, task: Task, item: LoopItem | undefined, scope: () => TaskScope): Named<Value> {
    const { host, play, magic, fleet } = this.#around
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
    const { play, fleet, extra, host: own, magic } = this.#around
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
    const { fleet, pending } = this.#around
    if (!this.#progress) {
      const settled =
        pending.names.length === 0 &&
        !pending.facts &&
        !pending.anything &&
        this.#setters.settled(this.#settledBy(place))
      return settled ? kept(fleet.shared, `${other.name} ${paths}`, make) : undefined
    }
    const theirs = this.#progress.tasks(other.name)
    if (!theirs || !this.#progress.inStep || !theirs.#setters.settled(place)) return undefined
    if (this.#progress.past.at(other, place) !== other) return undefined
    return theirs.#common(paths, make)
  }

  /** What others render of this host, as long as it stays where it is. */
  #common(paths: string, make: () => TaskScope): TaskScope {
    const { cursor } = this.#setters
    if (this.#seen.cursor !== cursor) this.#seen = { cursor, scopes: new Map() }
    return kept(this.#seen.scopes, paths, make)
  }

  /** The hosts that are still in: who is, shows only when all have come this far. */
  #left(which: 'play' | 'batch', place: Place): readonly string[] {
    const { hosts } = this.#around
    if (hosts.length === 1) return hosts
    if (!this.#progress || !this.#isTurn(place)) throw new NotYetKnown('which hosts are still in the play')
    return this.#progress.left(which, place)
  }

  #inEarlierPlays(name: string): boolean {
    return !this.#progress && this.#around.pending.names.includes(name)
  }

  #factsInEarlierPlays(): boolean {
    return !this.#progress && this.#around.pending.facts
  }
}

const soughtFile = 'a file that a task before this one may write'
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

/** The included tasks see the loop item of the include. */
function itemVars(vars: Variables, item: LoopItem | undefined): Variables {
  if (!item) return vars
  const own = [...itemVariables(item)].map(([name, value]): [string, Variable] => [name, { value, unsafe: true }])
  return new Map([...vars, ...own])
}
