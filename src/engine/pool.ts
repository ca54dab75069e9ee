/** A bounded number of slots, given in the order they were asked for. A host holds one while it works. */
export interface Pool {
  acquire(): Promise<void>
  release(): void
  /**
   * Somebody who holds a slot only waits, for a host that does not answer: as long as that lasts another one may work
   * in their place. Returns what ends it. Never more than the pool's size are lent, so that there is a bound.
   */
  lend(): () => void
}

export function createPool(size: number): Pool {
  let free = size
  // One slot means "one after the other": there nobody gets in between.
  let lendable = size - 1
  const waiting: (() => void)[] = []
  const give = (): void => {
    free++
    while (free > 0 && waiting.length > 0) {
      free--
      waiting.shift()?.()
    }
  }
  return {
    acquire() {
      if (free > 0) {
        free--
        return Promise.resolve()
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    release: give,
    lend() {
      if (lendable === 0) return () => undefined
      lendable--
      give()
      return () => {
        lendable++
        // Below zero while more work than there are slots: the next ones to end make up for it.
        free--
      }
    },
  }
}
