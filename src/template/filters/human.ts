import { Fault } from '../errors.ts'
import { fixed } from '../python/number-format.ts'

const sizes: readonly (readonly [string, number])[] = ['Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'K', 'B'].map(
  (letter, index) => [letter, 1024 ** (8 - index)] as const,
)

/** `1048576` as `1.00 MB`, or in a given unit. */
export function humanReadable(size: number, bits: boolean, unit: string | undefined): string {
  const base = bits ? 'bits' : 'Bytes'
  const [letter, limit] = sizes.find(([name, from]) =>
    unit === undefined ? size >= from : unit.toUpperCase() === name,
  ) ?? ['B', 1]
  return `${fixed(size / limit, 2)} ${limit === 1 ? base : letter + base.slice(0, 1)}`
}

/** `10M`, `1.5 GB` or (as bits) `8Mb` as a plain number. */
export function humanToBytes(text: string, defaultUnit: string | undefined, bits: boolean): number {
  const [, digits = '', written] = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/.exec(text) ?? []
  const number = digits === '' || digits === '.' ? NaN : Number(digits)
  if (Number.isNaN(number)) throw new Fault(`human_to_bytes() can't interpret following string: ${text}`)
  const unit = written ?? defaultUnit
  if (unit === undefined || unit === '') return Number(fixed(number, 0))
  const limit = sizes.find(([letter]) => letter === unit.charAt(0).toUpperCase())?.[1]
  if (limit === undefined)
    throw new Fault(
      `human_to_bytes() failed to convert ${text} (unit = ${unit}). The suffix must be one of ${sizes.map(([letter]) => letter).join(', ')}`,
    )
  const [mark, word] = bits ? ['b', 'bit'] : ['B', 'byte']
  // `Mb` for bytes (or `MB` for bits) is refused rather than guessed at.
  if (unit.length > 1 && !unit.toLowerCase().includes(word) && unit.charAt(1) !== mark)
    throw new Fault(
      `human_to_bytes() failed to convert ${text}: expected the unit ${unit.charAt(0).toUpperCase()}${mark}`,
    )
  return Number(fixed(number * limit, 0))
}
