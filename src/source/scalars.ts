import type { Scalar } from './node.ts'

/*
 * What a plain (unquoted) scalar means under YAML 1.1 as PyYAML reads it, which is what Ansible's users rely on:
 * `yes` is true but `y` is text, 0644 is octal, 22:22 is base 60, 1e5 is text and 1.0e+5 a number.
 */

const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const TRUE = /^(?:yes|true|on)$/i
const NULL = /^(?:~|null|Null|NULL|)$/
const INTEGER =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?$/
const FIRST_CHARACTERS = /^(?:[-+.0-9~ynotfYNOTF]|$)/

/** The value of a plain scalar. */
export function resolvePlain(text: string): Scalar {
  if (!FIRST_CHARACTERS.test(text)) return text
  if (NULL.test(text)) return null
  if (BOOLEAN.test(text)) return TRUE.test(text)
  return resolveInteger(text) ?? resolveFloat(text) ?? resolveTimestamp(text) ?? text
}

/** True for the plain scalars whose meaning surprises people: base-60 numbers such as `22:22`. */
export function isSexagesimal(text: string): boolean {
  return text.includes(':') && (INTEGER.test(text) || FLOAT.test(text))
}

/**
 * The value of a scalar in a JSON document, where 1e5 is a number although YAML 1.1 calls it text.
 * Python's json also takes NaN and Infinity; JSON.parse does not, so they never get here.
 */
export function resolveJson(text: string): Scalar {
  if (text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return exact(Number(text), text)
}

export function resolveBoolean(text: string): boolean | undefined {
  return BOOLEAN.test(text) ? TRUE.test(text) : undefined
}

export function resolveInteger(text: string): number | string | undefined {
  if (!INTEGER.test(text)) return undefined
  const negative = text.startsWith('-')
  const digits = text.replace(/_/g, '').replace(/^[-+]/, '')
  const magnitude = integerMagnitude(digits)
  if (Number.isNaN(magnitude)) return undefined
  return exact(negative && magnitude !== 0 ? -magnitude : magnitude, text)
}

function integerMagnitude(digits: string): number {
  if (/^0[bx]/.test(digits)) return digits.length > 2 ? Number(digits) : NaN
  if (digits.includes(':')) return base60(digits)
  if (digits.startsWith('0') && digits.length > 1) return parseInt(digits, 8)
  return Number(digits)
}

export function resolveFloat(text: string): number | undefined {
  if (!FLOAT.test(text)) return undefined
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/_/g, '').replace(/^[-+]/, '').toLowerCase()
  if (digits === '.inf') return sign * Infinity
  if (digits === '.nan') return NaN
  return sign * (digits.includes(':') ? base60(digits) : Number(digits))
}

function base60(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

/** Integers beyond 2^53 stay text: a long account number must not come out with other digits. */
function exact(value: number, text: string): number | string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(text) ? text : value
}

/**
 * Ansible makes a date object of a timestamp, and what people ever see of it is Python's spelling:
 * `2024-01-02T03:04:05Z` becomes the text `2024-01-02 03:04:05+00:00`. A plain date is its own spelling.
 */
function resolveTimestamp(text: string): string | undefined {
  const match = TIMESTAMP.exec(text)
  if (!match) return undefined
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match
  const date = [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-')
  const microseconds = fraction.slice(0, 6).padEnd(6, '0')
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${/[1-9]/.test(microseconds) ? `.${microseconds}` : ''}`
  return `${date} ${time}${pythonZone(zone)}`
}

function pythonZone(zone: string): string {
  if (zone === '') return ''
  if (zone === 'Z') return '+00:00'
  const [hours = '', minutes = '00'] = zone.slice(1).split(':')
  const offset = `${hours.padStart(2, '0')}:${minutes}`
  return offset === '00:00' ? '+00:00' : `${zone.charAt(0)}${offset}`
}
