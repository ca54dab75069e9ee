import { expect } from 'chai'
import { progressRows } from '../../src/report/progress-rows.ts'
import { createProgress } from '../../src/report/progress.ts'
import { displayWidth } from '../../src/report/width.ts'
import { install, outcome } from './support/events.ts'
import { fleetRun, type Timed } from './support/fleet-run.ts'
import { ascii, bare } from './support/stream.ts'

const runOf = (hosts: number): Timed[] => fleetRun({ hosts, tasks: 20, forks: 50, mode: 'check' })

/** The rows after a share of a scripted run that takes `ms`. */
function rowsAt(hosts: number, share: number, ms: number, theme = bare, run = runOf(hosts)): string[] {
  const progress = createProgress()
  for (const { at, event } of run) {
    if (at <= share) progress.add(event, at * ms)
  }
  const now = progress.snapshot(share * ms)
  if (!now) return []
  const { title, rows } = progressRows(now, theme, 80)
  return [title, ...rows]
}

describe('live rows', () => {
  it('name the hosts when they are few', () => {
    expect(rowsAt(3, 0.4, 60_000)).to.deep.equal([
      "Log the firewall's drops and forward them  check  24 s",
      '━━━━━━━━━━━━━───────────────────  0/3 hosts   43%  about 35 s left',
      '2 in sync · 1 would change',
      'web2.example.net  Load the nf_log module  2.2 s',
      'web1.example.net  Log dropped packets  2.1 s',
      'web3.example.net  Log dropped packets',
    ])
  })

  it('aggregate them when they are many', () => {
    expect(rowsAt(1_000, 0.43, 600_000)).to.deep.equal([
      "Log the firewall's drops and forward them  check  4 min 18 s",
      '━━━━━━━━━━━━━───────────────────  404/1000 hosts   43%  about 6 min left',
      '279 in sync · 139 would change · 23 failed · 9 unreachable',
      '46 running  20 Install rsyslog 13 · 19 Install the TLS drive… · 7 others',
    ])
  })

  it('are nine at most and fit the terminal, whatever the fleet and its state', () => {
    for (const hosts of [0, 1, 5, 6, 40, 1_000]) {
      const run = runOf(hosts)
      for (const share of [0, 0.01, 0.3, 0.99, 1]) {
        for (const theme of [bare, ascii]) {
          const rows = rowsAt(hosts, share, 3_600_000, theme, run)
          expect(rows.length).to.be.at.most(9)
          if (hosts > 0) expect(displayWidth(rows[1] ?? '')).to.be.at.most(78)
        }
      }
    }
  })

  it('count a host that left early as done, and never more than all', () => {
    const progress = createProgress()
    progress.add({ event: 'play-start', play: 'p', hosts: ['a', 'b'], tasks: 10 }, 0)
    progress.add(outcome('a', install, { outcome: 'failed' }), 1)
    progress.add({ event: 'host-end', host: 'a', play: 'p', state: 'failed' }, 2)
    expect(progress.snapshot(2)).to.include({ done: 0.5, ended: 1, hosts: 2 })
    for (let task = 0; task < 15; task += 1) progress.add(outcome('b', install), 3)
    expect(progress.snapshot(3)).to.include({ done: 1 })
    expect(progress.snapshot(3)?.standings).to.include({ failed: 1, ok: 1 })
  })

  it('estimate the time left from what is done, and not before there is something to go by', () => {
    const progress = createProgress()
    const hosts = Array.from({ length: 10 }, (_, at) => `h${at}`)
    progress.add({ event: 'play-start', play: 'p', hosts, tasks: 10 }, 0)
    for (const host of hosts) progress.add(outcome(host, install), 1_000)
    expect(progress.snapshot(2_000)?.left).to.equal(undefined)
    expect(progress.snapshot(10_000)?.left).to.equal(90_000)
  })
})
