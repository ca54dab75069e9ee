import { expect } from 'chai'
import { keptAnswers } from './answers.ts'
import { keyOf } from './case.ts'
import { cases } from './cases/all.ts'
import { differences } from './differences.ts'
import { renderCase } from './render-case.ts'

describe('templates as ansible-core renders them', () => {
  const answers = keptAnswers()
  const environment = { ...process.env }

  before(() => {
    Object.assign(process.env, { TZ: 'UTC', SALLYPORT_TEST: 'set', HOME: '/home/someone' })
  })
  after(() => {
    for (const name of ['TZ', 'SALLYPORT_TEST', 'HOME']) {
      const value = environment[name]
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  })

  for (const one of cases)
    it(`${one.mode} ${JSON.stringify(one.template)}${one.options === undefined ? '' : JSON.stringify(one.options)}`, () => {
      const kept = answers[keyOf(one)]
      if (kept === undefined) throw new Error('no answer is kept for this case: run keep.ts')
      const ours = renderCase(one)
      const same = 'error' in kept ? 'error' in ours : !('error' in ours) && JSON.stringify(ours.value) === JSON.stringify(kept.value)
      const reason = differences.get(one.template)
      if (reason !== undefined) expect(same, `listed as different (${reason}), but it is the same`).to.equal(false)
      else if ('error' in kept) expect(ours, kept.error).to.have.property('error')
      else expect(ours).to.deep.equal({ value: kept.value })
    })
})
