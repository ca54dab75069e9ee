import { failUndefined, Fault } from '../errors.ts'
import {
  isDict,
  isFloat,
  isList,
  numberOf,
  PyDict,
  PyFloat,
  PyTuple,
  type PyValue,
  typeName,
  Undefined,
} from '../values.ts'
import { compareText } from './compare.ts'
import { type Dict, dictEntries } from './dict.ts'
import { floatText, repr, str } from './repr.ts'

export interface JsonOptions {
  /** Blanks per level; undefined puts everything on one line. */
  readonly indent?: string | undefined
  readonly sortKeys?: boolean
  /** Everything beyond ASCII as \u escapes, as Python does by default. */
  readonly ascii?: boolean
  /** Between items, and between a key and its value. */
  readonly separators?: readonly [string, string]
}

/** Python's `json.dumps`. */
export function toJson(value: PyValue, options: JsonOptions = {}): string {
  const { indent, sortKeys = false, ascii = true } = options
  const [comma, colon] = options.separators ?? [indent === undefined ? ', ' : ',', ': ']
  const write = (item: PyValue, margin: string): string => {
    const inner = indent === undefined ? '' : `${margin}${indent}`
    const wrap = (open: string, parts: readonly string[], close: string): string => {
      if (parts.length === 0) return open + close
      return indent === undefined
        ? open + parts.join(comma) + close
        : `${open}\n${inner}${parts.join(`${comma}\n${inner}`)}\n${margin}${close}`
    }
    if (isList(item))
      return wrap(
        '[',
        item.map((child) => write(child, inner)),
        ']',
      )
    if (item instanceof PyTuple)
      return wrap(
        '[',
        item.items.map((child) => write(child, inner)),
        ']',
      )
    if (isDict(item)) {
      const entries = entriesOf(item, sortKeys)
      return wrap(
        '{',
        entries.map(([key, child]) => text(key, ascii) + colon + write(child, inner)),
        '}',
      )
    }
    return scalar(item, ascii)
  }
  return write(value, '')
}

function entriesOf(dict: Dict, sortKeys: boolean): (readonly [string, PyValue])[] {
  const entries = dictEntries(dict).map(([key, value]) => [keyText(key), value] as const)
  return sortKeys ? entries.toSorted(([a], [b]) => compareText(a, b)) : entries
}

function keyText(key: PyValue): string {
  if (typeof key === 'string') return key
  return key === null || typeof key === 'boolean' ? String(key) : str(key)
}

function scalar(value: PyValue, ascii: boolean): string {
  if (value instanceof Undefined) return failUndefined(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return text(value, ascii)
  const number = numberOf(value)
  if (number !== undefined) {
    if (Number.isNaN(number)) return 'NaN'
    if (!Number.isFinite(number)) return number < 0 ? '-Infinity' : 'Infinity'
    return isFloat(value) ? floatText(number) : repr(value)
  }
  // Dates become text, as Ansible's encoder has it.
  if (typeName(value) === 'datetime') return text(str(value).replace(' ', 'T'), ascii)
  throw new Fault(`Object of type ${typeName(value)} is not JSON serializable`)
}

function text(value: string, ascii: boolean): string {
  const quoted = JSON.stringify(value)
  return ascii
    ? quoted
        .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .replaceAll('\\u007f', '\x7f')
    : quoted
}

/** Python's `json.loads`; integral floats stay floats. */
export function fromJson(source: string): PyValue {
  try {
    return build(JSON.parse(markFloats(source)) as unknown)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // NaN and the infinities are Python's own extension of JSON.
    const plain = source.trim()
    if (plain === 'NaN') return NaN
    if (plain === 'Infinity') return Infinity
    throw new Fault(`this is no JSON: ${error.message}`)
  }
}

const floatMark = '\0float'

/** Numbers such as `1.0`, which JSON.parse would make ints, wrapped so that `build` can tell. */
function markFloats(source: string): string {
  if (!/\d(?:\.0+(?!\d)|\.?\d*[eE])/.test(source)) return source
  return source.replace(/"(?:[^"\\]|\\[^])*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g, (token) =>
    !token.startsWith('"') && /[.eE]/.test(token) && Number.isInteger(Number(token))
      ? `[${JSON.stringify(floatMark)},${token}]`
      : token,
  )
}

function build(value: unknown): PyValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value
  if (Array.isArray(value)) return value[0] === floatMark ? new PyFloat(Number(value[1])) : value.map(build)
  return typeof value === 'object'
    ? new PyDict(Object.entries(value).map(([key, item]) => [key, build(item)] as const))
    : null
}
