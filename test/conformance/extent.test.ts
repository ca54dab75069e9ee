import { expect } from 'chai'
import { cases as inventories } from './inventory/ask.ts'
import { trials } from './modules/cases/all.ts'
import { cases as playbooks } from './playbooks/cases/all.ts'
import { cases as precedence } from './precedence/ask.ts'
import { cases as templates } from './template/cases/all.ts'
import { cases as changes } from './changes/cases/all.ts'

/** How much is compared with ansible-core at least. The titles say how much it is. */
describe('what is compared with ansible-core', () => {
  const patterns = inventories.reduce((sum, { patterns = [] }) => sum + new Set(patterns).size, 0)
  const extents: readonly (readonly [what: string, has: number, atLeast: number])[] = [
    [`inventories (${inventories.length}) and patterns over them (${patterns})`, inventories.length + patterns, 400],
    ['combinations of levels of variables', precedence.length, 150],
    ['expressions and templates', templates.length, 400],
    ['playbooks', playbooks.length, 120],
    ['tasks of modules, by their results', trials.length, 150],
    ['changes to files and settings, each twice', changes.length, 200],
  ]
  for (const [what, has, atLeast] of extents)
    it(`${has} ${what}`, () => {
      expect(has).to.be.at.least(atLeast)
    })
})
