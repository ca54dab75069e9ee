import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { askedAgain, inTurn } from '../../support/turns.ts'
import { keptAnswers } from './answers.ts'
import { trials } from './cases/all.ts'
import { differences } from './compare.ts'
import { sallyport } from './ours.ts'
import { ansible, type Answer, play } from './stage.ts'
import { comparedWithKept } from './kept.ts'
import { keyOf } from './trial.ts'

// What modules.test.ts leaves out.
comparedWithKept(
  inTurn(
    trials.filter(({ live }, index) => !live && index % 5 !== 0),
    2,
  ),
)

describe('modules, compared with those of ansible-core', function () {
  this.timeout(1_800_000)
  before(function () {
    try {
      execFileSync('sh', ['-c', 'command -v ansible-playbook'])
    } catch {
      if (process.env['CI'] === 'true') throw new Error('ansible-core is not installed, and CI=true must not skip it')
      this.skip()
    }
  })

  it('answers today what is kept', async () => {
    const kept = keptAnswers()
    const lasting = askedAgain(trials.filter(({ live }) => !live))
    const answers = await play(lasting, ansible)
    const strays = lasting.flatMap((trial, index) => {
      const found = differences(trial, kept[keyOf(trial)] as Answer, answers[index] as Answer)
      return found.map((difference) => `${trial.module}: ${trial.name}: ${difference}`)
    })
    expect(strays.join('\n')).to.equal('')
  })

  for (const trial of trials.filter(({ live }) => live))
    it(`${trial.module}: ${trial.name}`, async () => {
      const [theirs] = await play([trial], ansible)
      const [ours] = await play([trial], sallyport)
      expect(differences(trial, ours as Answer, theirs as Answer).join('\n')).to.equal('')
    })
})
