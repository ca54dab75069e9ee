import type { Mapping } from '../source/value.ts'
import type { Place } from './place.ts'

/** What a `run_once` task gave, for the hosts of the batch that did not run it. */
export interface Shared {
  readonly result: Mapping
  readonly facts: Mapping
}

/**
 * `run_once`: the first host of the batch that is still there runs the task, the others wait for what it gave. Asked
 * with the task's place, which is the same on every host.
 */
export interface RunOnce {
  /** `run`: it is this host's to run, and to `share`. */
  claim(host: string, place: Place): 'run' | Promise<void> | { readonly shared: Shared }
  /** Whether this host would run such a task now. */
  isFirst(host: string): boolean
  share(place: Place, shared: Shared): void
  left(host: string): void
}

export function createRunOnce(batch: readonly string[]): RunOnce {
  const there = new Set(batch)
  const shared = new Map<Place, { readonly shared: Shared }>()
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const wakeUp of woken) wakeUp()
  }
  return {
    claim(host, place) {
      const known = shared.get(place)
      if (known) return known
      const [first] = there
      return first === host ? 'run' : new Promise((resolve) => waiting.push(resolve))
    },
    isFirst: (host) => there.values().next().value === host,
    share(place, given) {
      shared.set(place, { shared: given })
      wake()
    },
    left(host) {
      there.delete(host)
      wake()
    },
  }
}
