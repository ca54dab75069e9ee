import type { BinaryOperator } from '../ast.ts'
import { failUndefined, Fault } from '../errors.ts'
import { float, isFloat, isList, numberOf, PyThing, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
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

function repeat(sequence: PyValue, count: PyValue): PyValue | undefined {
  const times = typeof count === 'boolean' ? Number(count) : count
  if (typeof times !== 'number' || !Number.isInteger(times)) return undefined
  const n = Math.max(0, times)
  if (typeof sequence === 'string') return sequence.repeat(n)
  const multiply = (items: readonly PyValue[]): PyValue[] => Array.from({ length: n }, () => items).flat()
  if (isList(sequence)) return multiply(sequence)
  return sequence instanceof PyTuple ? new PyTuple(multiply(sequence.items)) : undefined
}

function numeric(operator: BinaryOperator, a: number, b: number, floating: boolean): PyValue {
  const result = (value: number): PyValue => (floating ? float(value) : value)
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
      return result(Math.floor(a / b))
    case '%':
      if (b === 0) throw new Fault(floating ? 'float modulo' : 'integer modulo by zero')
      return result(modulo(a, b))
    case '**':
      if (a === 0 && b < 0) throw new Fault('0.0 cannot be raised to a negative power')
      // A negative exponent makes a float of two ints.
      return b < 0 ? float(a ** b) : result(a ** b)
  }
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
