import type { Module } from '../modules/define.ts'
import type { Play, Task } from '../playbook/playbook.ts'
import { splitWords } from '../playbook/words.ts'
import { isMapping, plainText, type Value } from '../source/value.ts'
import type { LookupHook } from '../template/engine.ts'
import type { Variables } from '../variables/load-variable.ts'
import { createScope, NotYetKnown, type Pending, type TaskScope } from '../variables/scope.ts'
import { searchPaths } from './controller.ts'
import type { Host } from './host.ts'
import { itemVariables } from './loop-items.ts'
import { prepareTask, type PrepareContext } from './prepare.ts'
import type { LoopItem, Prepared } from './unit.ts'

/** A place in the order of a play on one host. */
export interface Entry {
  readonly task: Task
  /** The same on every host of the batch, so that `linear` can compare. */
  readonly position: number
  readonly handler: boolean
  prepared: Prepared | undefined
  done: boolean
}

export type QueueStep =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'flush'; readonly position: number; done: boolean }

/** What tasks are rendered with, besides themselves. */
export interface TaskSurroundings {
  readonly host: Host
  readonly play: Play
  readonly varsFiles: Variables
  readonly extra: Variables
  readonly magic: ReadonlyMap<string, Value>
  /** Names that earlier plays' tasks may still set; only until this play begins. */
  readonly pending: ReadonlySet<string>
  /** Lookups that templates cannot answer by themselves. */
  readonly lookup: LookupHook
}

/** Positions between two steps of a play: room for its handlers. */
const spread = 100_000

/** A play's steps on one host, rendered as soon as what they need is known. */
export class HostTasks {
  readonly steps: QueueStep[]
  readonly #around: TaskSurroundings
  readonly #setters: Setter[] = []
  #begun = false

  constructor(tasks: readonly (Task | 'flush')[], around: TaskSurroundings) {
    this.#around = around
    this.steps = tasks.map((task, index) =>
      task === 'flush'
        ? this.#flush(index * spread)
        : { kind: 'entry', entry: this.#entry(task, index * spread, false) },
    )
  }

  #entry(task: Task, position: number, handler: boolean): Entry {
    const entry: Entry = { task, position, handler, prepared: undefined, done: false }
    this.#willSet([task], entry)
    return entry
  }

  /** Until then any handler may still run there, and set what it registers. */
  #flush(position: number): QueueStep {
    const flush = { kind: 'flush', position, done: false } as const
    this.#willSet(this.#around.play.handlers, flush)
    return flush
  }

  #willSet(tasks: readonly Task[], place: Setter['place']): void {
    const names = tasks.flatMap(namesSetBy)
    const facts = tasks.some(({ module }) => module === 'setup')
    if (names.length > 0 || facts) this.#setters.push({ names, facts, place })
  }

  /** The earlier plays are over: what they have not set by now they never will. */
  begin(): void {
    this.#begun = true
  }

  /**
   * Puts notified handlers (their places among the play's) in behind the flush or handler at `index`, in the order of
   * their definition. Those that wait there already stay.
   */
  insertHandlers(index: number, orders: readonly number[]): void {
    const step = this.steps[index]
    if (step?.kind === 'flush') step.done = true
    const flush = Math.floor(positionOf(step) / spread) * spread
    for (const order of orders) {
      const position = flush + order + 1
      let at = index + 1
      while (at < this.steps.length && positionOf(this.steps[at]) < position) at++
      if (positionOf(this.steps[at]) === position) continue
      const entry = this.#entry(this.#around.play.handlers[order] as Task, position, true)
      this.steps.splice(at, 0, { kind: 'entry', entry })
    }
  }

  /** A handler's place among the play's. */
  orderOf({ position }: Entry): number {
    return (position % spread) - 1
  }

  /** The play's handlers as they would run at its end: to check them before anything is touched. */
  handlerEntries(): readonly Entry[] {
    return this.#around.play.handlers.map((task) => {
      return { task, position: Infinity, handler: true, prepared: undefined, done: false }
    })
  }

  /** Renders a task if it can be; throws NotYetKnown otherwise, UserError when it cannot be right. */
  async prepare(entry: Entry, context: Omit<PrepareContext, 'scope'>): Promise<Prepared> {
    entry.prepared ??= await prepareTask(entry.task, {
      ...context,
      scope: (task, item) => this.scope(entry, task, item),
    })
    return entry.prepared
  }

  /** Like `prepare`, but undefined when it has to wait. Mistakes wait too: the task may never be reached. */
  async prepareEarly(entry: Entry, context: Omit<PrepareContext, 'scope'>): Promise<Prepared | undefined> {
    try {
      return await this.prepare(entry, context)
    } catch (error) {
      if (error instanceof NotYetKnown) return undefined
      return undefined
    }
  }

  scope(entry: Entry, task: Task, item?: LoopItem): TaskScope {
    const { host, play, varsFiles, extra, magic, lookup } = this.#around
    const roles = play.roles
    const role = task.role
    return createScope(
      {
        roleDefaults: role
          ? [...roles.filter((other) => other !== role).map((r) => r.defaults), role.defaults]
          : roles.map((r) => r.defaults),
        inventory: host.inventory,
        facts: host.facts,
        play: play.vars,
        varsFiles,
        // A role's own variables win in its own tasks, whatever other roles call theirs.
        roleVars: role
          ? [...roles.filter((other) => other !== role).map((r) => r.vars), role.vars]
          : roles.map((r) => r.vars),
        task: task.vars,
        results: host.results,
        roleParams: role?.params ?? noVariables,
        extra,
        magic: magicOf(magic, task, item),
        pending: this.#pendingBefore(entry),
      },
      searchPaths(task),
      lookup,
    )
  }

  #pendingBefore({ position }: Entry): Pending {
    const earlier = () => this.#setters.filter(({ place }) => !place.done && place.position < position)
    const inEarlierPlays = (name: string) => !this.#begun && this.#around.pending.has(name)
    return {
      name: (name) => inEarlierPlays(name) || earlier().some(({ names }) => names.includes(name)),
      facts: () => inEarlierPlays(allFacts) || earlier().some(({ facts }) => facts),
    }
  }
}

/** A place in the play, and what may come to be known there. */
interface Setter {
  readonly names: readonly string[]
  readonly facts: boolean
  readonly place: { readonly position: number; readonly done: boolean }
}

function positionOf(step: QueueStep | undefined): number {
  return step?.kind === 'entry' ? step.entry.position : (step?.position ?? Infinity)
}

const noVariables: Variables = new Map()

/** Stands in a set of pending names for "facts may still come". */
export const allFacts = ' facts'

/** The facts that modules beside `setup` bring; `ansible_facts` holds them as well. */
function gatheredNames({ module, args }: Task): readonly string[] {
  if (module === 'package_facts') return ['packages', 'ansible_facts']
  if (module === 'service_facts') return ['services', 'ansible_facts']
  if (module !== 'getent') return []
  const database = isMapping(args)
    ? args['database']
    : splitWords(plainText(args)).map(({ text }) => /^database=(.*)$/.exec(text)?.[1])[0]
  return [`getent_${plainText(database ?? '')}`, 'ansible_facts']
}

/** The variables a task will set: what depends on them has to wait for it. */
export function namesSetBy(task: Task): readonly string[] {
  const registered = [...(task.register === undefined ? [] : [task.register]), ...gatheredNames(task)]
  if (task.module !== 'set_fact') return registered
  const facts = isMapping(task.args)
    ? Object.keys(task.args)
    : splitWords(plainText(task.args)).map(({ text }) => text.replace(/=[\s\S]*/, ''))
  return [...registered, ...facts.filter((name) => name !== 'cacheable')]
}

function magicOf(
  magic: ReadonlyMap<string, Value>,
  task: Task,
  item: LoopItem | undefined,
): ReadonlyMap<string, Value> {
  const all = new Map(magic)
  if (task.role) {
    all.set('role_path', task.role.dir)
    all.set('role_name', task.role.name)
    all.set('ansible_role_name', task.role.name)
  }
  if (item) for (const [name, value] of itemVariables(item)) all.set(name, value)
  return all
}

/** Finds a module that was loaded when the playbook was. */
export type ModuleOf = (name: string) => Module
