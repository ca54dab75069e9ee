import { UserError } from '../errors.ts'
import type { Play, Templated } from '../playbook/playbook.ts'
import { plainText } from '../source/value.ts'
import { batchSizes, type BatchSize } from './batches.ts'
import type { RunOptions } from './options.ts'
import { playScope } from './play.ts'
import { keyword } from './keyword.ts'

/** A play's keywords about its hosts as a whole, rendered before anything is touched. */
export interface Pace {
  /** Of the batches; none: all hosts at once. */
  readonly sizes: readonly BatchSize[]
  readonly maxFailPercentage: number | undefined
}

/** Throws UserError where a keyword does not come out as what it should be. */
export function paceOf(play: Play, options: RunOptions): Pace {
  const scope = playScope(play, options)
  return {
    sizes: batchSizes(keyword(play.serial, scope), play.serial?.at),
    maxFailPercentage: percentage(play.maxFailPercentage, scope),
  }
}

function percentage(part: Templated | undefined, scope: ReturnType<typeof playScope>): number | undefined {
  const value = keyword(part, scope)
  if (value === undefined || value === null) return undefined
  const text = plainText(value).trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new UserError(`max_fail_percentage: expected a number, got '${text}'`, { at: part?.at })
}
