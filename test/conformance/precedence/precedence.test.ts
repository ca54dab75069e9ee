import { expect } from 'chai'
import { cases, keptAnswers, keyOf } from './ask.ts'
import { levels } from './cases.ts'
import { ours } from './ours.ts'

describe('precedence of variables, compared with what ansible-core answered', () => {
  it(`${cases.length} cases over ${levels.length} levels`, async function () {
    this.timeout(60_000)
    const kept = keptAnswers()
    const found = await ours(cases)
    expect(found).to.have.length(cases.length)
    for (const [index, one] of cases.entries())
      expect([one, found[index]]).to.deep.equal([one, kept[keyOf(one)] ?? 'no answer is kept, run keep.ts'])
  })
})
