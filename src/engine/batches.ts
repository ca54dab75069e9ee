import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { plainText, type Value } from '../source/value.ts'

/**
 * `serial` cuts a play's hosts into batches: a number, a percentage, or a list of both whose last entry repeats.
 * A percentage is of all hosts, at least one host.
 */
export function cutBatches(hosts: readonly string[], serial: Value | undefined, at?: Position): string[][] {
  if (serial === undefined || serial === null || hosts.length === 0) return hosts.length > 0 ? [[...hosts]] : []
  const sizes = (Array.isArray(serial) ? serial : [serial]).map((size) => sizeOf(size as Value, hosts.length, at))
  const batches: string[][] = []
  for (let start = 0, index = 0; start < hosts.length; index++) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? hosts.length
    batches.push(hosts.slice(start, start + size))
    start += size
  }
  return batches
}

function sizeOf(size: Value, total: number, at: Position | undefined): number {
  const text = plainText(size).trim()
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent) return Math.max(1, Math.floor((Number(percent[1]) / 100) * total))
  if (/^-?\d+$/.test(text)) return Number(text) > 0 ? Number(text) : total
  throw new UserError(`serial: expected a number or a percentage, got '${text}'`, { at })
}
