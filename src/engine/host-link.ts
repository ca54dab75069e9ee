import type { Duplex } from 'node:stream'
import type { StepResult, Upload } from '../modules/define.ts'
import type { Step } from '../shell/protocol.ts'
import { BecomeError } from '../shell/open-shell.ts'
import { Unreachable, type Target } from '../transport/transport.ts'
import type { Host } from './host.ts'
import { keyOf, type HostSessions } from './sessions.ts'
import type { Unit } from './unit.ts'

/** What an exchange showed, and how old it is: a change made since then makes it stale. */
export interface Seen {
  readonly results: StepResult[]
  readonly epoch: number
}

/** What a change came to, and the epoch that begins with it. */
export interface Done<T> {
  readonly value: T
  readonly epoch: number
}

/** A play's exchanges with one host, its own tasks' and those that others delegate to it. */
export class HostLink {
  readonly host: Host
  readonly #open: (target: Target) => HostSessions
  /** By target: tasks may name a user or a connection of their own. */
  readonly #sessions = new Map<string, HostSessions>()
  /** Session keys that sudo refused ahead of their turn. */
  readonly #refused = new Set<string>()
  #users = 0
  #changing: Promise<unknown> = Promise.resolve()
  /** Counts changes: what was probed in an earlier epoch is stale. */
  epoch = 0

  constructor(host: Host, open: (target: Target) => HostSessions) {
    this.host = host
    this.#open = open
  }

  async look(unit: Unit, steps: readonly Step[]): Promise<Seen> {
    const { epoch } = this
    return { results: await this.#at(unit.target).look(unit.become, steps), epoch }
  }

  /**
   * Looks for tasks whose turn has not come. That one cannot become their user or reach another host is theirs to say: a
   * task before them may create it. It is not tried again before their turn, since wrong passwords may lock an account.
   */
  async lookAhead(unit: Unit, steps: readonly Step[], own: boolean): Promise<Seen | undefined> {
    const key = this.sessionKey(unit)
    if (this.#refused.has(key)) return undefined
    try {
      return await this.look(unit, steps)
    } catch (error) {
      if (!(error instanceof BecomeError || (error instanceof Unreachable && !own))) throw error
      this.#refused.add(key)
      this.#at(unit.target).forget(unit.become)
      return undefined
    }
  }

  /**
   * Steps of which the first changes the host; undefined when nothing was changed because what is known of the host is
   * out of date. A planned change says on which `epoch` its plan was made, and is alone on the host; actions are not.
   */
  async change(
    unit: Unit,
    steps: readonly Step[],
    uploads: readonly Upload[],
    epoch?: number,
  ): Promise<Seen | undefined> {
    const send = (sessions: HostSessions) => sessions.change(unit.become, steps, uploads)
    const done = await (epoch === undefined ? this.#send(unit, send) : this.alone(unit, epoch, send))
    return done?.value && { results: done.value, epoch: done.epoch }
  }

  /** A planned change in as many exchanges as it takes; undefined when its plan is out of date. */
  alone<T>(unit: Unit, epoch: number, work: (sessions: HostSessions) => Promise<T>): Promise<Done<T> | undefined> {
    const turn = this.#changing.then(() => (epoch === this.epoch ? this.#send(unit, work) : undefined))
    this.#changing = turn.catch(() => undefined)
    return turn
  }

  async #send<T>(unit: Unit, work: (sessions: HostSessions) => Promise<T>): Promise<Done<T>> {
    let value: T
    try {
      value = await work(this.#at(unit.target))
    } finally {
      this.epoch++
    }
    return { value, epoch: this.epoch }
  }

  async forward(unit: Unit, host: string, port: number): Promise<Duplex> {
    return (await this.#at(unit.target).connect()).forward(host, port)
  }

  /** See `HostSessions.drop`; what was known of the host may be another after that. */
  drop(unit: Unit, connectTimeout?: number): void {
    this.#at(unit.target).drop(connectTimeout)
    this.epoch++
  }

  dropAll(): void {
    for (const sessions of this.#sessions.values()) sessions.drop()
    this.epoch++
  }

  sessionKey(unit: Unit): string {
    return [this.host.name, targetKey(unit.target), keyOf(unit.become)].join(' ')
  }

  /** The host went away for a while: whatever was known of it has to be looked at again. */
  outdate(): void {
    this.epoch++
  }

  hold(): void {
    this.#users++
  }

  /** The last one to let go closes the connections. */
  release(): void {
    this.#users--
    if (this.#users <= 0) this.close()
  }

  close(): void {
    for (const sessions of this.#sessions.values()) sessions.close()
    this.#sessions.clear()
  }

  #at(target: Target): HostSessions {
    const key = targetKey(target)
    let sessions = this.#sessions.get(key)
    if (!sessions) this.#sessions.set(key, (sessions = this.#open(target)))
    return sessions
  }
}

const keys = new WeakMap<Target, string>()

function targetKey(target: Target): string {
  let key = keys.get(target)
  if (key === undefined) keys.set(target, (key = JSON.stringify(target)))
  return key
}
