import { failUndefined } from '../errors.ts'
import {
  isList,
  type PlainMapping,
  PyCallable,
  PyDict,
  PyFloat,
  PyObject,
  PyThing,
  PyTuple,
  type PyValue,
  Undefined,
} from '../values.ts'

/** Python's `str()`. Throws for an undefined value, as every use of one does. */
export function str(value: PyValue): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return value.lenient ? '' : failUndefined(value)
  return repr(value)
}

/** Python's `repr()`: what values inside a list or dict look like. */
export function repr(value: PyValue): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return numberText(value)
    case 'boolean':
      return value ? 'True' : 'False'
    default:
      break
  }
  if (value === null) return 'None'
  if (isList(value)) return `[${value.map(repr).join(', ')}]`
  if (!(value instanceof PyObject)) return mappingText(value)
  if (value instanceof PyFloat) return floatText(value.value)
  if (value instanceof PyTuple) return tupleText(value.items)
  if (value instanceof PyDict) return entriesText([...value.entries])
  if (value instanceof Undefined) return value.lenient ? 'Undefined' : failUndefined(value)
  if (value instanceof PyThing) return value.text()
  if (value instanceof PyCallable && value.typeName === 'Macro') return `<Macro '${value.name}'>`
  return value instanceof PyCallable ? `<function ${value.name}>` : `<${value.typeName}>`
}

function mappingText(value: PlainMapping): string {
  return entriesText(Object.keys(value).map((key) => [key, value[key] ?? null]))
}

function entriesText(entries: readonly (readonly [PyValue, PyValue])[]): string {
  return `{${entries.map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`
}

function tupleText(items: readonly PyValue[]): string {
  return items.length === 1 ? `(${items.map(repr).join('')},)` : `(${items.map(repr).join(', ')})`
}

function numberText(value: number): string {
  if (!Number.isInteger(value)) return floatText(value)
  // Above 1e21 JavaScript would switch to an exponent, which no Python int has; and there is no int -0.
  return Math.abs(value) < 1e21 ? String(value === 0 ? 0 : value) : BigInt(value).toString()
}

/** A float as Python writes it: the shortest digits that read back the same, an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  const [digits = '0', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  const sign = Object.is(value, -0) ? '-' : ''
  if (value !== 0 && (exponent < -4 || exponent >= 16))
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  if (exponent < 0) {
    const bare = digits.replace('-', '').replace('.', '')
    return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${bare}`
  }
  const plain = Math.abs(value) < 1e21 ? String(value) : digits
  return sign + (plain.includes('.') ? plain : `${plain}.0`)
}

// What Python's str.isprintable() refuses: controls, separators other than the space, unassigned, surrogates, private use.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u
const special = /[\\'"]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A string literal: single quotes, unless that would need escaping and double quotes would not. */
function quoted(text: string): string {
  if (!text.includes("'") && !text.includes('\\') && !unprintable.test(text)) return `'${text}'`
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replace(special, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character
    const escape = escapes[character]
    if (escape !== undefined) return escape
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
    return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
  return quote + body + quote
}
