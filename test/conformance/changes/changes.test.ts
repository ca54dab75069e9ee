import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { keyOf } from './case.ts'
import { themes } from './cases/all.ts'
import { disagreements } from './compare.ts'

describe('modules that change hosts, compared with what ansible-core did', function () {
  this.timeout(120_000)
  const answers = keptAnswers()
  // Every third; changes.full.test.ts has the others.
  for (const [theme, all] of Object.entries(themes)) {
    const cases = all.filter((_, index) => index % 3 === 0)
    it(`${theme}: ${cases.length} cases`, async () => {
      expect((await disagreements(cases, (one) => answers[keyOf(one)])).join('\n')).to.equal('')
    })
  }
})
