import { isFloat, numberOf, type PyValue } from '../values.ts'
import { method, type Methods } from './methods.ts'

export const numberMethods: Methods<PyValue> = new Map([
  method('is_integer', [], (self: PyValue) => !isFloat(self) || Number.isInteger(numberOf(self))),
  method('bit_length', [], (self: PyValue) => {
    const size = Math.abs(numberOf(self) ?? 0)
    return size === 0 ? 0 : size.toString(2).length
  }),
])
