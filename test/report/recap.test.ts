import { expect } from 'chai'
import { recapLines, type Recap } from '../../src/report/recap.ts'
import { noStats } from '../../src/report/stats.ts'
import { displayWidth } from '../../src/report/width.ts'
import type { HostStats } from '../../src/report/events.ts'
import { ascii, bare } from './support/stream.ts'

function recap(hosts: Readonly<Record<string, Partial<HostStats>>>, rest: Partial<Recap> = {}): Recap {
  const full = Object.entries(hosts).map(([host, stats]) => [host, { ...noStats, ...stats }] as const)
  return { hosts: Object.fromEntries(full), states: new Map(), ms: 72_000, cancelled: false, check: false, ...rest }
}

describe('the recap table', () => {
  it('names who was cancelled and who never started', () => {
    const states = new Map([
      ['web1', 'cancelled'],
      ['web2', 'not-started'],
    ] as const)
    const lines = recapLines(recap({ web1: { ok: 3, changed: 1 }, web2: {} }, { states, cancelled: true }), {
      theme: bare,
      verbosity: 0,
    })
    expect(lines).to.deep.equal([
      'RECAP  2 hosts interrupted after 1 min 12 s: 1 cancelled, 1 not started',
      '',
      '  host       ok  changed  failed  unreachable  skipped',
      '◌ web1        3        1       0            0        0  cancelled',
      '◌ web2        0        0       0            0        0  not started',
    ])
  })

  it('fits 80 columns with every column there is, and a host name that is too long', () => {
    const all: HostStats = {
      ok: 1000,
      changed: 20,
      'may-change': 3,
      failed: 4,
      unreachable: 5,
      skipped: 6,
      rescued: 7,
      ignored: 8,
    }
    const lines = recapLines(recap({ 'a-very-long-host-name.in.a.deep.domain.example.net': all }, { check: true }), {
      theme: ascii,
      verbosity: 0,
      columns: 80,
    })
    expect(lines.slice(2)).to.deep.equal([
      '  host                      ok  change  may  fail  unreach  skip  rescue  ignore',
      'x a-very-long-host-nam... 1000      20    3     4        5     6       7       8',
    ])
    for (const line of lines) expect(displayWidth(line)).to.be.at.most(80)
  })

  it('of a large fleet lists whom to look at, fifty at most, and all with -v', () => {
    const hosts = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`h${at}`, at < 60 ? { unreachable: 1 } : { ok: 1 }]),
    )
    const lines = recapLines(recap(hosts), { theme: bare, verbosity: 0 })
    expect(lines).to.have.length(3 + 50 + 1)
    expect(lines.at(-1)).to.equal('and 10 more that need attention, 40 ok  (-v lists every host)')
    expect(recapLines(recap(hosts), { theme: bare, verbosity: 1 })).to.have.length(3 + 100)
  })

  it('of no hosts is one line', () => {
    expect(recapLines(recap({}), { theme: bare, verbosity: 0 })).to.deep.equal(['RECAP  0 hosts in 1 min 12 s'])
  })
})
