import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { expect } from 'chai'
import { type Certificate, CertificateAuthority } from '../lab/certificates.ts'
import { runPlaybook } from '../engine/playbook-run.ts'
import { freePort, makeKeys, needSshd, publicKey, type Sshd, startSshd, trust } from '../transport/sshd.ts'

const name = 'intake.test'

/** Two hosts: the controller's handshake goes through the sshd of one, the other forbids it and uses its openssl. */
describe('tls_reachable', function () {
  this.timeout(60_000)
  const keys = makeKeys()
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
  const open = new Set<Server>()
  const sockets = new Set<Socket>()
  const sshds: Sshd[] = []
  let inventory = ''
  let authority: CertificateAuthority
  let good: Certificate

  before(async function () {
    needSshd(this)
    const [hostKey, userKey] = [keys.make('host'), keys.make('user')]
    const start = async (...config: string[]) => {
      const sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)], config })
      sshds.push(sshd)
      trust(keys, sshd.port, hostKey)
      return sshd.port
    }
    const [tunnel, closed] = await Promise.all([start(), start('AllowTcpForwarding no')])
    inventory = `
all:
  vars:
    ansible_host: 127.0.0.1
    ansible_ssh_private_key_file: ${userKey}
    ansible_ssh_common_args: -o UserKnownHostsFile=${keys.knownHosts}
  hosts:
    tunnel: { ansible_port: ${tunnel} }
    closed: { ansible_port: ${closed} }
`
    authority = await CertificateAuthority.create(join(dir, 'ca'), 'Trusted CA')
    good = await authority.issue({ name })
    writeFileSync(join(dir, 'ca.pem'), `# Root\n${authority.pem}`)
  })
  after(async () => {
    for (const socket of sockets) socket.destroy()
    for (const server of open) server.close()
    await Promise.all(sshds.map((sshd) => sshd.stop()))
    keys.clean()
    rmSync(dir, { recursive: true, force: true })
  })

  const listen = async (server: Server): Promise<number> => {
    open.add(server)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const complaints: string[] = []
  const tls = (certificate: Certificate) =>
    listen(createTlsServer(certificate).on('tlsClientError', ({ message }) => complaints.push(message)))
  const plain = (greet: (socket: Socket) => void) => listen(createServer(greet))

  const attempt = async (port: number, more = '', how: { mode?: 'apply' | 'check'; ca?: string } = {}) => {
    const { mode = 'apply', ca = 'ca.pem' } = how
    const task = `
- hosts: all
  gather_facts: false
  tasks:
    - name: Prove
      tls_reachable:
        host: 127.0.0.1
        port: ${port}
        name: ${name}
        ca_url: file://${dir}/${ca}
        timeout: 3
${more.replace(/^/gm, '        ')}
`
    return runPlaybook(task, { mode, hosts: ['tunnel', 'closed'], files: { 'hosts.yml': inventory } })
  }
  const said = (run: Awaited<ReturnType<typeof attempt>>) =>
    Object.fromEntries(run.tasks.map(({ host, outcome, message }) => [host, [outcome, message]]))
  const warnings = (run: Awaited<ReturnType<typeof attempt>>) =>
    run.events.flatMap((event) => (event.event === 'warning' ? [`${event.host}: ${event.message}`] : []))

  for (const mode of ['apply', 'check'] as const) {
    it(`proves way, chain, name and days, through sshd and by the host's openssl, in ${mode}`, async () => {
      const run = await attempt(await tls(good), '', { mode })
      expect(run.code, JSON.stringify(said(run))).to.equal(0)
      for (const { host, result } of run.tasks) {
        expect(result, host).to.include({ proven: true, subject: name, issuer: 'Trusted CA', days_left: 59 })
        expect(result?.['protocol'], host).to.match(/^TLSv1\.[23]$/)
      }
      expect(warnings(run)).to.deep.equal([])
      expect(complaints, 'of the server').to.deep.equal([])
    })
  }

  it('takes an intermediate for a CA, as rsyslog does', async () => {
    // A server's certificate trusted by itself is the shortest chain that does not end in a root.
    writeFileSync(join(dir, 'leaf.pem'), good.cert)
    const run = await attempt(await tls(good), '', { ca: 'leaf.pem' })
    expect(run.code, JSON.stringify(said(run))).to.equal(0)
  })

  const faults: readonly [string, () => Promise<number>, RegExp][] = [
    ['nothing listens', freePort, /cannot (reach|be reached).*\(Connection refused\)$/],
    ['it says nothing', () => plain((socket) => socket.resume()), /did not answer/],
    [
      'it closes at once',
      () => plain((socket) => socket.destroy()),
      /closed the connection at the beginning of the TLS/,
    ],
    [
      'it speaks plain text',
      () => plain((socket) => socket.end('220 ready\r\n')),
      /does not speak TLS: it answered something else/,
    ],
    [
      'another name',
      async () => tls(await authority.issue({ name: 'elsewhere.test' })),
      /for elsewhere\.test, not for intake\.test/,
    ],
    [
      'an end in the past',
      async () => tls(await authority.issue({ name, from: -20, to: -10 })),
      /certificate of intake\.test at .* ended on .* GMT/,
    ],
    ['a beginning in the future', async () => tls(await authority.issue({ name, from: 10, to: 20 })), /not valid yet/],
    [
      'its own signature',
      async () => tls(await authority.issue({ name }, true)),
      /signed by itself, which is not among the CAs \(Trusted CA\)/,
    ],
    [
      'a stranger’s signature',
      async () => tls(await (await CertificateAuthority.create(join(dir, 'other'), 'Stranger CA')).issue({ name })),
      /signed by Stranger CA, which is not among the CAs \(Trusted CA\)/,
    ],
  ]
  for (const [what, server, message] of faults) {
    it(`says so: ${what}`, async () => {
      const run = await attempt(await server())
      expect(run.code).to.equal(2)
      for (const [host, [outcome, text]] of Object.entries(said(run))) {
        expect(outcome, host).to.equal('failed')
        expect(text, host).to.match(message)
      }
    })
  }

  it('warns only, where told to', async () => {
    const run = await attempt(await tls(await authority.issue({ name: 'elsewhere.test' })), 'mode: warn')
    expect(run.code).to.equal(0)
    expect(warnings(run)).to.have.length(2)
    expect(warnings(run).join('\n')).to.match(/tunnel: .* not for intake\.test/)
    for (const { result } of run.tasks) expect(result).to.include({ proven: false })
  })

  it('warns from thirty days before the end, in a check too', async () => {
    const run = await attempt(await tls(await authority.issue({ name, to: 11 })), '', { mode: 'check' })
    expect(run.code).to.equal(0)
    expect(warnings(run)).to.have.length(2)
    for (const text of warnings(run)) expect(text).to.match(/certificate of intake\.test ends in 1[01] days, on .* GMT/)
  })

  it('refuses what is no certificate before it connects', async () => {
    writeFileSync(join(dir, 'page.pem'), '<!DOCTYPE html><html>gone</html>')
    const run = runPlaybook(
      `- hosts: all\n  gather_facts: false\n  tasks:\n    - tls_reachable: { host: x, port: 1, ca_url: "file://${dir}/page.pem" }\n`,
    )
    expect(String(await run.catch((error: unknown) => error))).to.match(/page\.pem is an HTML page, not a certificate/)
  })

  it('tries nothing while the host uses this server with these CAs already', async () => {
    const config = join(dir, 'used.conf')
    const ca = join(dir, 'used.pem')
    writeFileSync(ca, readFileSync(join(dir, 'ca.pem')))
    const more = `ca_path: ${ca}\nunless_file: ${config}\nunless_texts: ['target="x" port="1"', 'CAFile="y"']`
    const port = await freePort()
    const outcomes = async () => (await attempt(port, more)).tasks.map(({ outcome }) => outcome)
    expect(await outcomes()).to.deep.equal(['failed', 'failed'])
    writeFileSync(config, 'action(target="x" port="1"\n  CAFile="y")\n')
    expect(await outcomes()).to.deep.equal(['ok', 'ok'])
    writeFileSync(ca, 'another')
    expect(await outcomes()).to.deep.equal(['failed', 'failed'])
    writeFileSync(ca, readFileSync(join(dir, 'ca.pem')))
    writeFileSync(config, 'action(target="x" port="2"\n  CAFile="y")\n')
    expect(await outcomes()).to.deep.equal(['failed', 'failed'])
  })
})
