import { connect, type Socket } from 'node:net'
import { dialError } from './ssh-errors.ts'

/**
 * Opens a TCP connection without Nagle's delay (it would hold back every small packet of a login for 40 ms).
 * @throws Unreachable; or the signal's reason when it is aborted
 */
export function dial(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      // Node gives each address of a name 250 ms by default: too short for a far host with two of them.
      autoSelectFamilyAttemptTimeout: Math.max(500, Math.floor(timeoutMs / 3)),
    })
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', abort)
      socket.removeListener('error', failed)
      socket.removeListener('connect', connected)
      act()
    }
    const abort = (): void =>
      settle(() => {
        socket.on('error', () => undefined)
        socket.destroy()
        reject(reasonOf(signal))
      })
    const failed = (error: Error): void => settle(() => reject(dialError(error, host, port)))
    const connected = (): void => settle(() => resolve(socket))
    socket.once('error', failed)
    socket.once('connect', connected)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** An abort's reason as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
