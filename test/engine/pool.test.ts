import { expect } from 'chai'
import fc from 'fast-check'
import { createPool } from '../../src/engine/pool.ts'

describe('a pool of slots', () => {
  it('keeps to its size, lends no more than as many again, and serves in order', () => {
    const move = fc.constantFrom('ask', 'end', 'wait', 'answer' as const)
    return fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(move, { maxLength: 60 }), async (size, moves) => {
        const pool = createPool(size)
        const order: number[] = []
        const lent: (() => void)[] = []
        let asked = 0
        let ended = 0
        const settle = () => new Promise((resolve) => setImmediate(resolve))
        const working = (): number => order.length - ended
        for (const made of moves) {
          if (made === 'ask') {
            const own = asked++
            void pool.acquire().then(() => order.push(own))
          }
          if (made === 'end' && working() > lent.length) {
            ended++
            pool.release()
          }
          if (made === 'wait' && working() > lent.length) lent.push(pool.lend())
          if (made === 'answer') lent.pop()?.()
          await settle()
          expect(working()).to.be.at.most(2 * size - 1)
        }
        expect(order).to.deep.equal(order.map((_, index) => index))
        // Whoever waited is answered, and all that work end: everybody comes to their turn, never more than fit.
        for (const over of lent.splice(0)) over()
        while (working() > 0) {
          const before = working()
          ended++
          pool.release()
          await settle()
          if (before > size) expect(working()).to.equal(before - 1)
          else expect(working()).to.be.at.most(size)
        }
        expect(order.length).to.equal(asked)
      }),
      { numRuns: 60 },
    )
  })
})
