import type { BinaryOperator } from '../ast.ts'
import { failUndefined, Fault } from '../errors.ts'
import {
  float,
  isFloat,
  isList,
  itemsOf,
  numberOf,
  PyThing,
  PyTuple,
  type PyValue,
  typeName,
  Undefined,
} from '../values.ts'
import { formatPercent } from './percent-format.ts'

/** Python's `a OP b`. */
export function binary(operator: BinaryOperator, a: PyValue, b: PyValue): PyValue {
  const left = numberOf(a)
  const right = numberOf(b)
  if (left !== undefined && right !== undefined) return numeric(operator, left, right, isFloat(a) || isFloat(b))
  if (a instanceof Undefined) return failUndefined(a)
  if (operator === '%' && typeof a === 'string') return formatPercent(a, b)
  if (b instanceof Undefined) return failUndefined(b)
  if (operator === '+') {
    const sum = concatenate(a, b)
    if (sum !== undefined) return sum
  }
  if (operator === '*') {
    const repeated = repeat(a, b) ?? repeat(b, a)
    if (repeated !== undefined) return repeated
  }
  if (a instanceof PyThing && (operator === '+' || operator === '-')) {
    const result = a.combine?.(operator, b)
    if (result !== undefined) return result
  }
  throw new Fault(mismatch(operator, a, b))
}

function mismatch(operator: BinaryOperator, a: PyValue, b: PyValue): string {
  if (operator === '+' && (typeof a === 'string' || isList(a) || a instanceof PyTuple)) {
    const type = typeName(a)
    return `can only concatenate ${type} (not "${typeName(b)}") to ${type}`
  }
  const name = operator === '**' ? '** or pow()' : operator
  return `unsupported operand type(s) for ${name}: '${typeName(a)}' and '${typeName(b)}'`
}

function concatenate(a: PyValue, b: PyValue): PyValue | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (isList(a) && isList(b)) return [...a, ...b]
  if (a instanceof PyTuple && b instanceof PyTuple) return new PyTuple([...a.items, ...b.items])
  return undefined
}

/** More is a mistake, and would only exhaust the memory. */
const longest = 50_000_000

function repeat(sequence: PyValue, count: PyValue): PyValue | undefined {
  const times = typeof count === 'boolean' ? Number(count) : count
  if (typeof times !== 'number' || !Number.isInteger(times)) return undefined
  const n = Math.max(0, times)
  const size = typeof sequence === 'string' ? sequence.length : (itemsOf(sequence)?.length ?? 0)
  if (n * size > longest) throw new Fault(`repeating it ${n} times makes more than ${longest} items`)
  if (typeof sequence === 'string') return sequence.repeat(n)
  const multiply = (items: readonly PyValue[]): PyValue[] => Array.from({ length: n }, () => items).flat()
  if (isList(sequence)) return multiply(sequence)
  return sequence instanceof PyTuple ? new PyTuple(multiply(sequence.items)) : undefined
}

function numeric(operator: BinaryOperator, a: number, b: number, floating: boolean): PyValue {
  const result = (value: number): PyValue => (floating ? float(value) : exactInt(value))
  switch (operator) {
    case '+':
      return result(a + b)
    case '-':
      return result(a - b)
    case '*':
      return result(a * b)
    case '/':
      if (b === 0) throw new Fault(floating ? 'float division by zero' : 'division by zero')
      return float(a / b)
    case '//':
      if (b === 0) throw new Fault(floating ? 'float floor division by zero' : 'integer division or modulo by zero')
      // By way of the remainder, which is exact: 89 // 0.1 is 889.
      return result(Math.round((a - modulo(a, b)) / b))
    case '%':
      if (b === 0) throw new Fault(floating ? 'float modulo' : 'integer modulo by zero')
      return result(modulo(a, b))
    case '**':
      if (a === 0 && b < 0) throw new Fault('0.0 cannot be raised to a negative power')
      // A negative exponent makes a float of two ints.
      return power(a, b, floating || b < 0)
  }
}

function power(a: number, b: number, floating: boolean): PyValue {
  const value = a ** b
  if (!floating) return exactInt(value)
  if (Number.isNaN(value)) throw new Fault('the root of a negative number is not a real one')
  if (!Number.isFinite(value) && Number.isFinite(a) && Number.isFinite(b))
    throw new Fault('Numerical result out of range')
  return float(value)
}

/** Python's ints have no bound; ours do, and a wrong digit must not pass for a right one. */
export function exactInt(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Fault('a number beyond 2^53 cannot be computed exactly here')
  return value
}

/** Python's remainder has the divisor's sign. */
export function modulo(a: number, b: number): number {
  const remainder = a % b
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder
}

/** `-x` and `+x`. */
export function signed(sign: '-' | '+', value: PyValue): PyValue {
  const number = numberOf(value)
  if (number !== undefined) {
    const result = sign === '-' ? -number : number
    return isFloat(value) ? float(result) : result
  }
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`bad operand type for unary ${sign}: '${typeName(value)}'`)
}
