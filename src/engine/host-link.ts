import type { StepResult, Upload } from '../modules/define.ts'
import type { Step } from '../shell/protocol.ts'
import { BecomeError } from '../shell/session.ts'
import { keyOf, type HostSessions } from './sessions.ts'
import type { Unit } from './unit.ts'

/** A play's exchanges with one host, and how old what they showed is. */
export class HostLink {
  readonly #sessions: HostSessions
  /** Session keys that sudo refused ahead of their turn. */
  readonly #refused = new Set<string>()
  /** Counts changes: what was probed in an earlier epoch is stale. */
  epoch = 0

  constructor(sessions: HostSessions) {
    this.#sessions = sessions
  }

  look(unit: Unit, steps: readonly Step[]): Promise<StepResult[]> {
    return this.#sessions.look(unit.become, steps)
  }

  /**
   * Looks for tasks whose turn has not come. That one cannot become their user is theirs to say: a task before them
   * may create it. It is not tried again before their turn, since wrong passwords may lock an account.
   */
  async lookAhead(unit: Unit, steps: readonly Step[]): Promise<StepResult[] | undefined> {
    const key = this.sessionKey(unit)
    if (this.#refused.has(key)) return undefined
    try {
      return await this.look(unit, steps)
    } catch (error) {
      if (!(error instanceof BecomeError)) throw error
      this.#refused.add(key)
      this.#sessions.forget(unit.become)
      return undefined
    }
  }

  /** Steps of which the first changes the host. */
  async change(unit: Unit, steps: readonly Step[], uploads: readonly Upload[]): Promise<StepResult[] | undefined> {
    try {
      return await this.#sessions.change(unit.become, steps, uploads)
    } finally {
      this.epoch++
    }
  }

  /** See `HostSessions.drop`; what was known of the host may be another after that. */
  drop(connectTimeout?: number): void {
    this.#sessions.drop(connectTimeout)
    this.epoch++
  }

  get local(): boolean {
    return this.#sessions.local
  }

  sessionKey(unit: Unit): string {
    return keyOf(unit.become)
  }

  sameSession(one: Unit, other: Unit): boolean {
    return this.sessionKey(one) === this.sessionKey(other)
  }
}
