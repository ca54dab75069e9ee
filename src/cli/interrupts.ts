import { RunTimeout } from '../engine/run.ts'
import { milliseconds } from '../timers.ts'

export interface Interrupts {
  readonly stop: AbortSignal
  readonly kill: AbortSignal
  /** 130 after Ctrl-C, 143 after a TERM, else undefined. */
  exitCode(): number | undefined
  dispose(): void
}

/**
 * The first Ctrl-C (or TERM) lets running tasks finish and starts no new ones; the second ends everything now, and so
 * does the end of the run's time, in seconds.
 */
export function handleInterrupts(limit: number | undefined): Interrupts {
  const stop = new AbortController()
  const kill = new AbortController()
  let code: number | undefined
  const handle = (own: number) => () => {
    code ??= own
    if (!stop.signal.aborted) {
      process.stderr.write('\nstopping: running tasks finish, no new ones start; once more to stop now\n')
      stop.abort(own)
    } else if (!kill.signal.aborted) kill.abort()
    else process.exit(code)
  }
  const onInt = handle(130)
  const onTerm = handle(143)
  const over = (): void => {
    process.stderr.write(`\nthe run's ${limit} s are over (--run-timeout): what is not done is left\n`)
    stop.abort(new RunTimeout())
    kill.abort()
  }
  const timer = limit === undefined ? undefined : setTimeout(over, milliseconds(limit))
  process.on('SIGINT', onInt)
  process.on('SIGTERM', onTerm)
  return {
    stop: stop.signal,
    kill: kill.signal,
    exitCode: () => code,
    dispose() {
      clearTimeout(timer)
      process.off('SIGINT', onInt)
      process.off('SIGTERM', onTerm)
    },
  }
}
