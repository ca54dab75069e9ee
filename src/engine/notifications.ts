import type { Task } from '../playbook/playbook.ts'
import { plainText } from '../source/value.ts'

/** Renders a text as the notifying task sees it; `handler` is whose name it is, where it is one's. */
export type RenderName = (text: string, handler?: Task) => string

/** The handlers a host has notified and not run yet, by their places among the play's. */
export class Notifications {
  readonly #handlers: readonly Task[]
  readonly #notified = new Set<number>()

  constructor(handlers: readonly Task[]) {
    this.#handlers = handlers
  }

  /** Notifies all that answer to a name; false when nobody does. */
  notify(name: string, render: RenderName): boolean {
    // Of several handlers with one name the last is meant, as in Ansible; a topic reaches all who listen.
    const named = this.#handlers.findLastIndex((handler) => nameOf(handler, render) === name)
    const listening = this.#handlers.flatMap((handler, order) => (handler.listen.includes(name) ? [order] : []))
    const found = named < 0 ? listening : [named, ...listening]
    for (const order of found) this.#notified.add(order)
    return found.length > 0
  }

  /** The handlers that were notified and come behind the place `after`, in the order in which the play defines them. */
  take(after = -1): number[] {
    const found = [...this.#notified].filter((order) => order > after).sort((a, b) => a - b)
    for (const order of found) this.#notified.delete(order)
    return found
  }
}

function nameOf(handler: Task, render: RenderName): string | undefined {
  try {
    return render(plainText(handler.name?.value ?? ''), handler)
  } catch {
    // It is called something else than what was asked for.
    return undefined
  }
}
