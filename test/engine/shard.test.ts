import { expect } from 'chai'
import fc from 'fast-check'
import { parseShard, shardOf } from '../../src/engine/shard.ts'
import { UserError } from '../../src/errors.ts'
import { runPlaybook } from './playbook-run.ts'

describe('a part of a fleet', () => {
  const said: readonly [text: string, env: Readonly<Record<string, string>>, shard: string | RegExp][] = [
    ['1/1', {}, '1/1'],
    ['2/5', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '9' }, '2/5'],
    ['auto', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '3' }, '1/3'],
    ['auto', { STRATEGY_JOB_INDEX: '0', STRATEGY_JOB_TOTAL: '3' }, '1/3'],
    ['auto', { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' }, '3/3'],
    ['auto', {}, /no scheduler tells which part this is/],
    ['auto', { JOB_COMPLETION_INDEX: '2' }, /JOB_COMPLETION_INDEX is '2', JOB_COMPLETIONS is not set/],
    ['auto', { CI_NODE_INDEX: '4', CI_NODE_TOTAL: '3' }, /CI_NODE_INDEX is '4', CI_NODE_TOTAL is '3'/],
    ['auto', { CI_NODE_INDEX: 'x', CI_NODE_TOTAL: '3' }, /CI_NODE_INDEX is 'x'/],
    ...['0/3', '4/3', '1/0', '1', '1/', 'a/b', '-1/3', '1.5/3', ''].map(
      (text) => [text, {}, /is no part of a whole/] as [string, Record<string, string>, RegExp],
    ),
  ]
  for (const [text, env, shard] of said)
    it(`${text} with ${JSON.stringify(env)}`, () => {
      if (typeof shard === 'string') {
        const { index, count } = parseShard(text, env)
        expect(`${index}/${count}`).to.equal(shard)
      } else expect(() => parseShard(text, env)).to.throw(UserError, shard)
    })

  it('has each host once, in parts of one size, however the inventory lists them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 5 })), fc.integer({ min: 1, max: 7 }), (hosts, count) => {
        const parts = Array.from({ length: count }, (_, part) => [...shardOf(hosts, { index: part + 1, count })])
        expect(parts.flat().sort()).to.deep.equal([...hosts].sort())
        const sizes = parts.map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1)
        const other = [...hosts].reverse()
        expect([...shardOf(other, { index: 1, count })].sort()).to.deep.equal([...(parts[0] ?? [])].sort())
      }),
    )
  })

  it('is what a run goes to, in every play, and no host of a play is no warning', async () => {
    const play = (hosts: string) =>
      `- hosts: ${hosts}\n  gather_facts: false\n  tasks:\n    - { name: t, debug: { msg: "{{ ansible_play_hosts_all | join }}" } }\n`
    const playbook = play('all') + play('h1:h2')
    const hosts = ['h3', 'h1', 'h2']
    const first = await runPlaybook(playbook, { hosts, shard: '1/3' })
    expect(first.lines).to.deep.equal(['h1 t ok', 'h1 t ok'])
    expect(first.tasks.map(({ result }) => result?.['msg'])).to.deep.equal(['h1', 'h1'])
    const third = await runPlaybook(playbook, { hosts, shard: '3/3' })
    expect(third.lines).to.deep.equal(['h3 t ok'])
    expect(third.code).to.equal(0)
    expect(third.events.filter(({ event }) => event === 'warning')).to.deep.equal([])
    expect((await runPlaybook(playbook, { hosts, shard: '1/3', limit: 'h2' })).lines).to.deep.equal([])
  })
})
