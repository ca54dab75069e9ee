import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from './abort.ts'
import { Unreachable } from './transport.ts'

export interface Retries {
  /** How often, whatever may help; left out: `usualRetries` for what is over soon, none for the rest. */
  readonly retries?: number | undefined
  readonly signal: AbortSignal
  /** Before a pause, in milliseconds: what failed, for the how manieth time. */
  readonly onRetry: (failure: Unreachable, tries: number, pause: number) => void
  /** Milliseconds after so many tries; left out: they grow. */
  readonly pauseAfter?: (tries: number) => number
}

/** Unasked: a sshd that drops logins (MaxStartups) has let most of a fleet in after that. */
const usualRetries = 3
/** Milliseconds before the second try; twice as long before each further one, as far as Ansible goes. */
const firstPause = 500
const longestPause = 30_000

/**
 * Tries again what another try may cure, with pauses that grow and differ, so that a fleet does not come back as one.
 * @throws Unreachable that names the tries; or the signal's reason when it is aborted
 */
export async function withRetries<T>(work: () => Promise<T>, options: Retries): Promise<T> {
  const { retries, signal, onRetry, pauseAfter: pauseFor = pauseAfter } = options
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      if (signal.aborted || tries > retriesFor(error, retries)) throw tries === 1 ? error : after(error, tries)
      const pause = pauseFor(tries)
      onRetry(error, tries, pause)
      await sleep(pause, undefined, { signal }).catch(() => Promise.reject(reasonOf(signal)))
    }
  }
}

function retriesFor({ retry }: Unreachable, asked: number | undefined): number {
  if (retry === 'never') return 0
  return asked ?? (retry === 'soon' ? usualRetries : 0)
}

/** Half of it is chance. */
export function pauseAfter(tries: number, chance = Math.random()): number {
  const whole = Math.min(longestPause, firstPause * 2 ** (tries - 1))
  return Math.round((whole * (1 + chance)) / 2)
}

function after({ phase, message, hint, retry }: Unreachable, tries: number): Unreachable {
  return new Unreachable(phase, `${message} (${tries} tries)`, hint, retry)
}
