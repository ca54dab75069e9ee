import { expect } from 'chai'
import { requireAnsible } from '../../inventory/oracle.ts'
import { ask, cases, keptAnswers, keyOf } from './ask.ts'
import { generate } from './cases.ts'
import { ours } from './ours.ts'

describe('precedence of variables, compared with ansible-core itself', () => {
  before(function () {
    requireAnsible(this)
  })

  it('answers today what is kept', function () {
    const kept = keptAnswers()
    expect(ask(cases)).to.deep.equal(cases.map((one) => kept[keyOf(one)]))
  })

  it('agrees about other combinations', async function () {
    const seed = Number(process.env['SEED'] ?? 1972)
    const random = generate(80, seed)
    expect(await ours(random), `SEED=${seed}`).to.deep.equal(ask(random))
  })
})
