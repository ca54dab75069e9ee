import { expect } from 'chai'
import { milliseconds, sleepFor } from '../../src/timers.ts'

describe('a wait longer than a timer of Node', () => {
  it('is not over at once, and ends when somebody wants to stop', async () => {
    const ended = await sleepFor(3_000_000, AbortSignal.timeout(100)).catch((error: Error) => error.name)
    expect(ended).to.equal('AbortError')
  })

  it('of no time at all is over', async () => {
    await sleepFor(0)
  })

  it('is cut to what a timer takes, where it is a limit', () => {
    expect([milliseconds(1.5), milliseconds(3_000_000)]).to.deep.equal([1500, 2 ** 31 - 1])
  })
})
