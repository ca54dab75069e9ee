import type { StepResult, Upload } from '../modules/define.ts'
import type { Become } from '../shell/become.ts'
import { lockStep, parseLockAnswer, shareLockStep } from '../shell/lock.ts'
import type { Step } from '../shell/protocol.ts'
import { type Heard, Session } from '../shell/session.ts'
import { withRetries } from '../transport/retries.ts'
import type { Stopwatch } from './profile.ts'
import { type Connection, type Target, type Transport, Unreachable } from '../transport/transport.ts'

/** Seconds a second run waits for the first one to finish with a host. */
const lockPatience = 600
const lockRound = 30
/** Milliseconds after which a host that has not let us in counts as one that does not answer. */
const promptness = 1000
/**
 * Hosts that delegate to one host work there side by side, over its one connection: sshd lets ten channels share it
 * (MaxSessions), and uploads need some too.
 */
const shellsPerUser = 6

/** The host's lock is held by another run for longer than we wait. */
export class Locked extends Error {}

/** What happens around the exchanges of a host and concerns a person. */
export interface SessionNotices {
  warning(message: string): void
  notice(message: string): void
  /** A notice for those who want to know more (`-v`). */
  detail(message: string): void
  /** The host does not answer at once: called when that begins, what it returns when it is over. */
  waiting(): () => void
}

/** A shell that nothing else uses. */
export interface OwnShell {
  exchange(steps: readonly Step[]): Promise<StepResult[]>
  close(): void
}

/** Round trips spent, for tests and profiles. */
export interface SessionCount {
  connections: number
  channels: number
  exchanges: number
}

/**
 * One connection to a host and, on it, one shell for each user that tasks really run as (more only where several hosts
 * work here at once); everything is opened when it is first needed.
 */
export class HostSessions {
  readonly #transport: Transport
  readonly #target: Target
  /** Says who works on the host, to people and to the other sessions of this run: unique. */
  readonly #holder: string
  readonly #notices: SessionNotices
  readonly #abort = new AbortController()
  readonly #slots = new Map<string, readonly Slot[]>()
  /** Who waits for a shell to be free. */
  readonly #waiting: (() => void)[] = []
  /** Seconds for the logins from now on; undefined: the target's own. */
  #connectTimeout: number | undefined
  readonly count: SessionCount
  readonly #stopwatch: Stopwatch | undefined
  #connection: Promise<Connection> | undefined

  constructor(
    transport: Transport,
    target: Target,
    {
      holder,
      count,
      stopwatch,
      ...notices
    }: SessionNotices & {
      readonly holder: string
      readonly count: SessionCount
      readonly stopwatch?: Stopwatch | undefined
    },
  ) {
    this.#transport = transport
    this.#target = target
    this.#holder = holder
    this.count = count
    this.#stopwatch = stopwatch
    this.#notices = notices
  }

  /** Logs in, once; call it early to log in while something else is prepared. */
  connect(): Promise<Connection> {
    if (this.#connection) return this.#connection
    const connecting = this.#login()
    this.#connection = connecting
    // What is over is not used again: a task may go on without this host, and a later one tries again.
    const over = () => {
      if (this.#connection === connecting) this.#connection = undefined
    }
    connecting.then(({ lost }) => lost.then(over)).catch(over)
    return connecting
  }

  async #login(): Promise<Connection> {
    const target = this.#loginTarget()
    const { signal } = this.#abort
    const login = (): Promise<Connection> => {
      this.count.connections++
      return this.#transport.connect(target, signal)
    }
    const connection = await withRetries(login, {
      retries: target.retries,
      signal,
      onRetry: ({ message }, tries, pause) =>
        this.#notices.detail(`login ${tries} failed, again in ${(pause / 1000).toFixed(1)} s: ${message}`),
    })
    for (const warning of connection.warnings) this.#notices.warning(warning)
    return connection
  }

  /**
   * A shell on a connection of its own, over new TCP connections all the way: that it opens within so many milliseconds
   * shows that the host can be reached now.
   * @throws Unreachable, BecomeError
   */
  async openAnew(become: Become | undefined, limit: number): Promise<OwnShell> {
    this.count.connections++
    const target = { ...this.#target, connectTimeout: Math.min(limit / 1000, this.#target.connectTimeout) }
    const overdue = AbortSignal.timeout(Math.ceil(limit))
    const connecting = this.#transport.connect(target, AbortSignal.any([overdue, this.#abort.signal]), { fresh: true })
    const connection = await connecting.catch((error: unknown) => {
      throw overdue.aborted && error === overdue.reason ? new Unreachable('timeout', 'no login in time') : error
    })
    const close = () => connection.close()
    this.#abort.signal.addEventListener('abort', close)
    this.count.channels++
    // A shell tells nothing before it is asked: what gets no answer ends with the time of its first step.
    const session = await Session.open(connection, become).catch((error: unknown) => {
      close()
      throw error
    })
    return {
      exchange: (steps) => {
        this.count.exchanges++
        return session.exchange(steps)
      },
      close: () => {
        this.#abort.signal.removeEventListener('abort', close)
        close()
      },
    }
  }

  /** Read-only steps. */
  look(become: Become | undefined, steps: readonly Step[]): Promise<StepResult[]> {
    this.count.exchanges++
    return this.#use(become, ({ session }) => this.#exchange(session, steps))
  }

  #exchange(session: Session, steps: readonly Step[], heard?: Heard): Promise<StepResult[]> {
    return this.#stopwatch ? this.#stopwatch.exchange(session, steps, heard) : session.exchange(steps, heard)
  }

  /**
   * A change and the probes behind it, in one exchange, under the run lock. `undefined`: the lock was held by another
   * run, which is done now; nothing was changed and everything known of the host is stale. `heard` is told of each step
   * as soon as it has ended.
   */
  change(
    become: Become | undefined,
    steps: readonly Step[],
    uploads: readonly Upload[],
    heard?: Heard,
  ): Promise<StepResult[] | undefined> {
    return this.#use(become, async ({ session, slot }) => {
      if (uploads.length > 0) {
        if (!slot.locked && !(await this.#takeLock(session, slot, []))) return undefined
        for (const upload of uploads) await session.upload(upload)
      }
      this.count.exchanges++
      return slot.locked ? this.#exchange(session, steps, heard) : this.#takeLock(session, slot, steps, heard)
    })
  }

  async #takeLock(
    session: Session,
    slot: Slot,
    steps: readonly Step[],
    heard?: Heard,
  ): Promise<StepResult[] | undefined> {
    const [first, ...results] = await this.#exchange(session, [lockStep(this.#holder, 0), ...steps], behindLock(heard))
    const answer = parseLockAnswer(first?.stdout.toString() ?? '')
    if (answer.kind !== 'busy') {
      slot.locked = true
      return results
    }
    // Another session of this very run: a second user on this host, or a machine that the inventory has twice.
    if (answer.holder === this.#holder) return this.#shareLock(session, slot, steps, heard)
    this.#notices.notice(`waiting for another run to finish here: ${answer.holder}`)
    // A short round first: should it be this run after all, it waits for itself no longer than that.
    for (let waited = 0, round = 2; waited < lockPatience; waited += round, round = lockRound) {
      const [result] = await this.#exchange(session, [lockStep(this.#holder, round)])
      const now = parseLockAnswer(result?.stdout.toString() ?? '')
      if (now.kind === 'busy' && now.holder === this.#holder) return this.#shareLock(session, slot, steps, heard)
      if (now.kind === 'busy') continue
      slot.locked = true
      return undefined
    }
    throw new Locked(`another run has been working on this host for ${lockPatience} s: ${answer.holder}`)
  }

  async #shareLock(
    session: Session,
    slot: Slot,
    steps: readonly Step[],
    heard: Heard | undefined,
  ): Promise<StepResult[]> {
    const [, ...results] = await this.#exchange(session, [shareLockStep, ...steps], behindLock(heard))
    slot.locked = true
    return results
  }

  /** Works with a shell of this user that is free; opens one more while there may be more, and waits otherwise. */
  async #use<T>(become: Become | undefined, work: (shell: { session: Session; slot: Slot }) => Promise<T>): Promise<T> {
    const slot = await this.#take(become)
    try {
      return await work({ session: await this.#patiently(slot.opening), slot })
    } catch (error) {
      if (error instanceof Unreachable) this.#drop(become, slot)
      throw error
    } finally {
      slot.busy = false
      this.#waiting.splice(0).forEach((look) => look())
    }
  }

  /** Lets others work while this host keeps us waiting at its door. */
  async #patiently<T>(opening: Promise<T>): Promise<T> {
    let over = (): void => undefined
    const timer = setTimeout(() => (over = this.#notices.waiting()), promptness)
    try {
      return await opening
    } finally {
      clearTimeout(timer)
      over()
    }
  }

  #drop(become: Become | undefined, slot: Slot): void {
    const key = keyOf(become)
    this.#slots.set(
      key,
      (this.#slots.get(key) ?? []).filter((other) => other !== slot),
    )
    closeSlot(slot)
  }

  async #take(become: Become | undefined): Promise<Slot> {
    const key = keyOf(become)
    for (;;) {
      const slots = this.#slots.get(key) ?? []
      let slot = slots.find(({ busy }) => !busy)
      if (!slot && slots.length < shellsPerUser) {
        this.count.channels++
        const opening = this.#open(become)
        slot = { opening, locked: false, busy: false }
        this.#slots.set(key, [...slots, slot])
      }
      if (slot) {
        slot.busy = true
        return slot
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async #open(become: Become | undefined): Promise<Session> {
    const started = performance.now()
    try {
      return await Session.open(await this.connect(), become)
    } finally {
      this.#stopwatch?.connected(performance.now() - started)
    }
  }

  /** The next step as this user opens a session anew. */
  forget(become: Become | undefined): void {
    const slots = this.#slots.get(keyOf(become)) ?? []
    this.#slots.delete(keyOf(become))
    for (const slot of slots) closeSlot(slot)
  }

  #loginTarget(): Target {
    if (this.#connectTimeout === undefined) return this.#target
    // Whoever says so tries again at their own pace.
    return { ...this.#target, connectTimeout: this.#connectTimeout, retries: 0 }
  }

  /** Lets go of the connection and all that is on it: the next step logs in anew, in so many seconds. */
  drop(connectTimeout?: number): void {
    this.#closeAll()
    this.#connection = undefined
    this.#connectTimeout = connectTimeout
  }

  /** Ends everything at once; also a login that is still under way. */
  close(): void {
    this.#abort.abort(new Unreachable('lost', 'the connection was closed'))
    this.#closeAll()
  }

  #closeAll(): void {
    for (const slot of [...this.#slots.values()].flat()) closeSlot(slot)
    this.#slots.clear()
    this.#connection?.then((connection) => connection.close()).catch(() => undefined)
  }
}

/** Steps count without the one that takes the lock before them. */
const behindLock = (heard: Heard | undefined): Heard | undefined =>
  heard && ((index, code) => index > 0 && heard(index - 1, code))

/** A shell of one user on the host; it does one exchange at a time. */
interface Slot {
  readonly opening: Promise<Session>
  locked: boolean
  busy: boolean
}

function closeSlot({ opening }: Slot): void {
  opening.then((session) => session.close()).catch(() => undefined)
}

export function keyOf(become: Become | undefined): string {
  return become ? [become.method, become.user, become.exe, ...(become.flags ?? [])].join(':') : ''
}
