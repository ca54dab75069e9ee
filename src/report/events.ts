import type { Change, Diff } from '../modules/define.ts'
import type { ForwardProof } from '../modules/proofs/proof.ts'
import type { Mapping } from '../source/value.ts'

/**
 * What happens in a run, as one stream. Reporters subscribe to it and know nothing else of the engine. Texts and
 * values are already redacted: no reporter ever sees a secret.
 */
export type RunEvent =
  | { readonly event: 'run-start'; readonly playbooks: readonly string[]; readonly mode: RunMode }
  | {
      readonly event: 'play-start'
      readonly play: string
      readonly hosts: readonly string[]
      /** How many tasks a host has in this play at most, handlers left out. */
      readonly tasks: number
    }
  | {
      readonly event: 'batch-start'
      readonly play: string
      readonly batch: number
      readonly batches: number
      readonly hosts: readonly string[]
    }
  | { readonly event: 'host-start'; readonly host: string; readonly play: string }
  | { readonly event: 'task-start'; readonly host: string; readonly task: TaskRef; readonly item?: string }
  | TaskEvent
  | {
      readonly event: 'host-end'
      readonly host: string
      readonly play: string
      readonly state: HostState
      /** What the host cost on the network; left out where it was never started. */
      readonly cost?: { readonly connections: number; readonly channels: number; readonly exchanges: number }
      /** With `--profile`. */
      readonly profile?: HostProfile
    }
  | { readonly event: 'warning'; readonly message: string; readonly host?: string; readonly task?: TaskRef }
  /** A word to the person that is neither result nor warning: "waiting for the lock of …", `debug`'s text goes as a task event. */
  | {
      readonly event: 'notice'
      readonly message: string
      readonly host?: string
      /** For those who want to know more (`-v`). */
      readonly detail?: true
    }
  /** Comes before the outcome of the task that looked. */
  | (ForwardProof & {
      readonly event: 'proof'
      readonly host: string
      readonly proves: string
      readonly does_not_prove: string
    })
  | { readonly event: 'play-end'; readonly play: string }
  | {
      readonly event: 'recap'
      readonly hosts: Readonly<Record<string, HostStats>>
      readonly ms: number
      readonly exitCode: number
      readonly cancelled: boolean
    }

/** Where a host's time in a play went, in milliseconds. */
export interface HostProfile {
  readonly total: number
  /** Until a shell was there: TCP, SSH, sudo. */
  readonly connect: number
  /** On the way to the host and back. */
  readonly exchange: number
  /** At work on the host. */
  readonly host: number
  /** What is left: at work here. */
  readonly controller: number
  /** For other hosts, or because a task says so. */
  readonly waiting: number
  /** At work on the host, by the place of the task. */
  readonly tasks: Readonly<Record<string, number>>
}

/** `verify` runs what is tagged so, as a check does: it changes nothing. */
export type RunMode = 'apply' | 'check' | 'apply-check' | 'verify'

/** `host-end`: how the host left the play. */
export type HostState = 'done' | 'failed' | 'unreachable' | 'cancelled' | 'not-started'

export interface TaskRef {
  readonly name: string
  readonly module: string
  readonly role?: string
  /** file:line of the task. */
  readonly at: string
  readonly handler?: boolean
}

export type OutcomeKind =
  'ok' | 'changed' | 'may-change' | 'failed' | 'unreachable' | 'skipped' | 'timed-out' | 'cancelled'

/**
 * One task's (or one loop item's) outcome on one host. In a check run `changed` means "would change".
 *
 * A loop sends one event per item, with `item`, and then one for the task as a whole, without: the item events
 * inform, only the task's own is counted. A retried task (`until`) sends its last outcome only.
 */
export interface TaskEvent {
  readonly event: 'task'
  readonly host: string
  readonly task: TaskRef
  readonly item?: string
  readonly outcome: OutcomeKind
  readonly check: boolean
  readonly changes: readonly Change[]
  readonly diffs?: readonly Diff[]
  /** Failure, skip or "may change" reason: one clear line first, details after a line break. */
  readonly message?: string
  readonly hint?: string
  /** True when a failure is ignored (`ignore_errors`). */
  readonly ignored?: boolean
  /** True when a failure sends the host into a block's `rescue`: counted as rescued, not as failed. */
  readonly rescued?: boolean
  /** What `register` would see; left out under `no_log`. */
  readonly result?: Mapping
  readonly ms: number
}

export interface HostStats {
  readonly ok: number
  readonly changed: number
  readonly 'may-change': number
  readonly failed: number
  readonly unreachable: number
  readonly skipped: number
  readonly rescued: number
  readonly ignored: number
}

/** Takes events as they come; `end` resolves when everything is written, and rejects when it could not be. */
export interface Reporter {
  on(event: RunEvent): void
  end(): Promise<void>
  /** Leaves the terminal to somebody else (a prompt) until `resume`; what happens meanwhile is shown afterwards. */
  suspend?(): void
  resume?(): void
}
