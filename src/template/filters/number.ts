import { failUndefined, Fault } from '../errors.ts'
import { exactInt } from '../python/arithmetic.ts'
import { equal } from '../python/compare.ts'
import { fixed } from '../python/number-format.ts'
import { str } from '../python/repr.ts'
import { float, isFloat, numberOf, or, PyFloat, type PyValue, typeName, Undefined } from '../values.ts'
import { humanReadable, humanToBytes } from './human.ts'
import { filter, type FilterEntry } from './filter.ts'
import { truth } from '../python/truth.ts'

export function requireNumber(value: PyValue, what: string): number {
  const number = numberOf(value)
  if (number !== undefined) return number
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`${what} needs a number, not ${typeName(value)}`)
}

const integerText = /^[+-]?(?:0|[1-9](?:_?\d)*|0(?:_?0)*|\d(?:_?\d)*)$/
const floatText = /^[+-]?(?:(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:e[+-]?\d(?:_?\d)*)?|inf(?:inity)?|nan)$/i

/** Python's `float(text)`; undefined where it refuses. */
export function parseFloatText(text: string): number | undefined {
  const bare = text.trim()
  if (!floatText.test(bare)) return undefined
  const lower = bare.toLowerCase().replaceAll('_', '')
  if (lower.includes('inf')) return lower.startsWith('-') ? -Infinity : Infinity
  return lower.includes('nan') ? NaN : Number(lower)
}

/** Python's `int(text, base)`; undefined where it refuses. */
function parseIntText(text: string, base: number): number | undefined {
  const bare = text.trim().toLowerCase()
  if (base === 10) return integerText.test(bare) ? Number(bare.replaceAll('_', '')) : undefined
  const [, sign = '', prefix = '', digits = ''] = /^([+-]?)(0[xob])?_?([\da-z]+(?:_[\da-z]+)*)$/.exec(bare) ?? []
  const prefixBase = { '0x': 16, '0o': 8, '0b': 2, '': base || 10 }[prefix] ?? base
  if (prefix !== '' && base !== 0 && base !== prefixBase) return undefined
  const plain = digits.replaceAll('_', '')
  const valid = [...plain].every((digit) => parseInt(digit, 36) < prefixBase)
  return plain === '' || !valid ? undefined : parseInt(plain, prefixBase) * (sign === '-' ? -1 : 1)
}

function toInt(value: PyValue, fallback: PyValue, base: PyValue | undefined): PyValue {
  if (value instanceof Undefined) return failUndefined(value)
  if (typeof value === 'string') {
    const parsed = parseIntText(value, base === undefined ? 10 : requireNumber(base, 'int')) ?? parseFloatText(value)
    if (parsed === Infinity || parsed === -Infinity) throw new Fault('cannot convert float infinity to integer')
    return parsed === undefined || Number.isNaN(parsed) ? fallback : exactInt(Math.trunc(parsed))
  }
  const number = numberOf(value)
  if (number === undefined || Number.isNaN(number)) return fallback
  if (!Number.isFinite(number)) throw new Fault('cannot convert float infinity to integer')
  return exactInt(Math.trunc(number))
}

function toFloat(value: PyValue, fallback: PyValue): PyValue {
  if (value instanceof Undefined) return failUndefined(value)
  const number = typeof value === 'string' ? parseFloatText(value) : numberOf(value)
  return number === undefined ? fallback : float(number)
}

/** Ansible's idea of true in text; None stays None. */
function toBool(value: PyValue): PyValue {
  if (value === null || typeof value === 'boolean') return value
  const plain = typeof value === 'string' ? value.toLowerCase() : value
  return ['yes', 'on', '1', 'true', 1].some((yes) => equal(plain, yes))
}

function round(value: PyValue, precision: number, method: string): PyValue {
  const number = requireNumber(value, 'round')
  if (method === 'common') {
    // Python rounds an int to an int, and halves of a float to the even neighbour.
    if (!isFloat(value)) return precision >= 0 ? number : roundToTens(number, -precision)
    if (!Number.isFinite(number)) return number
    return float(precision >= 0 ? Number(fixed(number, precision)) : roundToTens(number, -precision))
  }
  if (method !== 'ceil' && method !== 'floor') throw new Fault('method must be common, ceil or floor')
  const factor = 10 ** precision
  return float(Math[method](number * factor) / factor)
}

function roundToTens(number: number, tens: number): number {
  const factor = 10 ** tens
  return Number(fixed(number / factor, 0)) * factor
}

/** A float that is a real number: Python refuses the root of a negative one, and what is too large. */
function real(value: number): PyValue {
  if (!Number.isFinite(value)) throw new Fault(Number.isNaN(value) ? 'math domain error' : 'math range error')
  return float(value)
}

/** Filters from and to numbers. */
export const numberFilters: readonly FilterEntry[] = [
  filter('int', ['default?', 'base?'], (value, [fallback, base]) =>
    toInt(
      value,
      or(fallback, () => 0),
      base,
    ),
  ),
  filter('float', ['default?'], (value, [fallback]) =>
    toFloat(
      value,
      or(fallback, () => new PyFloat(0)),
    ),
  ),
  filter('bool', [], toBool),
  filter('abs', [], (value) => {
    const size = Math.abs(requireNumber(value, 'abs'))
    return isFloat(value) ? float(size) : size
  }),
  filter('round', ['precision?', 'method?'], (value, [precision, method]) =>
    round(value, requireNumber(precision ?? 0, 'round'), method === undefined ? 'common' : str(method)),
  ),
  filter('log', ['base?'], (value, [base]) => {
    const number = requireNumber(value, 'log')
    if (number <= 0) throw new Fault('math domain error')
    const by = base === undefined ? undefined : requireNumber(base, 'log')
    return float(by === undefined ? Math.log(number) : by === 10 ? Math.log10(number) : Math.log(number) / Math.log(by))
  }),
  filter('pow', ['exponent'], (value, [exponent]) =>
    real(requireNumber(value, 'pow') ** requireNumber(exponent, 'pow')),
  ),
  filter('root', ['base?'], (value, [base]) => {
    const by = requireNumber(base ?? 2, 'root')
    const number = requireNumber(value, 'root')
    return real(by === 2 ? Math.sqrt(number) : number ** (1 / by))
  }),
  filter('human_readable', ['isbits?', 'unit?'], (value, [bits, unit]) =>
    humanReadable(
      requireNumber(value, 'human_readable'),
      truth(bits ?? false),
      unit === undefined || unit === null ? undefined : str(unit),
    ),
  ),
  filter('human_to_bytes', ['default_unit?', 'isbits?'], (value, [unit, bits]) =>
    humanToBytes(str(value), unit === undefined || unit === null ? undefined : str(unit), truth(bits ?? false)),
  ),
  filter('filesizeformat', ['binary?'], (value, [binary]) => {
    const size = typeof value === 'string' ? parseFloatText(value) : requireNumber(value, 'filesizeformat')
    if (size === undefined) throw new Fault(`could not convert string to float: '${str(value)}'`)
    return fileSize(size, truth(binary ?? false))
  }),
]

function fileSize(size: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (size === 1) return '1 Byte'
  if (size < base) return `${Math.trunc(size)} Bytes`
  const units = binary
    ? ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']
    : ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
  let power = 1
  while (power < units.length && size >= base ** (power + 1)) power++
  return `${fixed(size / base ** power, 1)} ${units[power - 1]}`
}
