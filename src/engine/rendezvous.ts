import type { Gate } from './gate.ts'
import { inside, type Place } from './place.ts'

/**
 * Where one host decides for its whole batch, as Ansible does for `meta: end_play`: all wait until each has come to
 * the place or left the batch, then the first of them in the batch's order is asked. With `strategy: free` nobody
 * waits: the first to come decides.
 */
export class Rendezvous {
  readonly #batch: readonly string[]
  readonly #gate: Gate
  readonly #arrived = new Map<Place, Map<string, () => boolean>>()

  constructor(batch: readonly string[], gate: Gate) {
    this.#batch = batch
    this.#gate = gate
  }

  /** `decide` is this host's own answer; resolves to that of the host that decides. */
  async meet(place: Place, host: string, decide: () => boolean): Promise<boolean> {
    const arrived = this.#arrived.get(place) ?? new Map<string, () => boolean>()
    this.#arrived.set(place, arrived.set(host, decide))
    // A host that has come as far as this task may still be getting ready for it: it is here when it has said so.
    const here = inside(place)
    this.#gate.passed(host, here)
    await this.#gate.wait(here)
    const first = this.#batch.find((name) => arrived.has(name))
    return (first === undefined ? decide : (arrived.get(first) ?? decide))()
  }
}
