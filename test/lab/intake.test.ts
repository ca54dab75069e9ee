import { expect } from 'chai'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Intake, IntakeFault } from './intake.ts'
import type { Lab, LabHost } from './lab.ts'
import { labOrSkip } from './mocha.ts'

const FORWARD = `
$DefaultNetstreamDriverCAFile /etc/rsyslog.d/lab-ca.pem
template(name="lab" type="string" string="<%pri%>1 %timestamp:::date-rfc3339% %hostname% %app-name% %procid% LOG [LAB@1 key=\\"K\\"] %msg%\\n")
if $msg contains "IPTables/" then action(type="omfwd" protocol="tcp" target="intake.sekoia.io" port="10514"
  TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="intake.sekoia.io" template="lab" action.resumeRetryCount="-1" action.resumeInterval="1")
`
const RULES = `
iptables -A INPUT -p tcp --dport 4242 -j LOG --log-prefix "IPTables/Dropped: "
iptables -A INPUT -p tcp --dport 4242 -j DROP
systemctl restart rsyslog
`

describe('the intake', () => {
  let lab: Lab
  let intake: Intake

  before(async function () {
    const packages = ['iptables', 'rsyslog', 'rsyslog-gnutls']
    lab = await labOrSkip.call(this, [
      { name: 'old', suite: 'bullseye', packages },
      { name: 'mid', suite: 'bookworm', packages },
      { name: 'new', suite: 'trixie', packages },
    ])
    intake = await lab.intake()
  })
  after(() => lab?.down())

  for (const name of ['old', 'mid', 'new']) {
    it(`receives a packet that a host really dropped: ${name}`, async () => {
      const host = lab.host(name)
      await host.exec('cat >/etc/rsyslog.d/lab-ca.pem', { input: intake.caPem })
      await host.exec('cat >/etc/rsyslog.d/lab.conf', { input: FORWARD })
      await host.exec(RULES)
      knock(host.address, 4242)
      const frame = await intake.waitFor((candidate) => candidate.hostname === name, 10_000)
      expect(frame).to.include({ priority: 4, appName: 'kernel', structuredData: '[LAB@1 key="K"]' })
      expect(frame.msg)
        .to.include(`IPTables/Dropped: IN=e_${name} `)
        .and.to.match(/DPT=4242 .*\n$/)
      expect([host.address, host.address6]).to.include(frame.from)
    })
  }

  const handshakes: [IntakeFault, string][] = [
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['unknown-ca', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['plaintext', 'timed out|ECONNRESET'],
    ['silent', 'timed out'],
    ['refuse', 'ECONNREFUSED'],
  ]
  for (const [fault, expected] of handshakes) {
    it(`fails a handshake and recovers: ${fault}`, async () => {
      await intake.fault(fault)
      expect(await handshake(intake)).to.match(new RegExp(`^(${expected})$`))
      await intake.fault()
      expect(await handshake(intake)).to.equal('TLS')
    })
  }

  it('can make packets vanish, also those of an open connection, and recovers', async () => {
    const host = lab.host('mid')
    expect(await reaches(host, intake)).to.be.true
    await intake.fault('drop')
    expect(await reaches(host, intake)).to.be.false
    knock(host.address, 4242)
    const seen = intake.frames.length
    await expectRejection(intake.waitFor(() => intake.frames.length > seen, 1_500))
    await intake.fault()
    await intake.waitFor(() => intake.frames.length > seen, 30_000)
  })

  it('can end a connection after its first message', async () => {
    await intake.fault('close')
    const errors = await send(intake, ['5 first', '6 second'])
    expect(errors).to.equal('closed')
    await intake.fault()
  })

  it('reads slowly', async () => {
    await intake.fault('slow')
    const began = Date.now()
    const big = 'x'.repeat(60_000)
    void send(intake, [`60000 ${big}`, `60000 ${big}`, '4 last'])
    await intake.waitFor((frame) => frame.text === 'last', 30_000)
    expect(Date.now() - began).to.be.greaterThan(900)
    await intake.fault()
  })

  it('keeps what is not octet-counted apart, as an error', async () => {
    await send(intake, ['<13>1 - - - - - - newline-framed\n'])
    expect(intake.errors.at(-1)).to.include('not octet-counted')
  })

  it('says what came instead when a message does not', async () => {
    const error = await expectRejection(intake.waitFor((frame) => frame.text === 'never', 50))
    expect(String(error)).to.match(/no such message within 50 ms; \d+ messages and \d+ errors came/)
  })

  it('takes another name and port beside it, which the hosts resolve', async () => {
    const other = await lab.intake({ name: 'intake.fra2.sekoia.io', port: 10515 })
    expect(await handshake(other)).to.equal('TLS')
    expect((await lab.host('new').exec('getent hosts intake.fra2.sekoia.io')).stdout).to.include(lab.gateway6)
    await other.close()
  })
})

const trust = (intake: Intake): { host: string; port: number; ca: string; servername: string } => ({
  host: intake.host,
  port: intake.port,
  ca: intake.caPem,
  servername: intake.name,
})

/** `TLS`, or the code of what went wrong. */
function handshake(intake: Intake): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls(trust(intake))
    const finish = (answer: string): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(500, () => finish('timed out'))
    socket.once('secureConnect', () => finish('TLS'))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
  })
}

/** Sends each text in a write of its own; resolves when the intake has closed the connection or a second later. */
function send(intake: Intake, texts: readonly string[]): Promise<'closed' | 'open'> {
  return new Promise((resolve) => {
    const socket = connectTls(trust(intake), () => texts.forEach((text) => socket.write(text)))
    socket.on('error', () => undefined)
    socket.once('close', () => resolve('closed'))
    setTimeout(() => {
      resolve('open')
      socket.end()
    }, 1_000)
  })
}

async function reaches(host: LabHost, intake: Intake): Promise<boolean> {
  const { code } = await host.exec(`timeout 1 bash -c 'exec 3<>/dev/tcp/${intake.name}/${intake.port}'`)
  return code === 0
}

function knock(address: string, port: number): void {
  const socket = connectTcp({ host: address, port })
  socket.on('error', () => undefined)
  setTimeout(() => socket.destroy(), 500)
}

async function expectRejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).to.be.an('error')
  return outcome
}
