import { floatText } from './repr.ts'

/** A finite or infinite number in C's notations: `f` fixed, `e` exponent, `g` the shorter of both. */
export function formatFloat(value: number, type: string, precision: number, alternate: boolean): string {
  if (!Number.isFinite(value)) {
    const text = floatText(value)
    return type === type.toUpperCase() && type !== '' ? text.toUpperCase() : text
  }
  const lower = type.toLowerCase()
  let text: string
  if (lower === 'f') text = fixed(value, precision)
  else if (lower === 'e') text = pythonExponent(value.toExponential(Math.min(precision, 100)))
  else text = general(value, precision === 0 ? 1 : precision, alternate)
  return type === lower ? text : text.toUpperCase()
}

/** `toFixed`, but ties go to the even digit as in C, and numbers from 1e21 on still have digits. */
export function fixed(value: number, precision: number): string {
  const digits = Math.min(precision, 70)
  if (Math.abs(value) >= 1e21) return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '')
  // A tie is a double whose decimal expansion ends in a 5 right after the last digit kept.
  const exact = Math.abs(value).toFixed(digits + 30)
  const cut = exact.length - 30
  const head = exact.slice(0, cut)
  const tie = /^50*$/.test(exact.slice(cut)) && '02468'.includes(head.replace('.', '').at(-1) ?? '')
  const text = tie ? head.replace(/\.$/, '') : Math.abs(value).toFixed(digits)
  return (value < 0 || Object.is(value, -0) ? '-' : '') + text
}

function general(value: number, precision: number, alternate: boolean): string {
  const exponential = value.toExponential(Math.min(precision - 1, 100))
  const exponent = Number(exponential.split('e')[1])
  const scientific = exponent < -4 || exponent >= precision
  const text = scientific ? exponential : fixed(value, Math.max(0, precision - 1 - exponent))
  const [mantissa = '', power] = text.split('e')
  const shortened = alternate || !mantissa.includes('.') ? mantissa : mantissa.replace(/\.?0+$/, '')
  return power === undefined ? shortened : pythonExponent(`${shortened}e${power}`)
}

/** At least two digits of exponent. */
function pythonExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Digits in groups of three, before any fraction. */
export function group(text: string, separator: string, size = 3): string {
  const [whole = '', ...fraction] = text.split('.')
  const grouped = whole.replace(new RegExp(`\\B(?=(?:[\\da-fA-F]{${size}})+$)`, 'g'), separator)
  return [grouped, ...fraction].join('.')
}

/** A whole number's digits in a base. */
export function inBase(value: number, base: number): string {
  return Number.isSafeInteger(value) ? value.toString(base) : BigInt(Math.trunc(value)).toString(base)
}
