/** A time-out that does not run while a person is asked for something. */
export interface Clock {
  readonly pause: <T>(waiting: Promise<T>) => Promise<T>
  readonly stop: () => void
}

/** Calls `expire` once, after `milliseconds` of running time. */
export function startClock(milliseconds: number, expire: () => void): Clock {
  let left = milliseconds
  let since = Date.now()
  let timer: NodeJS.Timeout | undefined
  let pauses = 0
  let stopped = false

  const run = (): void => {
    since = Date.now()
    timer = setTimeout(expire, left)
  }
  const hold = (): void => {
    clearTimeout(timer)
    left = Math.max(0, left - (Date.now() - since))
  }
  run()
  return {
    async pause(waiting) {
      if (pauses++ === 0) hold()
      try {
        return await waiting
      } finally {
        if (--pauses === 0 && !stopped) run()
      }
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
