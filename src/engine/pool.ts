/** A bounded number of slots, given in the order they were asked for. A host holds one while it works. */
export interface Pool {
  acquire(): Promise<void>
  release(): void
}

export function createPool(size: number): Pool {
  let free = size
  const waiting: (() => void)[] = []
  return {
    acquire() {
      if (free > 0) {
        free--
        return Promise.resolve()
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    release() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}
