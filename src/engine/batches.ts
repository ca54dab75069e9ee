import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { plainText, type Value } from '../source/value.ts'

/** How many hosts a batch takes of this many. */
export type BatchSize = (total: number) => number

/**
 * `serial`: a number, a percentage, or a list of both whose last entry repeats. A percentage is of all hosts, at
 * least one host.
 */
export function batchSizes(serial: Value | undefined, at?: Position): readonly BatchSize[] {
  if (serial === undefined || serial === null) return []
  return (Array.isArray(serial) ? serial : [serial]).map((size) => batchSize(size as Value, at))
}

/** Cuts a play's hosts into batches; without sizes they are one. */
export function cutBatches(hosts: readonly string[], sizes: readonly BatchSize[]): string[][] {
  const batches: string[][] = []
  for (let start = 0, index = 0; start < hosts.length; index++) {
    const size = sizes[Math.min(index, sizes.length - 1)]?.(hosts.length) ?? hosts.length
    batches.push(hosts.slice(start, start + size))
    start += size
  }
  return batches
}

function batchSize(size: Value, at: Position | undefined): BatchSize {
  const text = plainText(size).trim()
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent) return (total) => Math.max(1, Math.floor((Number(percent[1]) / 100) * total))
  if (/^-?\d+$/.test(text)) return (total) => (Number(text) > 0 ? Number(text) : total)
  throw new UserError(`serial: expected a number or a percentage, got '${text}'`, { at })
}
