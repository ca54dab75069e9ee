import { expect } from 'chai'
import { startClock } from '../../src/transport/clock.ts'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe('the clock of a login', () => {
  it('runs out once', async () => {
    let times = 0
    startClock(20, () => times++)
    await sleep(100)
    expect(times).to.equal(1)
  })

  it('does not run out when it is stopped, also while it stands still', async () => {
    let times = 0
    startClock(20, () => times++).stop()
    const paused = startClock(20, () => times++)
    const waiting = paused.pause(sleep(50))
    paused.stop()
    await waiting
    await sleep(50)
    expect(times).to.equal(0)
  })

  it('stands still while something is awaited, however many at once', async () => {
    let times = 0
    const clock = startClock(50, () => times++)
    await Promise.all([clock.pause(sleep(100)), clock.pause(sleep(150))])
    expect(times).to.equal(0)
    await sleep(150)
    expect(times).to.equal(1)
  })
})
