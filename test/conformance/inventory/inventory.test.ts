import { expect } from 'chai'
import { cases, keptAnswers, keyOf, prepare, type Answer } from './ask.ts'
import type { Case } from './cases.ts'
import { disagreements } from './ours.ts'

describe('inventories and patterns, compared with what ansible-core answered', () => {
  const answers = keptAnswers()
  const answerOf = (one: Case): Answer => {
    const answer = answers[keyOf(one)]
    if (!answer) throw new Error(`${one.name}: no answer is kept, run keep.ts`)
    return answer
  }
  const handWritten = cases.filter(({ name }) => !name.startsWith('generated'))
  for (const one of handWritten)
    it(one.name, async () => {
      expect((await disagreements(prepare(one), answerOf(one))).join('\n')).to.equal('')
    })

  const generated = cases.filter(({ name }) => name.startsWith('generated'))
  const patterns = generated.reduce((sum, { patterns: own = [] }) => sum + own.length, 0)
  it(`${generated.length} generated inventories with ${patterns} patterns`, async function () {
    this.timeout(60_000)
    const found: string[] = []
    for (const one of generated) found.push(...(await disagreements(prepare(one), answerOf(one))))
    expect(found.join('\n')).to.equal('')
  })

  it('keeps no answer that no case asks for', () => {
    const keys = new Set(cases.map(keyOf))
    expect(Object.keys(answers).filter((key) => !keys.has(key))).to.deep.equal([])
  })
})
