import { expect } from 'chai'
import assertModule from '../../src/modules/assert.ts'
import debug from '../../src/modules/debug.ts'
import type { Report, TaskContext } from '../../src/modules/define.ts'
import fail from '../../src/modules/fail.ts'
import ping from '../../src/modules/ping.ts'
import setFact from '../../src/modules/set-fact.ts'
import { UserError } from '../../src/errors.ts'
import { converge } from '../support/modules.ts'

class UndefinedVariable extends UserError {
  constructor(message: string) {
    super(message)
    this.name = 'UndefinedVariable'
  }
}

const task: TaskContext = {
  check: false,
  host: 'web1',
  evaluate(expression) {
    if (expression === 'broken +') throw new UserError('unexpected end of expression')
    if (expression !== 'known') throw new UndefinedVariable(`'${expression}' is undefined`)
    return [1, 'two']
  },
  test: (expression) => expression.includes('holds'),
  sleep: () => Promise.resolve(),
  warn: () => undefined,
}

const run = (module: typeof assertModule | typeof debug | typeof fail | typeof setFact, args: unknown) =>
  module.run(module.args.parse(args) as never, task) as Report

describe('assert', () => {
  it('holds', () => {
    expect(run(assertModule, { that: ['it holds', true, 'also holds'] })).to.deep.equal({
      changed: false,
      result: { msg: 'All assertions passed' },
    })
    expect(run(assertModule, { that: 'holds', success_msg: 'fine', quiet: true }).result).to.deep.equal({ msg: 'fine' })
  })

  it('names the first condition that does not', () => {
    const report = run(assertModule, { that: ['holds', 'not this', 'nor that'], fail_msg: ['one', 'two'] })
    expect(report.failed).to.equal('one\ntwo')
    expect(report.result).to.deep.equal({ msg: ['one', 'two'], assertion: 'not this', evaluated_to: false })
    expect(run(assertModule, { that: false }).failed).to.equal('Assertion failed')
  })

  it('takes one message only', () => {
    expect(assertModule.args.safeParse({ that: 'x', msg: 'a', fail_msg: 'b' }).success).to.equal(false)
  })
})

describe('debug', () => {
  it('shows a message of any kind', () => {
    expect(run(debug, { msg: { a: [1] } }).result).to.deep.equal({ msg: { a: [1] } })
    expect(run(debug, {}).result).to.deep.equal({ msg: 'Hello world!' })
  })

  it('shows a variable, also one that is written as a template', () => {
    expect(run(debug, { var: 'known' }).result).to.deep.equal({ known: [1, 'two'] })
    expect(run(debug, { var: '{{ known }}' }).result).to.deep.equal({ known: [1, 'two'] })
  })

  it('does not fail for an undefined variable, but for a mistake in the expression', () => {
    expect(run(debug, { var: 'nope' }).result).to.deep.equal({ nope: 'VARIABLE IS NOT DEFINED!' })
    expect(() => run(debug, { var: 'broken +' })).to.throw('unexpected end')
  })

  it('keeps silent under its verbosity', () => {
    expect(run(debug, { msg: 'x', verbosity: 1 }).skipped).to.equal('Verbosity threshold not met.')
    expect(debug.run(debug.args.parse({ msg: 'x', verbosity: 1 }), { ...task, verbosity: 1 })).to.deep.include({
      result: { msg: 'x' },
    })
  })

  it('takes msg or var', () => expect(debug.args.safeParse({ msg: 'x', var: 'y' }).success).to.equal(false))
})

describe('set_fact', () => {
  it('sets variables, words of truth as booleans', () => {
    const report = run(setFact, { a: 1, b: 'Yes', c: 'no', d: 'maybe', e: { f: 'yes' }, cacheable: true })
    expect(report.facts).to.deep.equal({ a: 1, b: true, c: false, d: 'maybe', e: { f: 'yes' } })
    expect(report.result).to.deep.equal({ ansible_facts: report.facts })
  })

  it('refuses names that are none, and nothing at all', () => {
    expect(setFact.args.safeParse({ 'a-b': 1 }).error?.message).to.match(/'a-b' is not valid/)
    expect(setFact.args.safeParse({ cacheable: true }).error?.message).to.match(/at least one is required/)
  })
})

describe('fail', () => {
  it('says what it was told', () => {
    expect(run(fail, { msg: 'no key' })).to.deep.equal({ changed: false, failed: 'no key', result: { msg: 'no key' } })
    expect(run(fail, {}).failed).to.equal('Failed as requested from task')
  })
})

describe('ping', () => {
  it('answers with what the host really said', async () => {
    const { again, after } = await converge(ping, { data: "it's $HOME" })
    expect(again.changes).to.deep.equal([])
    expect(after).to.equal("it's $HOME")
  })

  it('crashes when told so', () => {
    expect(ping.plan(ping.args.parse({ data: 'crash' }), 'crash').refuse).to.equal('boom')
  })
})
