import { expect } from 'chai'
import { askedAgain } from '../../support/turns.ts'
import { keptAnswers } from './answers.ts'
import { type Answer, type Case, keyOf, titleOf } from './case.ts'
import { cases, themes } from './cases/all.ts'
import { disagreements } from './compare.ts'
import { generate } from './generate.ts'
import { ask as askOracle } from './oracle.ts'

describe('modules that change hosts, compared with ansible-core itself', function () {
  this.timeout(900_000)
  it('does today what is kept', function () {
    const kept = keptAnswers()
    const some = askedAgain(cases)
    const answers = ask(this, some)
    for (const [index, one] of some.entries()) expect(answers[index], titleOf(one)).to.deep.equal(kept[keyOf(one)])
  })

  it('agrees about all that changes.test.ts leaves out', async () => {
    const kept = keptAnswers()
    const rest = Object.values(themes).flatMap((all) => all.filter((_, index) => index % 3 !== 0))
    expect((await disagreements(rest, (one) => kept[keyOf(one)])).join('\n')).to.equal('')
  })

  it('agrees about random edits', async function () {
    // The same ones every time: a CI job must not fail for a rarity found by chance. SEED=N looks for more.
    const seed = Number(process.env['SEED'] ?? 24011)
    const random = generate(100, seed)
    const answers = ask(this, random)
    const wrong = await disagreements(random, (_one, index) => answers[index])
    expect(wrong.join('\n'), `SEED=${seed}`).to.equal('')
  })
})

function ask(context: Mocha.Context, cases: readonly Case[]): readonly Answer[] {
  const answers = askOracle(cases)
  if (answers) return answers
  if (process.env['CI'] === 'true') throw new Error('ansible-core is not installed, and CI=true must not skip it')
  console.log('      skipped: ansible-core is not installed')
  return context.skip()
}
