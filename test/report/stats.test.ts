import { expect } from 'chai'
import fc from 'fast-check'
import { countOutcome, createTally, noStats, standingOf, statsOf } from '../../src/report/stats.ts'
import type { HostStats, RunEvent, TaskEvent } from '../../src/report/events.ts'
import { configure, install, outcome } from './support/events.ts'
import { anyEvents } from './support/any-events.ts'

describe('the recap counts', () => {
  const cases: [string, Partial<TaskEvent>, Partial<HostStats>][] = [
    ['ok', { outcome: 'ok' }, { ok: 1 }],
    ['changed, which is ok as well', { outcome: 'changed' }, { ok: 1, changed: 1 }],
    ['may change, apart and never as ok', { outcome: 'may-change' }, { 'may-change': 1 }],
    ['failed', { outcome: 'failed' }, { failed: 1 }],
    ['timed out as failed', { outcome: 'timed-out' }, { failed: 1 }],
    ['unreachable', { outcome: 'unreachable' }, { unreachable: 1 }],
    ['skipped', { outcome: 'skipped' }, { skipped: 1 }],
    ['cancelled not at all', { outcome: 'cancelled' }, {}],
    ['an ignored failure as ok', { outcome: 'failed', ignored: true }, { ok: 1, ignored: 1 }],
    [
      'an ignored failure that changed something as changed too',
      { outcome: 'failed', ignored: true, result: { changed: true, rc: 1 } },
      { ok: 1, ignored: 1, changed: 1 },
    ],
    ['an ignored unreachable host as ok', { outcome: 'unreachable', ignored: true }, { ok: 1, ignored: 1 }],
    ['a rescued failure as rescued alone', { outcome: 'failed', rescued: true }, { rescued: 1 }],
    ['a loop item not at all', { outcome: 'changed', item: 'a' }, {}],
  ]
  for (const [name, event, counts] of cases) {
    it(name, () => {
      expect(countOutcome(noStats, outcome('web1', install, event))).to.deep.equal({ ...noStats, ...counts })
    })
  }

  it('as ansible-core 2.14 does for the same play', () => {
    // command: true · command: false, ignored · command: false, rescued by a debug · a skipped debug ·
    // a loop over true and false, ignored. Ansible's recap: ok=4 changed=3 skipped=1 rescued=1 ignored=2.
    const failed = { outcome: 'failed', result: { changed: true, rc: 1 } } as const
    const events = [
      outcome('h', install, { outcome: 'changed' }),
      outcome('h', install, { ...failed, ignored: true }),
      outcome('h', install, { ...failed, rescued: true }),
      outcome('h', install),
      outcome('h', install, { outcome: 'skipped' }),
      outcome('h', install, { outcome: 'changed', item: 'true' }),
      outcome('h', install, { ...failed, item: 'false', ignored: true }),
      outcome('h', install, { ...failed, ignored: true }),
    ]
    expect(statsOf(events)['h']).to.deep.equal({ ...noStats, ok: 4, changed: 3, skipped: 1, rescued: 1, ignored: 2 })
  })

  it('every task event exactly once, whatever comes', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const tasks = events.filter((event) => event.event === 'task' && event.item === undefined) as TaskEvent[]
        const stats = Object.values(statsOf(events))
        const sum = (...keys: (keyof HostStats)[]): number =>
          stats.reduce((total, host) => total + keys.reduce((part, key) => part + host[key], 0), 0)
        const counted = tasks.filter((task) => task.outcome !== 'cancelled')
        expect(sum('ok', 'may-change', 'failed', 'unreachable', 'skipped', 'rescued')).to.equal(counted.length)
        for (const host of stats) expect(host.ok).to.be.at.least(host.changed).and.at.least(host.ignored)
      }),
    )
  })

  it('lists a host that was never started', () => {
    const events: RunEvent[] = [
      { event: 'play-start', play: 'p', hosts: ['a', 'b'], tasks: 1 },
      outcome('a', configure),
      { event: 'host-end', host: 'b', play: 'p', state: 'not-started' },
    ]
    const tally = createTally()
    for (const event of events) tally.add(event)
    expect(Object.keys(tally.hosts())).to.deep.equal(['a', 'b'])
    expect(tally.states().get('b')).to.equal('not-started')
  })

  it('keeps the worst state of a host over several plays', () => {
    const tally = createTally()
    for (const state of ['done', 'failed', 'done'] as const)
      tally.add({ event: 'host-end', host: 'a', play: 'p', state })
    expect(tally.states().get('a')).to.equal('failed')
  })
})

describe('the standing of a host', () => {
  it('is the worst that happened to it', () => {
    expect(standingOf({ ...noStats, changed: 1, failed: 1 })).to.equal('failed')
    expect(standingOf({ ...noStats, changed: 1, 'may-change': 1 })).to.equal('changed')
    expect(standingOf(noStats, 'cancelled')).to.equal('cancelled')
  })
})
