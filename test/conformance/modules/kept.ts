import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { differences } from './compare.ts'
import { sallyport } from './ours.ts'
import { type Answer, play } from './stage.ts'
import { keyOf, type Trial } from './trial.ts'

/** What Sallyport's modules answer, beside the answers that were kept of ansible-core. */
export function comparedWithKept(trials: readonly Trial[]): void {
  describe('modules, compared with what those of ansible-core answered', function () {
    this.timeout(900_000)
    const kept = keptAnswers()
    let ours: readonly Answer[] = []
    before(async () => {
      ours = await play(trials, sallyport)
    })

    trials.forEach((trial, index) =>
      it(`${trial.module}: ${trial.name}`, () => {
        const theirs = kept[keyOf(trial)]
        if (!theirs) throw new Error('no answer is kept, run keep.ts')
        const found = differences(trial, ours[index] as Answer, theirs)
        if (trial.differs === undefined) expect(found.join('\n')).to.equal('')
        else expect(found, `listed as different (${trial.differs}), but it is the same`).to.not.deep.equal([])
      }),
    )
  })
}
