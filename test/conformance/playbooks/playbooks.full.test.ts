import { expect } from 'chai'
import { isDeepStrictEqual } from 'node:util'
import { askedAgain } from '../../support/turns.ts'
import { ansiblePython } from '../template/ask.ts'
import { keptAnswers } from './answers.ts'
import { ask } from './ask.ts'
import { keyOf, type PlaybookCase } from './case.ts'
import { cases } from './cases/all.ts'

describe('playbooks, compared with ansible-playbook itself', () => {
  it('answers today what is kept', function () {
    this.timeout(900_000)
    const python = ansiblePython()
    if (python === undefined) {
      if (process.env['CI'] === 'true') throw new Error('ansible-core is not installed, and CI=true must not skip it')
      console.log('      skipped: ansible-core is not installed')
      return this.skip()
    }
    const kept = keptAnswers()
    const differing = (some: readonly PlaybookCase[]): readonly PlaybookCase[] => {
      const answers = ask(python, some)
      return some.filter((one, index) => !isDeepStrictEqual(kept[keyOf(one)], answers[index]))
    }
    // A second time, as ansible-core's jobs in the background may be late on a busy machine.
    expect(differing(differing(askedAgain(cases))).map(({ name }) => name)).to.deep.equal([])
  })
})
