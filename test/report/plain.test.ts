import { expect } from 'chai'
import { createPlainReporter } from '../../src/report/plain.ts'
import type { RunEvent } from '../../src/report/events.ts'
import type { View } from '../../src/report/task-lines.ts'
import { configure, install, outcome, smallRun, version } from './support/events.ts'
import { fleetRun, recapOf } from './support/fleet-run.ts'
import { ascii, bare, collector, colorful, play } from './support/stream.ts'

const quiet: View = { theme: bare, verbosity: 0, diff: false, folder: '/work', screen: false }

async function plain(events: readonly RunEvent[], view: Partial<View> = {}): Promise<string> {
  const stdout = collector()
  await play(createPlainReporter(stdout, { ...quiet, ...view }), events)
  return stdout.text()
}

async function lines(events: readonly RunEvent[], view: Partial<View> = {}): Promise<string[]> {
  const start: RunEvent = { event: 'play-start', play: 'p', hosts: ['web1', 'web2'], tasks: 1 }
  const text = await plain([start, ...events], view)
  return text.split('\n').slice(3, -1)
}

describe('plain output', () => {
  it('tells a run by its changes and failures, with diffs, and ends in a table', async () => {
    const events = smallRun(false)
    expect(await plain([...events, recapOf(events, 12_300)], { diff: true })).to.equal(`\
Applying playbooks/netfilter.yml

PLAY  Log the firewall's drops  (4 hosts, 4 tasks)

warning: the group "gateways" is empty
web2        notice   waiting for the lock that alice@ops holds since 12:31
web1        changed  Install rsyslog (rsyslog-gnutls): install rsyslog-gnutls 8.2302.0  [netfilter/main.yml:3]
web1        changed  Write the rsyslog configuration: content, mode 0644 → 0600  [11-netfilter.yml:12]
      │ --- /etc/rsyslog.d/11-netfilter.conf
      │ +++ /etc/rsyslog.d/11-netfilter.conf
      │ @@ -1,9 +1,9 @@
      │  module(load="imuxsock")
      │ -*.* /var/log/messages
      │ +:msg, contains, "NF" /var/log/nf
      │  a
      │  b
      │  c
      │  d
      │  e
      │  f
      │ -& stop
      │ +& stop
      │ \\ No newline at end of file
web1        debug    Say the version: rsyslog 8.2302.0
web1        changed  handler Restart rsyslog: restarted  [h.yml:2]
web2        changed  Write the rsyslog configuration: content  [11-netfilter.yml:12]
      │ /etc/rsyslog.d/11-netfilter.conf: the same diff as on web1
web2        debug    Say the version: version = {"major":8,"minor":2302}
db-primary  failed   Install rsyslog: apt-get exited with 100  [playbooks/roles/netfilter/tasks/main.yml:3]
      E: Unable to locate package rsyslog-gnutls
          see \\x1b[31mapt(8)\\x1b[0m
      hint: refresh the package lists with \`update_cache: true\`
数据库1     unreachable  Install rsyslog: connect to 192.0.2.7 port 22: connection timed out after 10 s  [playbooks/roles/netfilter/tasks/main.yml:3]

RECAP  4 hosts in 12 s: 2 changed, 1 failed, 1 unreachable

  host         ok  changed  failed  unreachable  skipped
● web1          4        3       0            0        0
● web2          3        1       0            0        1
✖ db-primary    0        0       1            0        0
✖ 数据库1       0        0       0            1        0
`)
  })

  it('announces in a check run', async () => {
    const events = smallRun(true)
    expect(await plain([...events, recapOf(events, 12_300)])).to.equal(`\
Checking playbooks/netfilter.yml: nothing is changed on any host

PLAY  Log the firewall's drops  (4 hosts, 4 tasks)

warning: the group "gateways" is empty
web2        notice        waiting for the lock that alice@ops holds since 12:31
web1        would change  Install rsyslog (rsyslog-gnutls): install rsyslog-gnutls 8.2302.0  [netfilter/main.yml:3]
web1        would change  Write the rsyslog configuration: content, mode 0644 → 0600  [11-netfilter.yml:12]
web1        debug         Say the version: rsyslog 8.2302.0
web1        may change    handler Restart rsyslog: it depends on the packages above  [h.yml:2]
web2        would change  Write the rsyslog configuration: content  [11-netfilter.yml:12]
web2        debug         Say the version: version = {"major":8,"minor":2302}
db-primary  failed        Install rsyslog: apt-get exited with 100  [playbooks/roles/netfilter/tasks/main.yml:3]
      E: Unable to locate package rsyslog-gnutls
          see \\x1b[31mapt(8)\\x1b[0m
      hint: refresh the package lists with \`update_cache: true\`
数据库1     unreachable   Install rsyslog: connect to 192.0.2.7 port 22: connection timed out after 10 s  [playbooks/roles/netfilter/tasks/main.yml:3]

RECAP  4 hosts in 12 s: 2 would change, 1 failed, 1 unreachable

  host         ok  would change  may change  failed  unreachable  skipped
● web1          3             2           1       0            0        0
● web2          3             1           0       0            0        1
✖ db-primary    0             0           0       1            0        0
✖ 数据库1       0             0           0       0            1        0
`)
  })

  it('says why a task may change under what it surely would', async () => {
    const event = outcome('web1', configure, {
      outcome: 'may-change',
      check: true,
      changes: [{ what: 'owner root → syslog' }],
      message: 'the user syslog comes with a package',
    })
    expect(await lines([event])).to.deep.equal([
      'web1  may change  Write the rsyslog configuration: owner root → syslog  [11-netfilter.yml:12]',
      '      the user syslog comes with a package',
    ])
  })

  it('shows what a failed command wrote, unless its message says so already', async () => {
    const result = { rc: 3, stderr: 'E: no such package\n', stdout: 'Reading\nBuilding\n' }
    const failed = { outcome: 'failed', message: 'non-zero return code', result } as const
    expect(
      await lines([
        outcome('web1', install, failed),
        outcome('web2', install, { ...failed, message: 'apt-get exited with 3\nE: no such package' }),
      ]),
    ).to.deep.equal([
      'web1  failed   Install rsyslog: non-zero return code  [playbooks/roles/netfilter/tasks/main.yml:3]',
      '      exit code 3',
      '      stderr: E: no such package',
      '      stdout:',
      '        Reading',
      '        Building',
      'web2  failed   Install rsyslog: apt-get exited with 3  [playbooks/roles/netfilter/tasks/main.yml:3]',
      '      E: no such package',
      '      stdout:',
      '        Reading',
      '        Building',
    ])
  })

  it('names files as seen from where the command was given', async () => {
    const at = '/work/playbooks/roles/x/tasks/install.yml:7'
    const failed = outcome('web1', { ...install, at }, { outcome: 'failed', message: 'no' })
    const warning: RunEvent = { event: 'warning', message: 'careful', task: { ...install, at: '/elsewhere/a.yml:1' } }
    expect(await lines([failed, warning])).to.deep.equal([
      'web1  failed   Install rsyslog: no  [playbooks/roles/x/tasks/install.yml:7]',
      'warning: careful  [/elsewhere/a.yml:1]',
    ])
  })

  it('marks failures that something caught', async () => {
    const failed = { outcome: 'failed', message: 'exited with 1' } as const
    expect(
      await lines([
        outcome('web1', configure, { ...failed, ignored: true }),
        outcome('web2', configure, { ...failed, rescued: true }),
      ]),
    ).to.deep.equal([
      'web1  failed   Write the rsyslog configuration: exited with 1 (ignored)  [playbooks/tasks/11-netfilter.yml:12]',
      'web2  failed   Write the rsyslog configuration: exited with 1 (rescued)  [playbooks/tasks/11-netfilter.yml:12]',
    ])
  })

  it('bounds a long failure at both ends, and not with -v', async () => {
    const message = ['make failed', ...Array.from({ length: 100 }, (_, at) => `line ${at + 1}`)].join('\n')
    const event = outcome('web1', install, { outcome: 'failed', message })
    const short = await lines([event])
    expect(short).to.have.length(1 + 10 + 1 + 30)
    expect(short[11]).to.equal('      … 60 lines left out (-v shows them) …')
    expect(short.at(-1)).to.equal('      line 100')
    expect(await lines([event], { verbosity: 1 })).to.have.length(101)
  })

  it('shows a debug message over several lines as it was written', async () => {
    const event = outcome('web1', version, { result: { msg: 'one\n  two\n' } })
    expect(await lines([event])).to.deep.equal(['web1  debug    Say the version', '      one', '        two'])
  })

  it('shows what a loop did item by item, and its failure once', async () => {
    const failed = { outcome: 'failed', message: 'no such package' } as const
    expect(
      await lines([
        outcome('web1', install, { item: 'a', outcome: 'changed', changes: [{ what: 'install a' }] }),
        outcome('web1', install, { item: 'b', ...failed }),
        outcome('web1', install, { outcome: 'failed', message: 'one or more items failed' }),
        outcome('web2', install, { item: 'a' }),
        outcome('web2', install, { outcome: 'failed', message: 'until never came true' }),
      ]),
    ).to.deep.equal([
      'web1  changed  Install rsyslog (a): install a  [netfilter/main.yml:3]',
      'web1  failed   Install rsyslog (b): no such package  [playbooks/roles/netfilter/tasks/main.yml:3]',
      'web2  failed   Install rsyslog: until never came true  [playbooks/roles/netfilter/tasks/main.yml:3]',
    ])
  })

  it('adds results with -v, places with -vv, and starts with -vvv', async () => {
    const events: RunEvent[] = [
      { event: 'task-start', host: 'web1', task: install },
      outcome('web1', install, { result: { changed: false, rc: 0 } }),
    ]
    expect(await lines(events)).to.deep.equal([])
    expect(await lines(events, { verbosity: 1 })).to.deep.equal([
      'web1  ok       Install rsyslog  [netfilter/main.yml:3]',
      '      {"changed":false,"rc":0}',
    ])
    expect(await lines(events, { verbosity: 2 })).to.deep.equal([
      'web1  ok       Install rsyslog (package)  [playbooks/roles/netfilter/tasks/main.yml:3]',
      '      {"changed":false,"rc":0}',
    ])
    expect(await lines(events, { verbosity: 3 })).to.deep.equal([
      'web1  starts   Install rsyslog (package)',
      'web1  ok       Install rsyslog (package) (0.1 s)  [playbooks/roles/netfilter/tasks/main.yml:3]',
      '      {"changed":false,"rc":0}',
    ])
  })

  it('needs nothing but ASCII where there is no UTF-8', async () => {
    const event = outcome('web1', configure, { outcome: 'changed', changes: [{ what: 'mode 0644 → 0600' }] })
    const text = await plain([event, recapOf([event], 1_000)], { theme: ascii })
    expect(text).to.match(/^[\n\x20-\x7e]*$/)
    expect(text).to.contain('mode 0644 -> 0600')
    expect(text).to.contain('* web1')
  })

  it('says the same with colours as without', async () => {
    const events = smallRun(false)
    const all = [...events, recapOf(events, 12_300)]
    const colored = await plain(all, { theme: colorful, diff: true })
    expect(colored.replace(/\u001b\[\d+m/g, '')).to.equal(await plain(all, { diff: true }))
  })

  it('groups the failures of a fleet by cause at its end', async () => {
    const run = fleetRun({ hosts: 100, tasks: 10, forks: 50, mode: 'check' }).map(({ event }) => event)
    const text = await plain(run)
    expect(text.split('\n').slice(text.split('\n').findIndex((line) => line.startsWith('RECAP')))).to.deep.equal([
      'RECAP  100 hosts in 12 s: 63 in sync, 30 would change, 5 failed, 2 unreachable',
      '',
      '  host                 ok  would change  failed  unreachable  skipped',
      '✖ web5.example.net      5             0       1            0        0',
      '✖ web25.example.net     5             0       1            0        0',
      '✖ web45.example.net     5             0       1            0        0',
      '✖ web50.example.net     0             0       0            1        0',
      '✖ web65.example.net     5             0       1            0        0',
      '✖ web85.example.net     5             0       1            0        0',
      '✖ web100.example.net    0             0       0            1        0',
      'and 63 in sync, 30 would change  (-v lists every host)',
      '',
      '5 × Write the CA certificate: apt-get exited with 100  web5.example.net, web25.example.net, web45.example.net, web65.example.net, web85.example.net',
      '2 × connect to 192.0.2.7 port 22: connection timed out after 10 s  web50.example.net, web100.example.net',
      '',
    ])
  })
})
