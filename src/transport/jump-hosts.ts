import type { Duplex } from 'node:stream'
import { unlessAborted } from './abort.ts'
import { behindJump } from './ssh-errors.ts'
import { type Connection, type Target, Unreachable } from './transport.ts'

/** One login per jump host, shared by all the hosts behind it. */
export interface JumpHosts<C extends Connection> {
  /**
   * Borrows the way through a chain of jump hosts, the nearest first. Give it back with `release`.
   * @throws Unreachable naming the jump host that failed; or the signal's reason when it is aborted
   */
  lease(chain: readonly Target[], signal: AbortSignal): Promise<JumpLease<C>>
  /** Ends those that nobody uses, and from now on each with its last user, without the usual wait. */
  close(): void
}

export interface JumpLease<C extends Connection = Connection> {
  readonly connection: C
  /** @throws Unreachable naming the jump host */
  forward(host: string, port: number): Promise<Duplex>
  /** Runs one login; waits while too many others go through the same jump host. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Why the jump host's own connection ended, once it has. */
  reason(): Unreachable | undefined
  release(): void
}

/** Logs in to a jump host: `through` is the way to it, when it has jump hosts before it. */
export type ConnectJump<C extends Connection> = (
  jump: Target,
  through: JumpLease<C> | undefined,
  signal: AbortSignal,
  onEnd: (reason: Unreachable | undefined) => void,
) => Promise<C>

/** How long a jump host is kept after its last use, in milliseconds: the next batch of hosts may need it. */
const linger = 1000
/** Logins in progress at once through one jump host. */
const loginsAtOnce = 20

interface Entry<C> {
  readonly connection: Promise<C>
  readonly stop: AbortController
  readonly inTurn: JumpLease['inTurn']
  users: number
  timer: NodeJS.Timeout | undefined
  reason: Unreachable | undefined
}

export function openJumpHosts<C extends Connection>(connect: ConnectJump<C>): JumpHosts<C> {
  const entries = new Map<string, Entry<C>>()
  let closing = false

  const lease = async (chain: readonly Target[], signal: AbortSignal): Promise<JumpLease<C>> => {
    const jump = chain.at(-1)
    if (jump === undefined) throw new RangeError('a chain of jump hosts cannot be empty')
    const key = JSON.stringify(chain.map(identity))
    const entry = entries.get(key) ?? open(key, jump, chain.slice(0, -1))
    clearTimeout(entry.timer)
    entry.users++
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      if (--entry.users > 0) return
      // One that has failed or ended is of no use to a next batch.
      if (closing || entries.get(key) !== entry) end(key, entry)
      else entry.timer = setTimeout(() => end(key, entry), linger)
    }
    try {
      const connection = await unlessAborted(entry.connection, signal)
      return {
        connection,
        release,
        inTurn: entry.inTurn,
        reason: () => entry.reason,
        async forward(host, port) {
          try {
            return await connection.forward(host, port)
          } catch (error) {
            throw named(error, jump)
          }
        },
      }
    } catch (error) {
      release()
      throw error
    }
  }

  const open = (key: string, jump: Target, before: readonly Target[]): Entry<C> => {
    const stop = new AbortController()
    const forget = (): void => {
      if (entries.get(key) === entry) entries.delete(key)
    }
    const entry: Entry<C> = {
      connection: reach(jump, before, stop.signal, (reason) => {
        entry.reason = reason && behindJump(reason, jump.name)
        forget()
      }),
      stop,
      inTurn: turns(loginsAtOnce),
      users: 0,
      timer: undefined,
      reason: undefined,
    }
    // Those who wait for it now share its failure; the next one tries anew.
    entry.connection.catch(forget)
    entries.set(key, entry)
    return entry
  }

  const reach = async (
    jump: Target,
    before: readonly Target[],
    signal: AbortSignal,
    onEnd: (reason: Unreachable | undefined) => void,
  ): Promise<C> => {
    const through = before.length > 0 ? await lease(before, signal) : undefined
    try {
      return await connect(jump, through, signal, (reason) => {
        through?.release()
        onEnd(reason)
      })
    } catch (error) {
      through?.release()
      throw named(error, jump)
    }
  }

  const end = (key: string, entry: Entry<C>): void => {
    clearTimeout(entry.timer)
    if (entries.get(key) === entry) entries.delete(key)
    entry.stop.abort(new Error('nobody needs this jump host any more'))
    void entry.connection.then(
      (connection) => connection.close(),
      () => undefined,
    )
  }

  return {
    lease,
    close() {
      closing = true
      // The farthest first: closing it gives back the ones before it.
      for (let idle = true; idle;) {
        idle = false
        for (const [key, entry] of [...entries].reverse()) {
          if (entry.users > 0) continue
          end(key, entry)
          idle = true
        }
      }
    },
  }
}

/** Two targets share a login only when everything that decides about it is the same. */
function identity(jump: Target): unknown {
  return { ...jump, name: undefined, kind: undefined, jumps: undefined, passphrase: undefined }
}

function named(error: unknown, jump: Target): unknown {
  return error instanceof Unreachable && !error.message.startsWith('jump host ') ? behindJump(error, jump.name) : error
}

function turns(atOnce: number): JumpLease['inTurn'] {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // The place goes to the next one directly: nobody can slip in between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
