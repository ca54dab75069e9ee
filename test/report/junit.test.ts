import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import { createCases, createJunitReporter } from '../../src/report/junit.ts'
import { junitXml } from '../../src/report/junit-xml.ts'
import type { RunEvent } from '../../src/report/events.ts'
import { anyEvents } from './support/any-events.ts'
import { configure, install, outcome, smallRun } from './support/events.ts'
import { play } from './support/stream.ts'

function xml(events: readonly RunEvent[]): string {
  const cases = createCases('/work')
  for (const event of events) cases.add(event)
  return junitXml(cases.name(), cases.suites())
}

/** Throws unless the text is well-formed: tags that match, attributes in quotes, no stray `<` or `&`. */
function checkWellFormed(text: string): void {
  const open: string[] = []
  const body = text.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, '')
  const token = /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy
  let at = 0
  for (const found of body.matchAll(token)) {
    if (found.index !== at) break
    at += found[0].length
    if (/&(?!(?:amp|lt|gt|quot);)/.test(found[0])) throw new Error(`stray & in ${found[0]}`)
    const [, closing, name = '', , empty, words] = found
    if (words !== undefined) continue
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`)
    } else if (!empty) open.push(name)
  }
  if (at !== body.length || open.length > 0) throw new Error(`broken at ${at}: ${body.slice(at, at + 80)}`)
}

describe('JUnit', () => {
  it('is a suite per host and a case per task', () => {
    expect(xml(smallRun(false))).to.equal(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sallyport apply playbooks/netfilter.yml" tests="10" failures="1" errors="1" skipped="1" time="1.200">
  <testsuite name="web1" hostname="web1" tests="4" failures="0" errors="0" skipped="0" time="0.480">
    <testcase classname="Log the firewall's drops" name="Install rsyslog" file="playbooks/roles/netfilter/tasks/main.yml" line="3" time="0.120">
      <system-out>changed: install rsyslog-gnutls 8.2302.0</system-out>
    </testcase>
    <testcase classname="Log the firewall's drops" name="Write the rsyslog configuration" file="playbooks/tasks/11-netfilter.yml" line="12" time="0.120">
      <system-out>changed: content
mode 0644 → 0600</system-out>
    </testcase>
    <testcase classname="Log the firewall's drops" name="Say the version" file="playbooks/netfilter.yml" line="9" time="0.120"/>
    <testcase classname="Log the firewall's drops" name="Restart rsyslog" file="playbooks/h.yml" line="2" time="0.120">
      <system-out>changed: restarted</system-out>
    </testcase>
  </testsuite>
  <testsuite name="web2" hostname="web2" tests="4" failures="0" errors="0" skipped="1" time="0.480">
    <testcase classname="Log the firewall's drops" name="Install rsyslog" file="playbooks/roles/netfilter/tasks/main.yml" line="3" time="0.120"/>
    <testcase classname="Log the firewall's drops" name="Write the rsyslog configuration" file="playbooks/tasks/11-netfilter.yml" line="12" time="0.120">
      <system-out>changed: content</system-out>
    </testcase>
    <testcase classname="Log the firewall's drops" name="Say the version" file="playbooks/netfilter.yml" line="9" time="0.120"/>
    <testcase classname="Log the firewall's drops" name="Restart rsyslog" file="playbooks/h.yml" line="2" time="0.120">
      <skipped message="when: not in_container"/>
    </testcase>
  </testsuite>
  <testsuite name="db-primary" hostname="db-primary" tests="1" failures="1" errors="0" skipped="0" time="0.120">
    <testcase classname="Log the firewall's drops" name="Install rsyslog" file="playbooks/roles/netfilter/tasks/main.yml" line="3" time="0.120">
      <failure message="apt-get exited with 100" type="failed">apt-get exited with 100
E: Unable to locate package rsyslog-gnutls
    see \\x1b[31mapt(8)\\x1b[0m
hint: refresh the package lists with \`update_cache: true\`</failure>
    </testcase>
  </testsuite>
  <testsuite name="数据库1" hostname="数据库1" tests="1" failures="0" errors="1" skipped="0" time="0.120">
    <testcase classname="Log the firewall's drops" name="Install rsyslog" file="playbooks/roles/netfilter/tasks/main.yml" line="3" time="0.120">
      <error message="connect to 192.0.2.7 port 22: connection timed out after 10 s" type="unreachable">connect to 192.0.2.7 port 22: connection timed out after 10 s</error>
    </testcase>
  </testsuite>
</testsuites>
`)
  })

  it('fails in check what is not in sync, as the exit code does', () => {
    const start: RunEvent = { event: 'run-start', playbooks: ['p.yml'], mode: 'check' }
    const changed = outcome('web1', configure, { check: true, outcome: 'changed', changes: [{ what: 'content' }] })
    expect(xml([start, changed])).to.contain('<failure message="would change: content" type="changed">')
    expect(xml([{ ...start, mode: 'apply-check' }, changed])).to.contain(
      '<system-out>would change: content</system-out>',
    )
  })

  it('passes what was rescued or ignored, and names a host that never started', () => {
    const text = xml([
      outcome('web1', install, { outcome: 'failed', ignored: true, message: 'exited with 1' }),
      outcome('web1', install, { outcome: 'failed', rescued: true, message: 'exited with 1' }),
      { event: 'host-end', host: 'web2', play: 'p', state: 'not-started' },
    ])
    expect(text).to.contain('<system-out>failed, ignored: exited with 1</system-out>')
    expect(text).to.contain('name="Install rsyslog (2)"')
    expect(text).to.contain('<error message="never started, as the run stopped before" type="not-started">')
  })

  it('has a case for each proof of each forward, which fails where its task does', () => {
    const proof = (forward: string, state: 'proven' | 'failed' | 'unproven'): RunEvent => ({
      event: 'proof',
      host: 'web1',
      forward,
      proof: 'sent',
      state,
      detail: `as ${forward} shows`,
      proves: 'that it works',
      does_not_prove: 'anything else',
    })
    const failing = { outcome: 'failed', message: 'a proof failed' } as const
    const text = xml([
      ...[proof('nginx', 'failed'), outcome('web1', install, failing)],
      ...[proof('sshd', 'unproven'), outcome('web1', install)],
      ...[proof('relp', 'proven'), outcome('web1', install)],
      ...[proof('cron', 'failed'), outcome('web1', install, { ...failing, ignored: true })],
    ])
    expect(text).to.match(/name="nginx: sent" time="0.000">\s+<failure message="as nginx shows" type="proof">/)
    expect(text).to.match(/name="sshd: sent" time="0.000">\s+<skipped message="unproven: as sshd shows"\/>/)
    expect(text).to.match(/name="relp: sent" time="0.000">\s+<system-out>as relp shows/)
    expect(text).to.match(/name="cron: sent" time="0.000">\s+<system-out>as cron shows/)
    expect(text).to.contain('tests="8" failures="2"')
  })

  it('is well-formed whatever hosts say', () => {
    fc.assert(fc.property(anyEvents, (events) => checkWellFormed(xml(events))))
    checkWellFormed(xml([outcome('a&b<"\'>', install, { outcome: 'failed', message: ']]> <&amp;> "\ufffe' })]))
  })

  it('is written whole at the end, into a folder that need not exist', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'junit-'))
    try {
      const file = join(folder, 'reports', 'junit.xml')
      await play(await createJunitReporter(file), smallRun(false))
      expect(await readFile(file, 'utf8')).to.equal(xml(smallRun(false)))
      expect(await readdir(join(folder, 'reports'))).to.deep.equal(['junit.xml'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('refuses a folder before anything runs, and a place that went away meanwhile, both as mistakes', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-junit-'))
    expect(await createJunitReporter(dir).catch((error: unknown) => error)).to.be.instanceOf(UserError)
    const reporter = await createJunitReporter(join(dir, 'sub', 'report.xml'))
    await rm(dir, { recursive: true })
    expect(await reporter.end().catch((error: unknown) => error)).to.be.instanceOf(UserError)
  })

  it('refuses a place it cannot write to before anything runs', async () => {
    // A file is no folder, not even for root.
    const error: unknown = await createJunitReporter('/etc/passwd/junit.xml').catch((reason: unknown) => reason)
    expect(error)
      .to.be.instanceOf(UserError)
      .with.property('message')
      .that.matches(/^cannot write the JUnit file \/etc/)
  })
})
