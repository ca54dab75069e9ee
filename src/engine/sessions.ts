import type { StepResult, Upload } from '../modules/define.ts'
import type { Become } from '../shell/become.ts'
import { lockStep, parseLockAnswer, shareLockStep } from '../shell/lock.ts'
import type { Step } from '../shell/protocol.ts'
import { Session } from '../shell/session.ts'
import type { Connection, Target, Transport } from '../transport/transport.ts'

/** Seconds a second run waits for the first one to finish with a host. */
const lockPatience = 600
const lockRound = 30

/** The host's lock is held by another run for longer than we wait. */
export class Locked extends Error {}

/** What happens around the exchanges of a host and concerns a person. */
export interface SessionNotices {
  warning(message: string): void
  notice(message: string): void
}

/** Round trips spent, for tests and profiles. */
export interface SessionCount {
  connections: number
  channels: number
  exchanges: number
}

/**
 * One connection to a host and, on it, one shell for each user that tasks really run as; everything is opened when
 * it is first needed.
 */
export class HostSessions {
  readonly #transport: Transport
  readonly #target: Target
  /** Says who works on the host, to people and to the other sessions of this run: unique. */
  readonly #holder: string
  readonly #notices: SessionNotices
  readonly #abort = new AbortController()
  readonly #sessions = new Map<string, { opening: Promise<Session>; locked: boolean }>()
  /** Seconds for the logins from now on; undefined: the target's own. */
  #connectTimeout: number | undefined
  readonly count: SessionCount = { connections: 0, channels: 0, exchanges: 0 }
  #connection: Promise<Connection> | undefined

  constructor(transport: Transport, target: Target, holder: string, notices: SessionNotices) {
    this.#transport = transport
    this.#target = target
    this.#holder = holder
    this.#notices = notices
  }

  /** Logs in, once; call it early to log in while something else is prepared. */
  connect(): Promise<Connection> {
    this.#connection ??= this.#login()
    return this.#connection
  }

  async #login(): Promise<Connection> {
    this.count.connections++
    const connection = await this.#transport.connect(this.#loginTarget(), this.#abort.signal)
    for (const warning of connection.warnings) this.#notices.warning(warning)
    return connection
  }

  /** Read-only steps. */
  async look(become: Become | undefined, steps: readonly Step[]): Promise<StepResult[]> {
    this.count.exchanges++
    const { session } = await this.#session(become)
    return session.exchange(steps)
  }

  /**
   * A change and the probes behind it, in one exchange, under the run lock. `undefined`: the lock was held by another
   * run, which is done now; nothing was changed and everything known of the host is stale.
   */
  async change(
    become: Become | undefined,
    steps: readonly Step[],
    uploads: readonly Upload[],
  ): Promise<StepResult[] | undefined> {
    const { session, entry } = await this.#session(become)
    if (uploads.length > 0) {
      if (!entry.locked && !(await this.#takeLock(session, entry, []))) return undefined
      for (const upload of uploads) await session.upload(upload)
    }
    this.count.exchanges++
    if (entry.locked) return session.exchange(steps)
    return this.#takeLock(session, entry, steps)
  }

  async #takeLock(
    session: Session,
    entry: { locked: boolean },
    steps: readonly Step[],
  ): Promise<StepResult[] | undefined> {
    const [first, ...results] = await session.exchange([lockStep(this.#holder, 0), ...steps])
    const answer = parseLockAnswer(first?.stdout.toString() ?? '')
    if (answer.kind !== 'busy') {
      entry.locked = true
      return results
    }
    // Another session of this very run: a second user on this host, or a machine that the inventory has twice.
    if (answer.holder === this.#holder) return this.#shareLock(session, entry, steps)
    this.#notices.notice(`waiting for another run to finish here: ${answer.holder}`)
    for (let waited = 0; waited < lockPatience; waited += lockRound) {
      const [result] = await session.exchange([lockStep(this.#holder, lockRound)])
      if (parseLockAnswer(result?.stdout.toString() ?? '').kind === 'busy') continue
      entry.locked = true
      return undefined
    }
    throw new Locked(`another run has been working on this host for ${lockPatience} s: ${answer.holder}`)
  }

  async #shareLock(session: Session, entry: { locked: boolean }, steps: readonly Step[]): Promise<StepResult[]> {
    const [, ...results] = await session.exchange([shareLockStep, ...steps])
    entry.locked = true
    return results
  }

  async #session(become: Become | undefined): Promise<{ session: Session; entry: { locked: boolean } }> {
    const key = keyOf(become)
    let entry = this.#sessions.get(key)
    if (!entry) {
      this.count.channels++
      entry = { opening: this.connect().then((connection) => Session.open(connection, become)), locked: false }
      this.#sessions.set(key, entry)
    }
    return { session: await entry.opening, entry }
  }

  /** The next step as this user opens a session anew. */
  forget(become: Become | undefined): void {
    const entry = this.#sessions.get(keyOf(become))
    this.#sessions.delete(keyOf(become))
    entry?.opening.then((session) => session.close()).catch(() => undefined)
  }

  #loginTarget(): Target {
    return this.#connectTimeout === undefined ? this.#target : { ...this.#target, connectTimeout: this.#connectTimeout }
  }

  get local(): boolean {
    return this.#target.kind === 'local'
  }

  /** Lets go of the connection and all that is on it: the next step logs in anew, in so many seconds. */
  drop(connectTimeout?: number): void {
    this.#closeAll()
    this.#sessions.clear()
    this.#connection = undefined
    this.#connectTimeout = connectTimeout
  }

  /** Ends everything at once; also a login that is still under way. */
  close(): void {
    this.#abort.abort()
    this.#closeAll()
  }

  #closeAll(): void {
    for (const { opening } of this.#sessions.values()) {
      opening.then((session) => session.close()).catch(() => undefined)
    }
    this.#connection?.then((connection) => connection.close()).catch(() => undefined)
  }
}

export function keyOf(become: Become | undefined): string {
  return become ? `${become.method}:${become.user}` : ''
}
