import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { expect } from 'chai'
import { acceptEntry } from '../../src/modules/netfilter/accept.ts'
import { type AtRest, atRestScript, proveAtRest, readAtRest } from '../../src/modules/proofs/at-rest.ts'
import { motionScript, type Motion, readMotion } from '../../src/modules/proofs/in-motion.ts'
import { judgeMotion } from '../../src/modules/proofs/judge-motion.ts'
import { closedPort, opened } from '../../src/modules/proofs/knock.ts'
import { type Proof, proven, unproven } from '../../src/modules/proofs/proof.ts'
import { ownRsyslogds } from '../../src/modules/proofs/rsyslogd.ts'
import { readSender, senderScript } from '../../src/modules/proofs/sender.ts'
import type { Script } from '../../src/shell/script.ts'

const states = (proofs: readonly Proof[]) => Object.fromEntries(proofs.map(({ proof, state }) => [proof, state]))
const details = (proofs: readonly Proof[]) => proofs.map(({ detail }) => detail).join('\n')

describe('proofs of what is installed', () => {
  const wish = { drivers: ['lmnsd_gtls'], config: '/etc/rsyslog.d/x.conf', texts: ['target="x"'], ca: '/etc/ca.pem' }
  const tls = proven('tls', 'TLSv1.3')
  const fine = 'version 8.2302.0\nvalid\ndriver lmnsd_gtls\nrunning\nconfigured\nread\n'
  const table: readonly [string, string, Partial<Record<string, string>>, RegExp][] = [
    ['no rsyslogd', '', { packages: 'failed', configuration: 'failed', ca: 'failed' }, /no rsyslogd/],
    ['no driver', fine.replace('driver lmnsd_gtls\n', ''), { packages: 'failed' }, /without lmnsd_gtls/],
    ['a mistake', fine.replace('valid', 'complaint error: oops'), { configuration: 'failed' }, /error: oops/],
    ['no process', fine.replace('running\n', ''), { configuration: 'failed' }, /does not run/],
    [
      'no forward',
      fine.replace('configured\nread\n', ''),
      { configuration: 'failed' },
      /there is no \/etc\/rsyslog\.d\/x\.conf/,
    ],
    [
      'a file that nobody reads',
      fine.replace('read\n', ''),
      { configuration: 'failed' },
      /rsyslogd does not read \/etc\/rsyslog\.d\/x\.conf/,
    ],
    [
      'another intake',
      fine.replace('configured', 'configured\nunsaid target="x"'),
      { configuration: 'failed' },
      /x\.conf does not say target="x"/,
    ],
    ['all of it', fine, { packages: 'proven', configuration: 'proven' }, /rsyslog 8\.2302\.0 with lmnsd_gtls/],
    ['a page for a CA', `${fine}ca\n<html>`, { ca: 'failed' }, /is an HTML page/],
  ]
  for (const [what, output, expected, detail] of table) {
    it(`see ${what}`, () => {
      const proofs = proveAtRest(readAtRest(output), wish, tls)
      expect(states(proofs)).to.include(expected)
      expect(details(proofs)).to.match(detail)
    })
  }

  it('see another key than the one that was given', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-key-'))
    const config = join(dir, '11-x.conf')
    writeFileSync(config, 'string="[SEKOIA@53288 intake_key=\\"old-key\\"] %msg%"\n')
    for (const shell of ['sh', 'bash'])
      for (const [key, unsaid] of [
        ['old-key', []],
        ['new-key', ['the intake key that was given']],
        ['old', ['the intake key that was given']],
      ] as const) {
        const { text } = atRestScript({ ...wish, texts: [], config, key, ca: '/none' })
        const stdout = execFileSync(shell, { input: text, encoding: 'utf8' })
        expect(readAtRest(stdout).unsaid).to.deep.equal(unsaid)
      }
    rmSync(dir, { recursive: true })
  })

  it('judge a bundle of CAs by whether the intake is among what they signed', () => {
    const seen = readAtRest(`${fine}ca\n${rootCertificates.slice(0, 20).join('\n')}`)
    expect(states(proveAtRest(seen, wish, tls))).to.include({ ca: 'proven' })
    expect(states(proveAtRest(seen, wish, unproven('tls', 'no openssl')))).to.include({ ca: 'unproven' })
  })

  it('ask a host without changing anything, also one without rsyslog', () => {
    const script = `PATH=/nowhere:$PATH\n${atRestScript({ ...wish, ca: '/etc/hostname' }).text}`
    const seen: AtRest = readAtRest(execFileSync('sh', ['-c', script]).toString())
    expect(seen.configured).to.equal(false)
    expect(seen.ca).to.be.a('string')
  })

  describe('see whether rsyslogd reads the file', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-read-'))
    after(() => rmSync(dir, { recursive: true }))
    const include = `$IncludeConfig ${dir}/conf.d/*.conf\n`
    const table: readonly [string, string, string, boolean][] = [
      ['included by a directive', include, 'x.conf', true],
      ['included by include()', `include(\n  file="${dir}/conf.d/*.conf"\n  mode="optional")\n`, 'x.conf', true],
      ['behind a link', `$IncludeConfig ${dir}/link/*.conf\n`, 'x.conf', true],
      ['by a name that no pattern takes', include, 'x', false],
      ['hidden', include, '.x.conf', false],
      ['included by nothing', `# ${include}`, 'x.conf', false],
    ]
    mkdirSync(join(dir, 'conf.d'))
    symlinkSync('conf.d', join(dir, 'link'))
    writeFileSync(join(dir, 'conf.d', 'a.conf'), '$ModLoad imfile\n')
    for (const [what, main, name, read] of table) {
      it(what, () => {
        writeFileSync(join(dir, 'main'), `module(load="imuxsock")\n${main}`)
        const config = join(dir, 'conf.d', name)
        writeFileSync(config, 'target="x"\n')
        const script = atRestScript({ ...wish, config, ca: '/none' }).text.replaceAll(
          '/etc/rsyslog.conf',
          `${dir}/main`,
        )
        for (const [program, ...args] of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
          const seen = readAtRest(execFileSync(program, [...args, '-c', script]).toString())
          expect(seen, program).to.include({ configured: true, read })
        }
        rmSync(config)
      })
    }
  })
})

describe('proofs that rsyslogd runs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-running-'))
  after(() => rmSync(dir, { recursive: true }))

  /** Of one process, as /proc tells it: its ids from namespace to namespace, and its network unless that is hidden. */
  interface Process {
    readonly ids?: readonly number[]
    readonly network?: string
  }
  const host: Process = { ids: [100], network: 'net:[1]' }
  const container: Process = { ids: [200, 7], network: 'net:[2]' }
  const table: readonly [string, readonly Process[], boolean][] = [
    ['by one of the host', [host], true],
    ['by none', [], false],
    ['and not by one of a container', [container], false],
    ['and not by one of a container in the network of the host', [{ ...container, network: 'net:[1]' }], false],
    ['and not by one of a container among the processes of the host', [{ ...host, network: 'net:[2]' }], false],
    ['by one of the host beside one of a container', [container, host], true],
    ['without root by one of the host', [{ ids: [100] }], true],
    ['and without root not by one of a container', [{ ids: [200, 7] }], false],
    ['by one of the host where Linux tells no ids', [{ network: 'net:[1]' }], true],
    ['and not by one of a container where Linux tells no ids', [{ network: 'net:[2]' }], false],
  ]
  /** What a script says under each shell where an rsyslogd is each of these. */
  function ask({ text }: Script, processes: readonly Process[]): string[] {
    const proc = join(dir, 'proc')
    const numbered = processes.map((one, index) => [String(index), one] as const)
    rmSync(proc, { recursive: true, force: true })
    for (const [name, { ids, network }] of [['self', host] as const, ...numbered]) {
      mkdirSync(join(proc, name, 'ns'), { recursive: true })
      const told = ids === undefined ? '' : `NSpid:\t${ids.join('\t')}\n`
      writeFileSync(join(proc, name, 'status'), `Name:\trsyslogd\n${told}NSpgid:\t1\t1\n`)
      if (network !== undefined) symlinkSync(network, join(proc, name, 'ns', 'net'))
    }
    writeFileSync(join(dir, 'pidof'), `#!/bin/sh\necho ${numbered.map(([name]) => name).join(' ')}\n`, { mode: 0o755 })
    const env = { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` }
    const script = text.replaceAll('/proc/', `${proc}/`)
    return [['dash'], ['bash', '--posix'], ['busybox', 'sh']].map(([program = 'sh', ...args]) =>
      execFileSync(program, [...args, '-c', script], { env }).toString(),
    )
  }

  for (const [what, processes, running] of table) {
    it(what, () => {
      for (const said of ask(ownRsyslogds, processes)) {
        expect(said).to.equal(running ? `${processes.length - 1}\n` : '')
      }
    })
  }

  const target = { action: 'sekoia_sshd', host: 'intake.example', port: 10_514 }
  const atRest = atRestScript({ drivers: [], config: '/none', texts: [], ca: '/none' })
  for (const [what, one, running] of [
    ['the host', host, true],
    ['a container', container, false],
  ] as const) {
    it(`as both scripts have it of one of ${what}`, () => {
      for (const said of ask(atRest, [one])) expect(readAtRest(said)).to.include({ running })
      for (const said of ask(senderScript(target), [one])) expect(readSender(said, target)).to.include({ running })
    })
  }
})

describe('proofs of one packet', () => {
  const chain = 'SALLYPORT_LOG'
  const counters = (logged: number, dropped: number) =>
    `@ipv4\n[${logged}:60] -A ${chain} -m limit --limit 1/sec -j LOG --log-prefix "IPTables/Dropped: "\n[${dropped}:60] -A ${chain} -j DROP\n@ipv6\n`
  const watch = { logChain: chain, target: { action: 'sekoia_netfilter', host: 'intake.example', port: 10_514 } }
  const motion = (head: string, tail = ''): Motion =>
    readMotion(`${head}@sender\nrunning\nthread futex_do_wait rs:sekoia_netfi\n${tail}`, watch)
  const before = motion(counters(5, 9), 'listens 0016\nopen C001 0A0000FE 00000000\nacked 49153 1000\n')
  const line = 'line /var/log/kern.log\n'
  const open = (unsent: string, acked: number) => `open C001 0A0000FE ${unsent}\nacked 49153 ${acked}\n`
  const table: readonly [string, Motion, Record<string, string>, RegExp][] = [
    [
      'all the way',
      motion(counters(6, 10), open('00000000', 1300) + line),
      { drop: 'proven', event: 'proven', sent: 'proven' },
      /300 bytes more/,
    ],
    [
      'no rule met',
      motion(counters(5, 9), open('00000000', 1000)),
      { drop: 'failed', event: 'failed', sent: 'failed' },
      /met no rule/,
    ],
    ['the limit', motion(counters(5, 10), open('00000000', 1300)), { drop: 'failed' }, /log_limit/],
    [
      'rules of another kind',
      motion('@ipv4\n@ipv6\n', open('00000000', 1300) + line),
      { drop: 'unproven', event: 'proven' },
      /see event/,
    ],
    [
      'no rules at all',
      motion('@ipv4\n@ipv6\n', open('00000000', 1300)),
      { drop: 'failed', event: 'failed' },
      /no line came/,
    ],
    ['an intake that is gone', motion(counters(6, 10), line), { event: 'proven', sent: 'failed' }, /no connection/],
    [
      'a black hole',
      motion(counters(6, 10), open('0000012C', 1000) + line),
      { sent: 'failed' },
      /300 bytes are not acknowledged/,
    ],
    [
      'a queue on disk',
      motion(counters(6, 10), `${open('00000000', 1300)}waits\n${line}`),
      { sent: 'failed' },
      /wait on disk/,
    ],
    [
      'a new connection',
      motion(
        counters(6, 10),
        `open C002 0A0000FE 00000000\nacked 49154 700\nopen C001 0A0000FE 00000000\nacked 49153 1000\n${line}`,
      ),
      { sent: 'proven' },
      /700 bytes/,
    ],
    [
      'a new connection in place of the old one',
      motion(counters(6, 10), `open C002 0A0000FE 00000000\nacked 49154 700\n${line}`),
      { sent: 'proven' },
      /700 bytes more/,
    ],
    [
      'a new connection that has the port of the old one',
      motion(counters(6, 10), open('00000000', 700) + line),
      { sent: 'proven' },
      /700 bytes more/,
    ],
    [
      'nothing sent',
      motion(counters(6, 10), open('00000000', 1000) + line),
      { sent: 'failed' },
      /nothing was sent since/,
    ],
    [
      'no ss to ask',
      motion(counters(6, 10), `open C001 0A0000FE 00000000\n${line}`),
      { sent: 'proven' },
      /connected, nothing waits/,
    ],
  ]
  for (const [what, after, expected, detail] of table) {
    it(`see ${what}`, () => {
      const proofs = judgeMotion(before, after, 20_000)
      expect(states(proofs)).to.include(expected)
      expect(details(proofs)).to.match(detail)
    })
  }

  it('count by nftables where its table is ours', () => {
    const rules = (packets: number) =>
      `@ipv4\n@ipv6\n@nft\ntable inet sallyport {\n\tchain ${chain} {\n\t\tlimit rate 60/minute counter packets ${packets} bytes 60 log prefix "IPTables/Dropped: " level warn\n\t\tcounter packets ${packets} bytes 60 drop\n\t}\n}\n`
    const proofs = judgeMotion(motion(rules(1)), motion(rules(2), open('00000000', 300) + line), 20_000)
    expect(states(proofs)).to.deep.equal({ drop: 'proven', event: 'proven', sent: 'proven' })
  })

  it('ask a host in one script that any shell takes', () => {
    const script = motionScript(watch, 'DPT=none').text
    for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']]) {
      const [program = 'sh', ...args] = shell
      const seen = readMotion(execFileSync(program, [...args, '-c', script]).toString(), watch)
      expect(seen.sender.connections, program).to.deep.equal([])
      expect(seen.line, program).to.equal(undefined)
    }
  })

  it('choose a port that is neither open nor allowed', () => {
    const listening = new Set(Array.from({ length: 20_000 }, (_, index) => 20_000 + index))
    expect(closedPort(listening, opened(['22', '40000:50000'], []))).to.equal(50_001)
    expect(closedPort(new Set(), opened(['1:65535'], []))).to.equal(undefined)
  })

  it('choose none that an entry of accept lets through', () => {
    const of = (...entries: readonly unknown[]) =>
      opened(
        [],
        entries.map((entry) => acceptEntry.parse(entry)),
      )
    const choose = (...entries: readonly unknown[]) => closedPort(new Set(), of(...entries))
    expect(choose({ ports: ['20000:32767'] })).to.equal(32_768)
    expect(choose({ ports: ['20000:32767'], protocol: 'tcp', from: ['admins'] })).to.equal(32_768)
    expect(choose({ ports: ['20000:65535'] })).to.equal(19_999)
    expect(choose({ ports: ['20000:65535'], protocol: 'udp' })).to.be.within(20_000, 30_000)
    expect(choose({ protocol: 'tcp' })).to.equal(undefined)
    expect(choose({ protocol: 'udp' })).to.be.within(20_000, 30_000)
    expect(of({ from: ['admins'] })).to.deep.equal({ ranges: [], toSome: true })
    expect(of({ interface: 'wg0', protocol: 'udp' })).to.deep.equal({ ranges: [], toSome: false })
  })

  it('call it unproven where packets from here may be accepted', () => {
    const passed = motion(counters(5, 9), open('00000000', 1000))
    expect(states(judgeMotion(before, passed, 20_000, true))).to.deep.equal({
      drop: 'unproven',
      event: 'unproven',
      sent: 'proven',
    })
    const unlogged = motion(counters(5, 10), open('00000000', 1000))
    expect(states(judgeMotion(before, unlogged, 20_000, true))).to.include({ drop: 'failed' })
  })
})
