import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { ansiblePython, ask } from './ask.ts'
import { keyOf } from './case.ts'
import { cases } from './cases/all.ts'

describe('the kept answers of ansible-core', () => {
  it('are what it answers today', function () {
    const python = ansiblePython()
    if (python === undefined) {
      if (process.env['CI'] === 'true') throw new Error('ansible-core is not installed, and CI=true must not skip it')
      console.log('      skipped: ansible-core is not installed')
      this.skip()
    }
    const kept = keptAnswers()
    const answers = ask(python, cases)
    for (const [index, one] of cases.entries()) {
      const { value, error } = { value: undefined, error: undefined, ...kept[keyOf(one)] }
      expect({ value: undefined, error: undefined, ...answers[index] }, one.template).to.deep.equal({ value, error })
    }
  })
})
