import type { Writable } from 'node:stream'

/** Writes text in order, waits for a slow reader, and survives one that went away. */
export interface LineWriter {
  write(text: string): void
  /** Resolves when everything has left the process; rejects when it could not be written (a full disk). */
  end(): Promise<void>
}

/**
 * A reader that leaves early (`| head`) must not end a run in the middle of a change: from then on nothing is
 * written. The stream itself stays open, as it is usually the process's standard output.
 */
export function createLineWriter(stream: Writable): LineWriter {
  let waiting: string[] = []
  let full = false
  let gone = false
  let failure: Error | undefined
  let pending = 0
  let settled: (() => void) | undefined

  const settle = (): void => {
    if (pending === 0 && waiting.length === 0) settled?.()
  }
  const onError = (error: NodeJS.ErrnoException): void => {
    gone = true
    waiting = []
    const readerLeft = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'ECONNRESET'
    if (!readerLeft) failure ??= error
    settled?.()
  }
  const send = (text: string): void => {
    pending += 1
    full = !stream.write(text, () => {
      pending -= 1
      settle()
    })
  }
  const onDrain = (): void => {
    full = false
    if (waiting.length === 0) return
    const text = waiting.join('')
    waiting = []
    send(text)
  }
  stream.on('error', onError)
  stream.on('drain', onDrain)

  return {
    write(text) {
      if (gone) return
      if (full) waiting.push(text)
      else send(text)
    },
    async end() {
      if (!gone && (pending > 0 || waiting.length > 0)) {
        await new Promise<void>((resolve) => {
          settled = resolve
        })
      }
      stream.off('drain', onDrain)
      // The error listener stays: EPIPE may come as late as the process's exit.
      if (failure) throw failure
    },
  }
}
