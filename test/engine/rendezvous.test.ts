import { expect } from 'chai'
import { freeGate, linearGate } from '../../src/engine/gate.ts'
import { behind, beforeAll, placeIn } from '../../src/engine/place.ts'
import { Rendezvous } from '../../src/engine/rendezvous.ts'

describe('where one host decides for its batch', () => {
  const hosts = ['h1', 'h2', 'h3']
  const place = placeIn(beforeAll, 3)

  it('waits for a host that has come so far, but does not know its answer yet', async () => {
    const gate = linearGate(hosts)
    const rendezvous = new Rendezvous(hosts, gate)
    for (const host of hosts) gate.passed(host, place)
    const answers = [rendezvous.meet(place, 'h3', () => false), rendezvous.meet(place, 'h2', () => false)]
    await new Promise(setImmediate)
    answers.push(rendezvous.meet(place, 'h1', () => true))
    expect(await Promise.all(answers)).to.deep.equal([true, true, true])
  })

  it('does without those that went on, or are gone', async () => {
    const gate = linearGate(hosts)
    const rendezvous = new Rendezvous(hosts, gate)
    const answer = rendezvous.meet(place, 'h3', () => true)
    gate.passed('h1', behind(place))
    gate.left('h2')
    expect(await answer).to.equal(true)
  })

  it('asks the first to come where every host goes its own way', async () => {
    const rendezvous = new Rendezvous(hosts, freeGate)
    expect(await rendezvous.meet(place, 'h3', () => true)).to.equal(true)
  })
})
