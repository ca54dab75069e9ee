import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { destinationsScript } from '../../src/modules/proofs/destinations.ts'
import { judgeSender } from '../../src/modules/proofs/judge-sender.ts'
import { addressOf, readSender, senderScript } from '../../src/modules/proofs/sender.ts'

const target = { action: 'sekoia_sshd', host: 'intake.example', port: 10_514 }
const v6 = '6C3A53FD000100000000000001000000'
const sends = (name: string, host = target.host, port: number | string = target.port, queued = 'queue') =>
  `sends ${host} ${port} ${queued} ${name}\n`
const thread = (name: string, waitsIn = 'futex_do_wait') => `thread ${waitsIn} ${`rs:${name} queue:Reg`.slice(0, 15)}\n`
const open = (port: string, remote = v6, unsent = '00000000') => `open ${port} ${remote} ${unsent}\n`
const judge = (output: string, of = target) => judgeSender(readSender(`running\n${output}`, of))

const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const

describe('proofs of what an action sends', () => {
  const own = sends('sekoia_sshd') + thread('sekoia_sshd')
  const fine = `${own}${open('C001')}acked 49153 1200\n`
  const both = sends('sekoia_nginx') + thread('sekoia_nginx')
  const table: readonly [string, string, string, RegExp][] = [
    ['it is connected', fine, 'proven', /^connected, 1200 bytes acknowledged, nothing waits$/],
    ['no event came yet', sends('sekoia_sshd'), 'unproven', /no event came/],
    ['no event came yet, but to others', sends('sekoia_sshd') + both + open('C001'), 'unproven', /no event came/],
    ['rsyslogd gave up', `${fine}action 'sekoia_sshd' suspended\n`, 'failed', /suspended/],
    ['rsyslogd went on', `${fine}action 'sekoia_sshd' suspended\naction 'sekoia_sshd' resumed\n`, 'proven', /./],
    ['another gave up', `${fine + both}action 'sekoia_nginx' suspended\n`, 'proven', /^connected, 1200/],
    ['events wait on disk', `${fine}waits\n`, 'failed', /wait on disk/],
    ['no answer comes', `${own}connecting C001 ${v6} 00000001\n`, 'failed', /gets no connection/],
    ['nothing is acknowledged', own + open('C001', v6, '0000012C'), 'failed', /300 bytes/],
    [
      'a handshake hangs',
      sends('sekoia_sshd') + thread('sekoia_sshd', 'wait_woken') + open('C001'),
      'failed',
      /at work/,
    ],
    ['the kernel does not tell', sends('sekoia_sshd') + thread('sekoia_sshd', '0') + open('C001'), 'proven', /./],
    ['the intake has hung up', own, 'unproven', /connects with the next event/],
    ['all that send there are connected', fine + both + open('C002'), 'proven', /like all 2 forwards/],
    ['one of those is not', fine + both, 'unproven', /^1 of 2 forwards/],
    ['others send elsewhere', `${fine}${sends('siem', 'siem.example', 6514)}${thread('siem')}`, 'proven', /./],
    [
      'another host has the same port',
      `${own + sends('a', 'other.example') + open('C001')}address 10.0.0.1\n`,
      'unproven',
      /./,
    ],
    [
      'what cannot be read may go to the same port, and its connection is another one',
      `${own + sends('a', 'siem.example', '?') + open('C001')}address 10.0.0.1\n`,
      'unproven',
      /not connected at present/,
    ],
    [
      'what cannot be read may go to this intake',
      `${own + sends('a', '?', '?') + thread('a') + open('C001', 'FE00000A')}address 10.0.0.254\n`,
      'unproven',
      /^1 of 2 forwards/,
    ],
    [
      'another goes to this intake by its address',
      `${own + sends('a', '10.0.0.254') + thread('a') + open('C001', 'FE00000A')}address 10.0.0.254\n`,
      'unproven',
      /^1 of 2 forwards/,
    ],
    [
      'another without a queue has no thread, and counts',
      fine + sends('a', target.host, target.port, 'direct'),
      'unproven',
      /^1 of 2 forwards/,
    ],
    ['another with a queue has sent nothing', fine + sends('a'), 'proven', /./],
    ['the port of another is a name', `${fine}${sends('a', '?', '514')}`, 'proven', /./],
    [
      'that host is another one',
      `${own + sends('a', 'other.example') + open('C001', 'FE00000A')}address 10.0.0.254\n`,
      'proven',
      /./,
    ],
  ]
  for (const [what, output, state, detail] of table) {
    it(`see that ${what}`, () => {
      const proof = judge(output)
      expect(proof.state, proof.detail).to.equal(state)
      expect(proof.detail).to.match(detail)
    })
  }

  it('see that rsyslogd does not run', () => {
    const detail = 'rsyslogd does not run'
    expect(judgeSender(readSender(sends('sekoia_sshd'), target))).to.include({ state: 'failed', detail })
  })

  it('do not take one action for another whose name is the same as far as Linux shows it', () => {
    const longer = { ...target, action: 'sekoia_nginx2' }
    const seen = sends('sekoia_nginx') + sends('sekoia_nginx2') + thread('sekoia_nginx') + open('C001')
    expect(judge(seen, longer)).to.include({ state: 'unproven' })
    expect(judge(seen + thread('sekoia_nginx') + open('C002'), longer)).to.include({ state: 'proven' })
  })

  it('read addresses as Linux lists them', () => {
    expect(addressOf('FE00000A')).to.equal('10.0.0.254')
    expect(addressOf('0000000000000000FFFF0000FE00000A')).to.equal('10.0.0.254')
    expect(addressOf('706C53FD01000100000000000C000000')).to.equal('fd53:6c70:1:1::c')
  })

  describe('find out who sends where', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-senders-'))
    after(() => rmSync(dir, { recursive: true }))
    const main = join(dir, 'main')
    writeFileSync(main, `$IncludeConfig ${dir}/*.conf\n`)

    const table: readonly [string, string, readonly string[]][] = [
      [
        'of both styles, and print no key',
        `template(name="T" type="string" string="[SEKOIA@53288 intake_key=\\"secret\\"] %msg%\\n")
# action(name="old" type="omfwd" protocol="tcp" target="old.example" port="1")
if $programname == "sshd" then {
  action(name="sekoia_sshd" type="omfwd" protocol="tcp" target="intake.example" port="10514"
    template="T" # as (ever)
    queue.type="LinkedList")
}
action(name="sekoia_relp" type="omrelp" target="intake.example" port="11514" template="T")
action(type="omfwd" protocol="tcp" target="siem.example" port="6514")
$ActionName sekoia_legacy
$ActionQueueType LinkedList
if $programname == "cron" then @@(o)intake.example:10514;T
*.* @@plain.example:6516
`,
        [
          'intake.example 10514 queue sekoia_sshd',
          'intake.example 11514 direct sekoia_relp',
          'siem.example 6514 direct -',
          'intake.example 10514 queue sekoia_legacy',
          'plain.example 6516 direct -',
        ],
      ],
      [
        'in any case, order and number of lines',
        `Action(Type="omfwd" Target="SIEM.corp" Port="10514" Protocol="TCP" Queue.Type="FixedArray" Name="a b")
if $msg contains "action(" then action
(
  port = "10514"
  # target="comment.example"
  /* target="comment.example" ) */ protocol="tcp"
  template="x) target=\\"string.example\\""
  type="builtin:omfwd" target="next.example")
action(type="omrelp" port="1" target="one.example") action(type="omrelp" port="2" target="two.example")`,
        [
          'siem.corp 10514 queue a b',
          'next.example 10514 direct -',
          'one.example 1 direct -',
          'two.example 2 direct -',
        ],
      ],
      [
        'where it cannot be read, too',
        `action(type="omfwd" protocol="tcp" name="a" target=\`echo $SIEM\` port="10514")
action(type="omfwd" protocol="tcp" name="b" target="siem.example" port=\`echo $PORT\`)
action(type="omfwd" protocol="tcp" name="c" target="siem.example" port="syslog-tls")
action(type="omfwd" protocol="tcp" name="d" target=["one.example", "two.example"] port="10514")
action(type="omelasticsearch" name="e" server="es.example" serverport="9200")
action(type="omhttp" name="f" server="https://h.example:10514/x")
*.* @@[2001:db8::1]:10514
& @@(z9,o)syslog.example`,
        [
          '? 10514 direct a',
          'siem.example ? direct b',
          'siem.example ? direct c',
          'one.example 10514 direct d',
          'two.example 10514 direct d',
          '? 9200 direct e',
          '? 10514 direct f',
          '2001:db8::1 10514 direct -',
          'syslog.example 514 direct -',
        ],
      ],
      [
        'and who does not',
        `/* action(type="omrelp" target="a.example" port="1")
*/
action(type="omfwd" target="udp.example" port="10514")
action(type="omfwd" protocol="udp" target="udp.example" port="10514")
action(type="omfile" file="/var/log/it's")
*.* @udp.example:10514
:msg, contains, "@@string.example:1" stop
# *.* @@comment.example:1
transaction(type="omrelp" target="a.example" port="1")
$ActionName local
$ActionQueueType LinkedList
*.* -/var/log/local
*.* @@siem.example:10514`,
        ['siem.example 10514 direct -'],
      ],
    ]
    for (const [what, text, expected] of table) {
      it(what, () => {
        writeFileSync(join(dir, 'x.conf'), text)
        const script = destinationsScript.text.replaceAll('/etc/rsyslog.conf', main)
        for (const [program, ...args] of shells) {
          const output = execFileSync(program, [...args, '-c', script]).toString()
          expect(output.trimEnd().split('\n'), program).to.deep.equal(expected.map((line) => `sends ${line}`))
        }
      })
    }

    it('with what awk there is', () => {
      const [, text, expected] = table[1] ?? ['', '', []]
      writeFileSync(join(dir, 'x.conf'), text)
      const script = destinationsScript.text.replaceAll('/etc/rsyslog.conf', main)
      for (const awk of ['mawk', 'gawk --posix', 'original-awk', 'busybox awk']) {
        if (spawnSync('sh', ['-c', `${awk} 'BEGIN { exit 0 }'`]).status !== 0) continue
        const output = execFileSync('sh', ['-c', script.replaceAll(/(?<=[ (])awk(?= ')/g, awk)]).toString()
        expect(output.match(/^sends .*$/gm), awk).to.deep.equal(expected.map((line) => `sends ${line}`))
      }
    })
  })

  describe('see what rsyslogd says of its actions', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-said-'))
    after(() => rmSync(dir, { recursive: true }))
    const start = `[origin software="rsyslogd" swVersion="8.2302.0" x-pid="${process.pid}" x-info="https://www.rsyslog.com"] start`
    const gaveUp = "action 'sekoia_sshd' suspended (module 'builtin:omfwd'), retry 0. There should be messages before"
    const wentOn =
      "action 'sekoia_sshd' resumed (module 'builtin:omfwd') [v8.2302.0 try https://www.rsyslog.com/e/2359 ]"
    const old = 'Nov  9 17:51:37 web1'
    const iso = '2026-11-29T17:51:37.123456+00:00 web1'

    /** Texts of the journal for this process, of /var/log/syslog, and whether it is seen that rsyslogd gave up. */
    const table: readonly [string, readonly string[] | undefined, readonly string[], boolean][] = [
      ['in the journal', [start, gaveUp], [], true],
      ['in the journal, that it went on', [start, gaveUp, wentOn], [], false],
      ['in a file', undefined, [`${old} rsyslogd: ${start}`, `${old} rsyslogd: ${gaveUp}`], true],
      ['in a file with newer dates', undefined, [`${iso} rsyslogd: ${start}`, `${iso} rsyslogd[9]: ${gaveUp}`], true],
      [
        'in a file, where it does not tell the journal',
        [],
        [`${iso} rsyslogd: ${start}`, `${iso} rsyslogd: ${gaveUp}`],
        true,
      ],
      ['in a file, of an earlier one', undefined, [`${iso} rsyslogd: ${gaveUp}`, `${iso} rsyslogd: ${start}`], false],
      [
        'and not what others say under its name',
        [start],
        [`${iso} rsyslogd: ${start}`, `${iso} rsyslogd: ${gaveUp}`],
        false,
      ],
      [
        'and not what others say that it went on',
        [start, gaveUp],
        [`${iso} rsyslogd: ${start}`, `${iso} rsyslogd: ${wentOn}`],
        true,
      ],
      [
        'and not what others say under theirs',
        undefined,
        [`${iso} rsyslogd: ${start}`, `${iso} evil: ${gaveUp}`, `${old} evil: rsyslogd: ${gaveUp}`],
        false,
      ],
    ]
    for (const [what, journal, file, suspended] of table) {
      it(what, () => {
        const program = (name: string, text: string) =>
          writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
        program('pidof', `echo ${process.pid}`)
        program('journalctl', journal === undefined ? 'exit 1' : `cat '${dir}/journal'`)
        writeFileSync(join(dir, 'journal'), (journal ?? []).map((line) => `${line}\n`).join(''))
        writeFileSync(join(dir, 'syslog'), file.map((line) => `${line}\n`).join(''))
        const script = senderScript(target).text.replaceAll('/var/log/', `${dir}/`)
        const env = { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` }
        for (const [shell, ...args] of shells) {
          const output = execFileSync(shell, [...args, '-c', script], { env }).toString()
          expect(readSender(output, target).suspended, shell + output).to.equal(suspended)
        }
      })
    }
  })
})
