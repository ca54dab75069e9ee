import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { Value } from '../../../src/source/value.ts'
import { Fault } from '../../../src/template/errors.ts'
import { filters } from '../../../src/template/filters/filters.ts'
import { UserError } from '../../../src/errors.ts'
import { renderValue } from '../../../src/template/render.ts'
import { contextOf } from '../../template/scope.ts'

type Answers = readonly (readonly [Value, Readonly<Record<string, unknown>>])[]
const answers = JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8')) as Answers

function ours(value: Value, filter: string, query: string): unknown {
  const context = { ...contextOf({ value, query }), at: { file: 'play.yml', line: 1, column: 1 } }
  try {
    return (renderValue(`{{ [value | ${filter}(query)] }}`, context) as readonly unknown[])[0]
  } catch (error) {
    if (error instanceof UserError || error instanceof Fault) return { error: true }
    throw error
  }
}

/** Numbers of more digits than a number here has are refused. */
const comparable = (theirs: unknown): unknown =>
  [theirs].flat().some((one) => typeof one === 'number' && !Number.isSafeInteger(one)) ? { error: true } : theirs

describe('addresses, compared with what ansible.utils answered', () => {
  for (const [value, said] of answers)
    it(JSON.stringify(value), () => {
      for (const [query, theirs] of Object.entries(said)) {
        const [filter = '', asked = ''] = query.startsWith('|') ? [query.slice(1), ''] : ['ipaddr', query]
        expect(ours(value, filter, asked), `${filter}('${asked}')`).to.deep.equal(comparable(theirs))
      }
    })

  it('have filters by the names of their collections, too', () => {
    for (const name of ['ipaddr', 'ansible.utils.ipaddr', 'ansible.netcommon.ipwrap'])
      expect(ours('2001:db8::1', name, 'wrap'), name).to.equal('[2001:db8::1]')
    expect(ours('web1', 'ipwrap', '')).to.equal('web1')
    expect(filters.has('ipmath')).to.equal(false)
  })
})
