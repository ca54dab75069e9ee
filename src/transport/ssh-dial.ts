import { connect, type Socket } from 'node:net'
import { onAbort, reasonOf } from './abort.ts'
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
    let callOff = (): void => undefined
    const settle = (act: () => void): void => {
      callOff()
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
    callOff = onAbort(signal, abort)
  })
}
