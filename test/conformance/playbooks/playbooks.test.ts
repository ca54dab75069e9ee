import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { keyOf } from './case.ts'
import { themes } from './cases/all.ts'
import { disagreement } from './compare.ts'

describe('playbooks, compared with what ansible-playbook answered', () => {
  const answers = keptAnswers()
  for (const [theme, cases] of Object.entries(themes))
    describe(theme, () => {
      for (const one of cases)
        it(one.name, async () => {
          expect((await disagreement(one, answers[keyOf(one)])) ?? '').to.equal('')
        })
    })
})
