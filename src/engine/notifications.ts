import { namesOf } from '../playbook/check-notified.ts'
import type { Task } from '../playbook/playbook.ts'
import type { Entry, HostStep, HostTasks } from './host-tasks.ts'
import type { Place } from './place.ts'

/** Renders a text as the notifying task sees it; `handler` is whose name it is, where it is one's. */
export type RenderName = (text: string, handler?: Task) => string

/** The handlers a host has notified and not run yet, by their places among the play's. */
export class Notifications {
  readonly #tasks: HostTasks
  readonly #handlers: Task[]
  /** Whether one of the tasks that notified it did, or surely would, change something. */
  readonly #notified = new Map<number, boolean>()

  constructor(handlers: readonly Task[], tasks: HostTasks) {
    this.#handlers = [...handlers]
    this.#tasks = tasks
  }

  /** An included role brought more of them. */
  add(handlers: readonly Task[]): void {
    const known = new Set(this.#handlers.map((handler) => handler.role?.key))
    this.#handlers.push(...handlers.filter((handler) => !known.has(handler.role?.key)))
  }

  /** Notifies all that answer to a name; false when nobody does. */
  notify(name: string, render: RenderName, certainly: boolean): boolean {
    const named = this.#named(name, render)
    const listening = this.#handlers.flatMap((handler, order) => (handler.listen.includes(name) ? [order] : []))
    const found = named < 0 ? listening : [named, ...listening]
    for (const order of found) this.#notified.set(order, certainly || this.#notified.get(order) === true)
    return found.length > 0
  }

  /** Of several handlers with one name that of the last role is meant, or the play's own; among its own the first. */
  #named(name: string, render: RenderName): number {
    const orders = [...this.#handlers.keys()].filter((order) => isCalled(this.#handlers[order] as Task, name, render))
    const last = orders.at(-1)
    if (last === undefined) return -1
    const role = this.#handlers[last]?.role?.key
    return orders.find((order) => this.#handlers[order]?.role?.key === role) ?? last
  }

  /**
   * The way through the handlers at a flush: those that are notified by then, in the order of their definition. One
   * that a handler behind it notifies waits for the next flush.
   */
  flush(place: Place): { next(): HostStep | undefined; rest(): Iterable<HostStep> } {
    const entries = new Map<number, Entry>()
    const stepOf = (order: number): HostStep => {
      const known = entries.get(order)
      const entry = known ?? this.#tasks.handlerEntry(this.#handlers[order] as Task, order, place)
      entries.set(order, entry)
      return { kind: 'entry', place: entry.place, entry }
    }
    let last = -1
    const waiting = () => [...this.#notified.keys()].filter((order) => order > last).sort((a, b) => a - b)
    return {
      next: () => {
        const [order] = waiting()
        if (order === undefined) return undefined
        last = order
        const step = stepOf(order)
        if (step.kind === 'entry') step.entry.doubtful = this.#notified.get(order) === false
        this.#notified.delete(order)
        return step
      },
      rest: () => waiting().map(stepOf),
    }
  }
}

function isCalled(handler: Task, name: string, render: RenderName): boolean {
  try {
    return namesOf(handler, (text) => render(text, handler)).includes(name)
  } catch {
    // It is called something else than what was asked for.
    return false
  }
}
