import type { OutcomeKind, TaskEvent } from './events.ts'
import type { Tone } from './theme.ts'

/** The word for an outcome; a check run announces, so its words say "would". */
export function outcomeWord(outcome: OutcomeKind, check: boolean): string {
  switch (outcome) {
    case 'changed':
      return check ? 'would change' : 'changed'
    case 'may-change':
      return 'may change'
    case 'timed-out':
      return 'timed out'
    case 'ok':
    case 'failed':
    case 'unreachable':
    case 'skipped':
    case 'cancelled':
      return outcome
  }
}

export function outcomeTone(outcome: OutcomeKind): Tone {
  switch (outcome) {
    case 'ok':
      return 'good'
    case 'changed':
      return 'change'
    case 'may-change':
      return 'maybe'
    case 'failed':
    case 'timed-out':
      return 'bad'
    case 'unreachable':
    case 'cancelled':
      return 'lost'
    case 'skipped':
      return 'quiet'
  }
}

/** A failure of the task, whatever becomes of it: rescued, ignored, or the end of the host's play. */
export function isFailure(outcome: OutcomeKind): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'unreachable'
}

/** A failure that nothing caught: the host leaves the play. */
export function isFatal(event: TaskEvent): boolean {
  return isFailure(event.outcome) && event.ignored !== true && event.rescued !== true
}
