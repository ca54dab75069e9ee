import { beforeAll, behindAll, type Place } from './place.ts'

/**
 * `strategy: linear`: no host changes anything for a task before every host of the batch is through the tasks before
 * it. Only changes wait here, so a host on which everything is in order never does.
 */
export interface Gate {
  /** The host is through everything before `place`. */
  passed(host: string, place: Place): void
  /** The host changes nothing any more. */
  left(host: string): void
  /** Resolves when all hosts are through everything before `place`; false when there is no need to wait. */
  isOpen(place: Place): boolean
  wait(place: Place): Promise<void>
}

export function linearGate(hosts: readonly string[]): Gate {
  const places = new Map(hosts.map((host) => [host, beforeAll]))
  let waiting: { place: Place; open: () => void }[] = []
  let lowest: Place = beforeAll

  const update = () => {
    lowest = behindAll
    for (const place of places.values()) if (place < lowest) lowest = place
    const open = waiting.filter(({ place }) => place <= lowest)
    waiting = waiting.filter(({ place }) => place > lowest)
    for (const waiter of open) waiter.open()
  }
  const move = (host: string, place: Place) => {
    const before = places.get(host)
    if (before === undefined || before >= place) return
    places.set(host, place)
    if (before === lowest) update()
  }
  return {
    passed: move,
    left: (host) => move(host, behindAll),
    isOpen: (place) => place <= lowest,
    wait: (place) => (place <= lowest ? Promise.resolve() : new Promise((open) => waiting.push({ place, open }))),
  }
}

/** `strategy: free`: every host goes its own way. */
export const freeGate: Gate = {
  passed: () => undefined,
  left: () => undefined,
  isOpen: () => true,
  wait: () => Promise.resolve(),
}
