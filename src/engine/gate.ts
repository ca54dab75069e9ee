/**
 * `strategy: linear`: no host changes anything for a task before every host of the batch is through the tasks before
 * it. Only changes wait here, so a host on which everything is in order never does.
 */
export interface Gate {
  /** The host is through everything before `position`. */
  passed(host: string, position: number): void
  /** The host changes nothing any more. */
  left(host: string): void
  /** Resolves when all hosts are through everything before `position`; false when there is no need to wait. */
  isOpen(position: number): boolean
  wait(position: number): Promise<void>
}

export function linearGate(hosts: readonly string[]): Gate {
  const positions = new Map(hosts.map((host) => [host, -1]))
  let waiting: { position: number; open: () => void }[] = []
  let lowest = -1

  const update = () => {
    lowest = Infinity
    for (const position of positions.values()) lowest = Math.min(lowest, position)
    const open = waiting.filter(({ position }) => position <= lowest)
    waiting = waiting.filter(({ position }) => position > lowest)
    for (const waiter of open) waiter.open()
  }
  const move = (host: string, position: number) => {
    const before = positions.get(host)
    if (before === undefined || before >= position) return
    positions.set(host, position)
    if (before === lowest) update()
  }
  return {
    passed: move,
    left: (host) => move(host, Infinity),
    isOpen: (position) => position <= lowest,
    wait: (position) =>
      position <= lowest ? Promise.resolve() : new Promise((open) => waiting.push({ position, open })),
  }
}

/** `strategy: free`: every host goes its own way. */
export const freeGate: Gate = {
  passed: () => undefined,
  left: () => undefined,
  isOpen: () => true,
  wait: () => Promise.resolve(),
}
