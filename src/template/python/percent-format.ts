import { Fault } from '../errors.ts'
import { isDict, isList, numberOf, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import { dictGet } from './dict.ts'
import { formatFloat, inBase } from './number-format.ts'
import { repr, str } from './repr.ts'
import { characters, textLength } from './text.ts'

const directive = /%(?:\(([^)]*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([^])?/g

/** Python's `'…' % values`: a tuple gives the values in turn, a dict by name, anything else is the only value. */
export function formatPercent(format: string, values: PyValue): string {
  const list = values instanceof PyTuple ? values.items : [values]
  let used = 0
  let named = false
  const next = (): PyValue => {
    const value = list[used++]
    if (value === undefined) throw new Fault('not enough arguments for format string')
    return value
  }
  const size = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : text === '*' ? (numberOf(next()) ?? 0) : Number(text)

  const result = format.replace(
    directive,
    (
      whole: string,
      key: string | undefined,
      flags: string,
      widthText: string | undefined,
      precisionText: string | undefined,
      type: string | undefined,
    ) => {
      if (type === undefined) throw new Fault('incomplete format')
      if (type === '%') return '%'
      const width = size(widthText)
      const precision = precisionText === undefined && whole.includes('.') ? 0 : size(precisionText)
      let value: PyValue
      if (key === undefined) value = next()
      else {
        named = true
        if (!isDict(values)) throw new Fault('format requires a mapping')
        const found = dictGet(values, key)
        if (found === undefined) throw new Fault(`the format's key '${key}' is not in the mapping`)
        value = found
      }
      return pad(convert(type, value, flags, precision), width, flags, 'diouxXeEfFgG'.includes(type))
    },
  )
  // Anything that can be subscripted, but for a tuple, counts as a mapping, whose values need not all be used.
  const isMapping = isDict(values) || isList(values) || values instanceof Undefined
  if (!named && used < list.length && !isMapping)
    throw new Fault('not all arguments converted during string formatting')
  return result
}

function convert(type: string, value: PyValue, flags: string, precision: number | undefined): string {
  switch (type) {
    case 's':
    case 'r':
    case 'a': {
      const text = type === 's' ? str(value) : repr(value)
      return precision === undefined ? text : characters(text).slice(0, precision).join('')
    }
    case 'c':
      return typeof value === 'number' ? String.fromCodePoint(value) : str(value)
    case 'd':
    case 'i':
    case 'u':
      return integer(type, value, 10, flags, precision)
    case 'o':
      return integer(type, value, 8, flags, precision)
    case 'x':
      return integer(type, value, 16, flags, precision)
    case 'X':
      return integer(type, value, 16, flags, precision).toUpperCase()
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return sign(
        formatFloat(requireNumber(type, value, 'must be real number'), type, precision ?? 6, flags.includes('#')),
        flags,
      )
    default:
      throw new Fault(`unsupported format character '${type}'`)
  }
}

function integer(type: string, value: PyValue, base: number, flags: string, precision: number | undefined): string {
  const number = requireNumber(type, value, base === 10 ? 'a real number is required' : 'an integer is required')
  const digits = inBase(Math.abs(Math.trunc(number)), base).padStart(precision ?? 0, '0')
  const prefix = !flags.includes('#') ? '' : base === 16 ? '0x' : base === 8 ? '0o' : ''
  return sign((number < 0 ? '-' : '') + prefix + digits, flags)
}

function requireNumber(type: string, value: PyValue, complaint: string): number {
  const number = numberOf(value)
  if (number !== undefined) return number
  if (value instanceof Undefined) str(value)
  throw new Fault(
    complaint.startsWith('must')
      ? `${complaint}, not ${typeName(value)}`
      : `%${type} format: ${complaint}, not ${typeName(value)}`,
  )
}

function sign(text: string, flags: string): string {
  if (text.startsWith('-')) return text
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
}

function pad(text: string, width: number | undefined, flags: string, numeric: boolean): string {
  const missing = (width ?? 0) - textLength(text)
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  if (!flags.includes('0') || !numeric) return ' '.repeat(missing) + text
  // Zeros go between the sign (or 0x) and the digits.
  const head = /^[+\- ]?(?:0[xo])?/i.exec(text)?.[0] ?? ''
  return head + '0'.repeat(missing) + text.slice(head.length)
}
