import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { judgeSender } from '../../src/modules/proofs/judge-sender.ts'
import { addressOf, readSender, senderScript } from '../../src/modules/proofs/sender.ts'

const target = { action: 'sekoia_sshd', host: 'intake.example', port: 10_514 }
const v6 = '6C3A53FD000100000000000001000000'
const sends = (name: string, host = target.host, port = target.port) => `sends ${name} ${host} ${port}\n`
const thread = (name: string, waitsIn = 'futex_do_wait') => `thread ${waitsIn} ${`rs:${name} queue:Reg`.slice(0, 15)}\n`
const open = (port: string, remote = v6, unsent = '00000000') => `open ${port} ${remote} ${unsent}\n`
const judge = (output: string, of = target) => judgeSender(readSender(output, of))

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

  it('find out who sends where, and print no key', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-senders-'))
    writeFileSync(
      join(dir, 'x.conf'),
      `template(name="T" type="string" string="[SEKOIA@53288 intake_key=\\"secret\\"] %msg%\\n")
# action(name="old" type="omfwd" target="old.example" port="1")
if $programname == "sshd" then {
  action(name="sekoia_sshd" type="omfwd" protocol="tcp" target="intake.example" port="10514"
    template="T")
}
action(name="sekoia_relp" type="omrelp" target="intake.example" port="11514" template="T")
action(type="omfwd" target="siem.example" port="6514")
$ActionName sekoia_legacy
if $programname == "cron" then @@(o)intake.example:10514;T
*.* @@plain.example:6516
`,
    )
    const text = senderScript(target)
      .text.replaceAll('/etc/rsyslog.d', dir)
      .replaceAll('/etc/rsyslog.conf', '/dev/null')
    for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']]) {
      const [program = 'sh', ...args] = shell
      const output = execFileSync(program, [...args, '-c', text]).toString()
      expect(output.match(/^sends .*$/gm), program).to.deep.equal([
        'sends sekoia_sshd intake.example 10514',
        'sends sekoia_relp intake.example 11514',
        'sends - siem.example 6514',
        'sends sekoia_legacy intake.example 10514',
        'sends - plain.example 6516',
      ])
      expect(output).not.to.contain('secret')
    }
    rmSync(dir, { recursive: true })
  })
})
