import type { StepResult } from '../modules/define.ts'
import type { HostProfile } from '../report/events.ts'
import type { Step } from '../shell/protocol.ts'
import type { Heard, Session } from '../shell/session.ts'
import { sh } from '../shell/script.ts'

/** Where a host's time went, for `--profile`; milliseconds. */
export interface Stopwatch {
  /** From the first word to the host until a shell is there. */
  connected(ms: number): void
  /** What waits for other hosts, or because a task says so, is nobody's work. */
  waited(ms: number): void
  /** Does the steps, and learns how long the host itself took for them. */
  exchange(session: Session, steps: readonly Step[], heard?: Heard): Promise<StepResult[]>
  /** At the end of the host's part, which took `total`. */
  read(total: number): HostProfile
}

/** Seconds since the host was started, by a builtin: its own clock, so that the network is not part of what it says. */
const uptime = sh`read -r _u _ </proc/uptime && printf %s "$_u"`

export function createStopwatch(): Stopwatch {
  const sums = { connect: 0, exchange: 0, host: 0, waiting: 0 }
  const tasks = new Map<string, number>()
  return {
    connected: (ms) => void (sums.connect += ms),
    waited: (ms) => void (sums.waiting += ms),
    async exchange(session, steps, heard) {
      const started = performance.now()
      const look = (timeout: number | undefined): Step => ({
        ...{ script: uptime, inSession: true },
        // Under the watchdog of its neighbour.
        ...(timeout !== undefined && { timeout }),
      })
      const all = await session.exchange(
        [look(steps[0]?.timeout), ...steps, look(steps.at(-1)?.timeout)],
        heard && ((index, code) => void (index > 0 && index <= steps.length && heard(index - 1, code))),
      )
      const took = performance.now() - started
      const results = all.slice(1, -1)
      const [from, to] = [all[0], all.at(-1)].map((clock) => Number.parseFloat(clock?.stdout.toString() ?? ''))
      const own = to !== undefined && from !== undefined ? (to - from) * 1000 : NaN
      // Where there is no such clock, answers that come one after the other tell the time.
      const host = Math.min(took, Number.isFinite(own) ? own : results.reduce((sum, { ms }) => sum + ms, 0))
      sums.host += host
      sums.exchange += took - host
      steps.forEach(({ owner }, index) => {
        if (owner !== undefined) tasks.set(owner, (tasks.get(owner) ?? 0) + (results[index]?.ms ?? 0))
      })
      return results
    },
    read(total) {
      const { connect, exchange, host, waiting } = sums
      const controller = Math.max(0, total - connect - exchange - host - waiting)
      const rounded = Object.fromEntries(
        Object.entries({ total, connect, exchange, host, controller, waiting }).map(([name, ms]) => [
          name,
          Math.round(ms),
        ]),
      ) as Omit<HostProfile, 'tasks'>
      return { ...rounded, tasks: Object.fromEntries([...tasks].map(([at, ms]) => [at, Math.round(ms)])) }
    },
  }
}
