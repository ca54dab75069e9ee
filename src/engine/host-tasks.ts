import type { Module } from '../modules/define.ts'
import type { Play, Task } from '../playbook/playbook.ts'
import { isMapping, type Value } from '../source/value.ts'
import type { Variables } from '../variables/load-variable.ts'
import { createScope, NotYetKnown, type Pending, type TaskScope } from '../variables/scope.ts'
import { searchPaths } from './controller.ts'
import type { Host } from './host.ts'
import { itemVariables, prepareTask, type PrepareContext } from './prepare.ts'
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
  { readonly kind: 'entry'; readonly entry: Entry } | { readonly kind: 'flush'; readonly position: number }

/** What tasks are rendered with, besides themselves. */
export interface TaskSurroundings {
  readonly host: Host
  readonly play: Play
  readonly varsFiles: Variables
  readonly extra: Variables
  readonly magic: ReadonlyMap<string, Value>
  /** Names that earlier plays' tasks may still set; only while validating. */
  readonly pending: ReadonlySet<string>
}

/** Positions between two steps of a play: room for its handlers. */
const spread = 100_000

/** A play's steps on one host, rendered as soon as what they need is known. */
export class HostTasks {
  readonly steps: QueueStep[]
  readonly #around: TaskSurroundings
  readonly #setters: { readonly names: readonly string[]; readonly facts: boolean; readonly entry: Entry }[] = []

  constructor(tasks: readonly (Task | 'flush')[], around: TaskSurroundings) {
    this.#around = around
    this.steps = tasks.map((task, index) =>
      task === 'flush'
        ? { kind: 'flush', position: index * spread }
        : { kind: 'entry', entry: this.#entry(task, index * spread, false) },
    )
  }

  #entry(task: Task, position: number, handler: boolean): Entry {
    const entry: Entry = { task, position, handler, prepared: undefined, done: false }
    const names = namesSetBy(task)
    const facts = task.module === 'setup'
    if (names.length > 0 || facts) this.#setters.push({ names, facts, entry })
    return entry
  }

  /** Puts the handlers in for which there was a notification, behind the flush at `index`. */
  insertHandlers(index: number, handlers: readonly { task: Task; order: number }[]): void {
    const at = this.steps[index]
    const position = at?.kind === 'flush' ? at.position : 0
    const entries = handlers.map(({ task, order }): QueueStep => {
      return { kind: 'entry', entry: this.#entry(task, position + order + 1, true) }
    })
    this.steps.splice(index + 1, 0, ...entries)
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
    const { host, play, varsFiles, extra, magic } = this.#around
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
        roleVars: roles.map((r) => r.vars),
        task: task.vars,
        results: host.results,
        roleParams: role?.params ?? noVariables,
        extra,
        magic: magicOf(magic, task, item, host),
        pending: this.#pendingBefore(entry),
      },
      searchPaths(task),
    )
  }

  #pendingBefore({ position }: Entry): Pending {
    const earlier = this.#setters.filter((setter) => setter.entry.position < position)
    const { pending } = this.#around
    return {
      name: (name) => pending.has(name) || earlier.some(({ entry, names }) => !entry.done && names.includes(name)),
      facts: () => pending.has(allFacts) || earlier.some(({ entry, facts }) => !entry.done && facts),
    }
  }
}

const noVariables: Variables = new Map()

/** Stands in a set of pending names for "facts may still come". */
export const allFacts = ' facts'

/** The variables a task will set: what depends on them has to wait for it. */
export function namesSetBy(task: Task): readonly string[] {
  const registered = task.register === undefined ? [] : [task.register]
  if (task.module !== 'set_fact') return registered
  const facts = isMapping(task.args) ? Object.keys(task.args) : []
  return [...registered, ...facts.filter((name) => name !== 'cacheable')]
}

function magicOf(
  magic: ReadonlyMap<string, Value>,
  task: Task,
  item: LoopItem | undefined,
  host: Host,
): ReadonlyMap<string, Value> {
  const all = new Map(magic)
  if (host.facts.size > 0) {
    all.set(
      'ansible_facts',
      Object.fromEntries([...host.facts].map(([name, value]) => [name.replace(/^ansible_/, ''), value])),
    )
  }
  if (task.role) {
    all.set('role_path', task.role.dir)
    all.set('role_name', task.role.name)
    all.set('ansible_role_name', task.role.name)
  }
  if (item) for (const [name, value] of itemVariables(task, item, 0)) all.set(name, value)
  return all
}

/** Finds a module that was loaded when the playbook was. */
export type ModuleOf = (name: string) => Module
