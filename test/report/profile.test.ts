import { expect } from 'chai'
import type { HostProfile, RunEvent } from '../../src/report/events.ts'
import { createProfile } from '../../src/report/profile.ts'
import { displayWidth } from '../../src/report/width.ts'

const profile = (total: number, tasks: HostProfile['tasks'] = {}): HostProfile => ({
  ...{ total, connect: 120, exchange: 30, host: total - 300, controller: 60, waiting: 100 },
  tasks,
})
const end = (host: string, of: HostProfile): RunEvent => ({
  ...{ event: 'host-end', host, play: 'all', state: 'done' },
  profile: of,
})
const ran = (host: string, name: string, at: string): RunEvent => ({
  ...{ event: 'task', host, task: { name, module: 'apt', at }, outcome: 'ok', check: false, changes: [], ms: 9 },
})

describe('a profile', () => {
  it('shows where the time went, by host and by task', () => {
    const shown = createProfile()
    for (const [host, total] of [
      ['web1', 1000],
      ['web2', 3000],
    ] as const) {
      shown.add(ran(host, 'Install rsyslog', 'site.yml:3'))
      shown.add(ran(host, 'Start rsyslog', 'site.yml:9'))
      shown.add(end(host, profile(total, { 'site.yml:3': total / 2, 'site.yml:9': 10 })))
    }
    // A second play adds to the first.
    shown.add(end('web1', profile(500)))
    expect(shown.lines(80)).to.deep.equal([
      '',
      'PROFILE  seconds, 2 hosts',
      '',
      '  host                   total  connect  exchange     host  controller  waiting',
      '  web2                    3.00     0.12      0.03     2.70        0.06     0.10',
      '  web1                    1.50     0.24      0.06     0.90        0.12     0.20',
      '  mean                    2.25     0.18      0.04     1.80        0.09     0.15',
      '',
      '  task, on the host                 hosts     mean     most  slowest',
      '  Install rsyslog                       2     1.00     1.50  web2',
      '  Start rsyslog                         2     0.01     0.01  web1',
    ])
  })

  it('of a large fleet shows the slowest, within 80 columns whatever things are called', () => {
    const shown = createProfile()
    for (let number = 0; number < 1000; number++) {
      const host = `${'数据库'.repeat(8)}${number}.example.net`
      for (let task = 0; task < 30; task++)
        shown.add(ran(host, `Write\x1b[2J ${'long '.repeat(20)}${task}`, `site.yml:${task}`))
      shown.add(end(host, profile(1000 + number, { 'site.yml:3': number, 'site.yml:4': 1 })))
    }
    const lines = shown.lines(80)
    expect(lines[1]).to.equal('PROFILE  seconds, the 10 slowest of 1000 hosts')
    expect(lines.length).to.equal(4 + 11 + 2 + 2)
    for (const line of lines) {
      expect(displayWidth(line)).to.be.at.most(80)
      expect(line).to.not.match(/\p{Cc}/u)
    }
  })

  it('of a run that reached nobody is nothing', () => {
    const shown = createProfile()
    shown.add({ event: 'host-end', host: 'web1', play: 'all', state: 'not-started' })
    expect(shown.lines(80)).to.deep.equal([])
  })
})
