import { expect } from 'chai'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { selectHosts } from '../../src/inventory/patterns.ts'
import type { Inventory } from '../../src/inventory/model.ts'
import type { Warning } from '../../src/source/warning.ts'
import { folderWith } from '../source/temporary.ts'
import { inventoryOf } from './support.ts'

describe('selectHosts', () => {
  let inventory: Inventory
  before(async () => {
    inventory = await inventoryOf('[web]\nweb[1:3]\n[database]\ndb1\nweb1\n[empty]\n[prod:children]\nweb\n')
  })

  const table: readonly [string | readonly string[], readonly string[]][] = [
    // Nearer to all comes first: web is below prod.
    ['all', ['db1', 'web1', 'web2', 'web3']],
    ['empty', []],
    ['prod:!web2', ['web1', 'web3']],
    ['web:&database', ['web1']],
    [
      ['database', 'web[1:]'],
      ['db1', 'web1', 'web2', 'web3'],
    ],
    ['web[-1]', ['web3']],
    ['~(?i)WEB[12]', ['web1', 'web2']],
    ['~(?P<kind>db)\\d\\Z', ['db1']],
    ['localhost', ['localhost']],
    ['', ['db1', 'web1', 'web2', 'web3']],
  ]
  for (const [pattern, expected] of table) {
    it(JSON.stringify(pattern), () => expect(selectHosts(inventory, pattern)).to.deep.equal(expected))
  }

  describe('refuses', () => {
    const mistakes: readonly [string, RegExp, string | undefined][] = [
      ['wbe', /no host and no group 'wbe'/, "did you mean 'web'?"],
      ['all:!databse', /'databse'/, "did you mean 'database'?"],
      ['all:&prdo', /'prdo'/, "did you mean 'prod'?"],
      ['something', /'something'/, undefined],
      ['web[9]', /asks for more hosts than 'web' has \(3\)/, undefined],
      ['~web(', /is not a regular expression/, undefined],
    ]
    const at = { file: 'site.yml', line: 1, column: 10 }
    for (const [pattern, message, hint] of mistakes) {
      it(pattern, () => {
        try {
          selectHosts(inventory, pattern, { at })
        } catch (error) {
          expect(error).to.be.instanceOf(UserError)
          expect(error).to.have.property('message').that.matches(message)
          expect(error).to.have.property('hint', hint)
          expect(error).to.have.property('at', at)
          return
        }
        throw new Error('not refused')
      })
    }
  })

  it('warns of a wildcard that matches nothing', () => {
    const warnings: Warning[] = []
    expect(selectHosts(inventory, 'x*', { warn: (warning) => warnings.push(warning) })).to.deep.equal([])
    expect(warnings[0]?.message).to.equal("no host and no group matches 'x*'")
  })

  describe('with a limit', () => {
    it('keeps the order of the pattern', () => {
      expect(selectHosts(inventory, 'all', { limit: 'database,web3' })).to.deep.equal(['db1', 'web1', 'web3'])
      expect(selectHosts(inventory, 'all', { limit: 'all:!web' })).to.deep.equal(['db1'])
    })
    it('reads patterns from a file', () => {
      const file = join(folderWith({ retry: 'web2\n\ndb1\n' }), 'retry')
      expect(selectHosts(inventory, 'all', { limit: `@${file}` })).to.deep.equal(['db1', 'web2'])
      expect(() => selectHosts(inventory, 'all', { limit: '@/nowhere' })).to.throw(UserError, /limit file/)
    })
    it('refuses unknown names there as well', () => {
      expect(() => selectHosts(inventory, 'all', { limit: 'wbe1' })).to.throw(UserError, /'wbe1'/)
    })
  })
})
