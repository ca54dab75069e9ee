import type { Gate } from './gate.ts'
import type { HostTasks } from './host-tasks.ts'
import type { Past } from './past.ts'
import type { Place } from './place.ts'

/** How far the hosts of a play are, for those that look at the others. */
export interface Progress {
  readonly past: Past
  /** Whether hosts wait for each other: what one knows at a place is then the same for all who look. */
  readonly inStep: boolean
  /** Whether everything before the place has happened on all hosts of the batch, as far as the strategy cares. */
  isOpen(place: Place): boolean
  /** What another host of the play has to do; undefined for one that is not in it. */
  tasks(host: string): HostTasks | undefined
  /** The hosts that were still in when all had come to this place. */
  left(of: 'play' | 'batch', place: Place): readonly string[]
  /** The host failed there, or the play ended there for it. */
  leave(host: string, place: Place): void
}

export interface ProgressInput {
  readonly gate: Gate
  readonly past: Past
  readonly inStep: boolean
  /** The hosts that were in when the batch began. */
  readonly play: readonly string[]
  readonly batch: readonly string[]
  tasks(host: string): HostTasks | undefined
}

export function createProgress({ gate, past, inStep, play, batch, tasks }: ProgressInput): Progress {
  const out = new Map<string, Place>()
  return {
    past,
    inStep,
    tasks,
    isOpen: (place) => gate.isOpen(place),
    left: (of, place) => (of === 'play' ? play : batch).filter((host) => !((out.get(host) ?? place) < place)),
    leave: (host, place) => out.set(host, place),
  }
}
