import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { type Case, keyOf } from './case.ts'
import { cases } from './cases/all.ts'
import { filterCases } from './cases/filters.ts'
import { languageCases } from './cases/language.ts'
import { statementCases } from './cases/statements.ts'
import { testCases } from './cases/tests-and-methods.ts'
import { disagreements } from './compare.ts'
import { differences } from './differences.ts'
import { enterEnvironment } from './environment.ts'

describe('templates, compared with what ansible-core answered', () => {
  let leave: () => void
  before(() => {
    leave = enterEnvironment()
  })
  after(() => {
    leave()
  })

  const answers = keptAnswers()
  const themes: readonly (readonly [string, readonly Case[]])[] = [
    ['expressions and values', languageCases],
    ['filters', filterCases],
    ['tests, methods and conditions', testCases],
    ['statements, lookups and YAML', statementCases],
  ]
  for (const [theme, own] of themes)
    it(`${theme}: ${own.length} cases`, () => {
      expect(disagreements(own, (one) => answers[keyOf(one)]).join('\n')).to.equal('')
    })

  it('lists no difference that is not among the cases', () => {
    const templates = new Set(cases.map(({ template }) => template))
    expect([...differences.keys()].filter((template) => !templates.has(template))).to.deep.equal([])
  })
})
