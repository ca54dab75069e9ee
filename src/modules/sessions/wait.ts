import { sh } from '../../shell/script.ts'
import type { HostSession } from '../define.ts'

/**
 * Tries again over a new connection each time, until `ready` says so; undefined, or after so many seconds what the
 * last try met. Errors that waiting does not cure are thrown.
 */
export async function until(
  host: HostSession,
  timeout: number,
  pause: number,
  connectTimeout: number | undefined,
  ready: () => Promise<boolean>,
): Promise<string | undefined> {
  const end = performance.now() + timeout * 1000
  for (;;) {
    host.disconnect(connectTimeout)
    let met = 'it answers, but not as expected'
    try {
      if (await ready()) return undefined
    } catch (error) {
      if (!isAway(error)) throw error
      met = error.message
    }
    if (performance.now() + pause * 1000 >= end) return met
    await host.sleep(pause)
  }
}

export async function answers(host: HostSession, command: string): Promise<boolean> {
  return (await host.look(sh`eval ${command}`, 20)).code === 0
}

/** The host cannot be reached, or is not yet so far that one can become another user there. */
export function isAway(error: unknown): error is Error {
  return error instanceof Error && ['Unreachable', 'BecomeError'].includes(error.name)
}
