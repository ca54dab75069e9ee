import { setMaxListeners } from 'node:events'

/** An abort's reason as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}

/** Calls `listener` once when the signal is aborted, at once when it is already; returns how to call that off. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener()
    return () => undefined
  }
  // One signal stops a whole run, so hundreds of hosts listen to it; Node would take that for a leak.
  setMaxListeners(0, signal)
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** The promise, or the signal's reason, whichever comes first. What is awaited goes on by itself. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = onAbort(signal, () => reject(reasonOf(signal)))
    promise.then(resolve, reject).finally(callOff)
  })
}
