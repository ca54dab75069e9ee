import type { Host } from './host.ts'
import type { Failure } from './outcome.ts'
import type { Become } from '../shell/become.ts'
import type { Controller, Module, Plan } from '../modules/define.ts'
import type { Value } from '../source/value.ts'
import type { Target } from '../transport/transport.ts'
import type { TaskScope } from '../variables/scope.ts'

/** One task, or one item of its loop, on one host, with everything rendered: ready to be probed. */
export interface Unit {
  readonly module: Module
  /** Where its task stands. */
  readonly at: string
  readonly wish: unknown
  readonly controller: Controller
  readonly scope: TaskScope
  readonly item: LoopItem | undefined
  readonly become: Become | undefined
  /** The host it runs on: another one where the task is delegated. */
  readonly host: Host
  /** How that host is reached. */
  readonly target: Target
  readonly environment: Readonly<Record<string, string>>
  /** Seconds the host gives it; undefined: the session's default. */
  readonly timeout: number | undefined
  /** It runs in the background of the host (`async`). */
  readonly job: JobTerms | undefined
  /** Seconds in which a new login has to confirm the change; undefined: none has to. */
  readonly confirm: number | undefined
  readonly check: boolean
  readonly noLog: boolean
  /** Undefined until it was looked at. */
  probed: Probed | undefined
}

/** How long a job may take, and how often it is looked at: in seconds, 0 for never. */
export interface JobTerms {
  readonly limit: number
  readonly poll: number
}

/** What the last probe said. `epoch` counts the changes this run had made on the host by then. */
export type Probed =
  | {
      readonly state: unknown
      readonly epoch: number
      /** A change of another run waits on the host for its confirmation: what was seen may be taken back. */
      readonly pending?: boolean
    }
  | { readonly failed: Failure; readonly epoch: number }

export interface Planned {
  readonly plan: Plan
  /** The unit's wish, completed by what the state asked for. */
  readonly wish: unknown
  readonly state: unknown
}

export interface LoopItem {
  readonly label: string
  readonly variable: string
  readonly value: Value
  /** What else it defines, also for the task's result: `ansible_loop_var`, the index, `ansible_loop`. */
  readonly names: ReadonlyMap<string, Value>
}

/** A task on a host: units to run, or why there are none. */
export type Prepared =
  | { readonly kind: 'units'; readonly units: readonly LoopUnit[]; readonly looped: boolean }
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Rendering failed in a way that is the task's failure on this host. */
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | undefined }

/** A loop item whose condition does not hold. */
export interface SkippedItem {
  readonly skipped: string
  readonly item: LoopItem | undefined
}

/** A loop item that is rendered when its turn comes, because the items before it may change what it comes out as. */
export interface LaterItem {
  later(): Promise<Unit | SkippedItem>
}

export type LoopUnit = Unit | SkippedItem | LaterItem

export function isUnit(entry: LoopUnit): entry is Unit {
  return 'module' in entry
}

export function isLater(entry: LoopUnit): entry is LaterItem {
  return 'later' in entry
}
