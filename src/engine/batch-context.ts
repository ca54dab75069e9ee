import type { Task } from '../playbook/playbook.ts'
import type { RunEvent } from '../report/events.ts'
import type { Redactor } from '../variables/redaction.ts'
import type { Gate } from './gate.ts'
import type { HostPrepareContext } from './host-tasks.ts'
import type { Links } from './links.ts'
import type { Place } from './place.ts'
import type { RunInput } from './plan-run.ts'
import type { Pool } from './pool.ts'
import type { Progress } from './progress.ts'
import type { Rendezvous } from './rendezvous.ts'
import type { RunOnce } from './run-once.ts'

/** What a host's run needs of the batch it belongs to. */
export interface BatchContext {
  readonly gate: Gate
  readonly progress: Progress
  readonly redactor: Redactor
  readonly handlers: readonly Task[]
  readonly diff: boolean
  /** The run is there to prove, and changes nothing. */
  readonly verifies: boolean
  readonly prepare: Omit<HostPrepareContext, 'target'>
  readonly links: Links
  /** Undefined where every host goes its own way. */
  readonly runOnce: RunOnce | undefined
  /** `throttle`: the slots that all hosts share for a task. */
  slots(task: Task, size: number): Pool
  emit(event: RunEvent): void
  /** True once no task at this place may start: interrupted, or too many hosts failed. */
  stopped(place: Place): boolean
  /** Where one host decides for all. */
  readonly rendezvous: Rendezvous
  /** `meta` ended the play, or this batch's part of it. */
  end(what: 'play' | 'batch'): void
  /** True once it did. */
  ended(): boolean
  /** Hosts of the play that failed or went away take part in later plays again. */
  forgive(): void
  /** Aborted by the first Ctrl-C: what only waits need not. */
  readonly interrupted: AbortSignal
  /** The same work for all hosts of the batch: done by the first, its result is everybody's. */
  once<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Asks whoever sits at the terminal; left out: nobody does. */
  readonly ask?: RunInput['ask']
  /** Gives the fork slot away while the host waits for others. */
  whileWaiting<T>(wait: () => Promise<T>): Promise<T>
  /** The host failed; the batch decides what that means for the others. */
  failed(host: string, place: Place, fatal: boolean): void
}
