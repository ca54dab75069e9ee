import { Fault } from '../errors.ts'
import { equal } from '../python/compare.ts'
import { iterate } from '../python/iterate.ts'
import { repr } from '../python/repr.ts'
import { sorted } from '../python/sort.ts'
import { truth } from '../python/truth.ts'
import { numberOf, type PyTuple, type PyValue } from '../values.ts'
import { method, type Methods } from './methods.ts'

/**
 * Lists that methods may change in place. A template that calls such a method works on copies of its variables
 * (see `mutates` in analyse.ts), so nothing outside is ever changed.
 */
function changeable(list: readonly PyValue[]): PyValue[] {
  return list as PyValue[]
}

function position(items: readonly PyValue[], value: PyValue): number {
  const at = items.findIndex((item) => equal(item, value))
  if (at < 0) throw new Fault(`${repr(value)} is not in list`)
  return at
}

function wrap(index: PyValue | undefined, length: number, fallback: number): number {
  const number = index === undefined ? fallback : (numberOf(index) ?? fallback)
  return number < 0 ? Math.max(0, number + length) : number
}

export const listMethods: Methods<readonly PyValue[]> = new Map([
  method('append', ['item'], (self: readonly PyValue[], [item]) => {
    changeable(self).push(item)
    return null
  }),
  method('extend', ['items'], (self: readonly PyValue[], [items]) => {
    changeable(self).push(...iterate(items))
    return null
  }),
  method('insert', ['index', 'item'], (self: readonly PyValue[], [index, item]) => {
    changeable(self).splice(wrap(index, self.length, 0), 0, item)
    return null
  }),
  method('pop', ['index?'], (self: readonly PyValue[], [index]) => {
    if (self.length === 0) throw new Fault('pop from empty list')
    const [item] = changeable(self).splice(wrap(index, self.length, self.length - 1), 1)
    if (item === undefined) throw new Fault('pop index out of range')
    return item
  }),
  method('remove', ['item'], (self: readonly PyValue[], [item]) => {
    changeable(self).splice(position(self, item), 1)
    return null
  }),
  method('clear', [], (self: readonly PyValue[]) => {
    changeable(self).length = 0
    return null
  }),
  method('reverse', [], (self: readonly PyValue[]) => {
    changeable(self).reverse()
    return null
  }),
  method('sort', ['reverse?'], (self: readonly PyValue[], [reverse]) => {
    changeable(self).splice(0, self.length, ...sorted(self, (item) => item, truth(reverse ?? false)))
    return null
  }),
  method('copy', [], (self: readonly PyValue[]) => [...self]),
  method('index', ['item'], (self: readonly PyValue[], [item]) => position(self, item)),
  method('count', ['item'], (self: readonly PyValue[], [item]) => self.filter((other) => equal(other, item)).length),
])

export const tupleMethods: Methods<PyTuple> = new Map([
  method('index', ['item'], (self: PyTuple, [item]) => position(self.items, item)),
  method('count', ['item'], (self: PyTuple, [item]) => self.items.filter((other) => equal(other, item)).length),
])
