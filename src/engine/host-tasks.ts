import type { Block, Included, Role, Step, Task } from '../playbook/playbook.ts'
import { filterSteps } from '../playbook/steps.ts'
import type { Target } from '../transport/transport.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import { HostScopes, type ScopeSurroundings, soughtFile } from './host-scopes.ts'
import { itemVariables } from './loop-items.ts'
import { behind, placeIn, type Place } from './place.ts'
import { prepareTask, type PrepareContext } from './prepare.ts'
import { setBy, together, type Sets } from './setters.ts'
import type { Sites } from './sites.ts'
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
  /** A handler in a check, notified by nothing but what may change. */
  doubtful: boolean
  done: boolean
}

export type HostStep =
  | { readonly kind: 'entry'; readonly place: Place; readonly entry: Entry }
  | { readonly kind: 'block'; readonly place: Place; readonly block: HostBlock }
  | { readonly kind: 'flush'; readonly place: Place }
  | { readonly kind: 'role-end'; readonly place: Place; readonly role: Role }

export type Section = 'block' | 'rescue' | 'always'
export type HostBlock = Readonly<Record<Section, readonly HostStep[]>>

/** What a play's tasks on a host are rendered with, and which of them run. */
export interface TaskSurroundings extends ScopeSurroundings {
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
  readonly scopes: HostScopes
  readonly #around: TaskSurroundings
  readonly #handlers: Sets
  readonly #rescues: Place[] = []

  constructor(steps: readonly Step[], around: TaskSurroundings) {
    this.#around = around
    this.scopes = new HostScopes(around)
    this.#handlers = together(around.play.handlers.map(setBy))
    this.steps = this.#plant(steps, '', noVariables)
  }

  #plant(steps: readonly Step[], parent: Place, vars: Variables): readonly HostStep[] {
    return steps.map((step, index) => {
      const place = placeIn(parent, index)
      if (step.kind === 'task') return { kind: 'entry', place, entry: this.#entry(step.task, place, vars) }
      if (step.kind === 'block') return { kind: 'block', place, block: this.#block(step.block, place, vars) }
      // Until then any handler may still run there, and set what it registers.
      if (step.kind === 'flush') this.scopes.setters.add(this.#handlers, behind(place))
      return { ...step, place }
    })
  }

  #block(block: Block, place: Place, vars: Variables): HostBlock {
    if (block.rescue.length > 0) {
      const failure = { names: ['ansible_failed_task', 'ansible_failed_result'], facts: false, anything: false }
      this.scopes.setters.add(failure, behind(placeIn(place, 0)))
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
      doubtful: false,
      done: false,
    }
    const settled = task.include ? behind(place) : place
    const isDone = () => entry.included !== undefined || entry.done
    this.scopes.setters.add(setBy(task), settled, isDone, () => entry.foreseen !== undefined)
    return entry
  }

  /** The host has come to this place. */
  arrive(place: Place): void {
    this.scopes.setters.cursor = place
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
      doubtful: false,
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
      this.scopes.know(included.roles)
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
    if (this.scopes.isOpen(entry.place)) throw new NotYetKnown('what a task before this one includes')
    const { host } = this.#around
    const { sites, target } = context
    let glimpsed = false
    const prepared = await prepareTask(entry.task, {
      ...context,
      scope: (task, item) => this.scopes.of(entry, task, item),
      site: (task, scope, item) =>
        sites.find(task, { host, target, scope }, (other) => this.scopes.of(entry, task, item, other)),
      beforeSource: (isThere) => {
        if (this.scopes.filesAreSettled(entry.place)) return
        if (!isThere || this.scopes.begun) throw new NotYetKnown(soughtFile)
        glimpsed = true
      },
    })
    // Looked at for its mistakes alone: by its turn the file may be another.
    if (glimpsed) return prepared
    entry.prepared = prepared
    // Nobody expects to come to a rescue.
    const expected = !this.#rescues.some((rescue) => entry.place.startsWith(rescue))
    // The file may be made by a task before.
    if (entry.task.module === 'include_vars' && this.scopes.filesAreSettled(entry.place))
      await this.scopes.foreseen.read(entry, context, expected)
    return prepared
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
}

const noVariables: Variables = new Map()

/** The included tasks see the loop item of the include. */
function itemVars(vars: Variables, item: LoopItem | undefined): Variables {
  if (!item) return vars
  const own = [...itemVariables(item)].map(([name, value]): [string, Variable] => [name, { value, unsafe: true }])
  return new Map([...vars, ...own])
}
