import type { Reporter } from './events.ts'

/** Several reporters as one; each is ended even when another one fails, and the first failure is thrown. */
export function tee(reporters: readonly Reporter[]): Reporter {
  return {
    on(event) {
      for (const reporter of reporters) reporter.on(event)
    },
    async end() {
      const results = await Promise.allSettled(reporters.map((reporter) => reporter.end()))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
    suspend() {
      for (const reporter of reporters) reporter.suspend?.()
    },
    resume() {
      for (const reporter of reporters) reporter.resume?.()
    },
  }
}
