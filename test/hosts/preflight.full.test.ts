import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { IntakeFault, Intake } from '../lab/intake.ts'
import type { FileServer } from '../lab/file-server.ts'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab } from '../lab/lab.ts'
import { CertificateAuthority } from '../lab/certificates.ts'
import { changesOf, type Fleet, fleetOf, type RunReport } from './fleet.ts'

const packages = ['iptables', 'rsyslog', 'rsyslog-gnutls', 'curl', 'ca-certificates']

/** Hosts that forward already are told to forward elsewhere, where something is wrong: they go on as before. */
describe('the preflight of the shipped playbook', function () {
  this.timeout(300_000)
  let lab: Lab
  let fleet: Fleet
  let other: Intake
  /** Its CA ends in less than a month. */
  let ending: Intake
  let files: FileServer
  /** The same for the hosts. */
  let hostFiles: FileServer
  let strangerPem: string
  let port = 5200
  const faultyPort = 10515

  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'old', suite: 'bullseye', packages },
      { name: 'middle', suite: 'bookworm', packages },
      { name: 'new', suite: 'trixie', packages },
    ])
    fleet = await fleetOf(lab)
    other = await lab.intake({ port: faultyPort })
    ending = await lab.intake({ port: 10516, caDays: 20 })
    const stranger = await CertificateAuthority.create(`${lab.dir}/stranger`, 'Stranger CA')
    strangerPem = stranger.pem
    files = await lab.serve({
      '/other.pem': other.caPem,
      '/stranger.pem': stranger.pem,
      '/page.pem': '<!DOCTYPE html><html><body>404</body></html>',
      '/half.pem': other.caPem.slice(0, 300),
    })
    hostFiles = await lab.serve(
      {
        '/stranger.pem': stranger.pem,
        '/first.pem': fleet.intake.caPem,
        '/page.pem': '<html>',
      },
      'hosts',
    )
    const first = await fleet.run('apply')
    expect(first.code, first.stderr + first.stdout).to.equal(0)
  })
  after(async () => {
    await files?.close()
    await hostFiles?.close()
    await fleet?.close()
    await lab?.down()
  })

  const elsewhere = (pem: string, ...more: string[]) => [
    ...['-e', `intake_port=${faultyPort}`, '-e', `intake_ca_url=${files.url}/${pem}`, '-e', 'drop=false'],
    ...more,
  ]

  const state = () => {
    const script = 'sha256sum /etc/rsyslog.d/* && pidof rsyslogd && iptables-save -t filter | grep -v "^[#:]"'
    return Promise.all(lab.hosts.map(async (host) => (await host.exec(script)).stdout))
  }

  const eventsCome = () => {
    port++
    return Promise.all(lab.hosts.map((host) => fleet.event(host, port)))
  }

  const stops = async (args: readonly string[], message: RegExp) => {
    const before = await state()
    const run = await fleet.run('apply', args)
    expect(run.code, run.stderr + run.stdout).to.equal(2)
    expect(changesOf(run)).to.deep.equal({})
    for (const { name } of lab.hosts) expect(failuresOf(run, name), name).to.match(message)
    expect(await state()).to.deep.equal(before)
    await eventsCome()
  }

  const servers: readonly [IntakeFault, RegExp][] = [
    ['wrong-name', /for elsewhere\.example, not for intake\.sekoia\.io/],
    ['wildcard', /wildcard certificate \(\*\.sekoia\.io\), which rsyslog does not take for intake\.sekoia\.io/],
    ['letter-case', /for Intake\.sekoia\.io, which rsyslog does not take for intake\.sekoia\.io: write the name as/],
    ['unknown-ca', /signed by Nobody knows this CA, which is not among the CAs \(Lab intake CA\)/],
    ['expired', /certificate of intake\.sekoia\.io at intake\.sekoia\.io:10515 ended on/],
    ['self-signed', /signed by itself/],
    ['plaintext', /does it speak TLS at all/],
    ['refuse', /cannot reach intake\.sekoia\.io:10515 \(Connection refused\)/],
    ['silent', /did not answer the TLS handshake in 10 s/],
  ]
  for (const [fault, message] of servers) {
    it(`stops at an intake with the fault ${fault}`, async () => {
      await other.fault(fault)
      await stops(elsewhere('other.pem'), message)
      await other.fault()
    })
  }

  const pems: readonly [string, string, RegExp][] = [
    ['an HTML page', 'page.pem', /page\.pem is an HTML page, not a certificate/],
    ['half a certificate', 'half.pem', /half\.pem is cut off/],
    ['the CA of somebody else', 'stranger.pem', /signed by Lab intake CA, which is not among the CAs \(Stranger CA\)/],
  ]
  for (const [what, file, message] of pems) {
    it(`stops at ${what} in the place of the CA`, () => stops(elsewhere(file), message))
  }

  const ways: readonly [string, IntakeFault, RegExp][] = [
    ['intake_protocol=relp', 'expired', /certificate of intake\.sekoia\.io at intake\.sekoia\.io:10515 ended on/],
    ['forward_style=legacy', 'wrong-name', /for elsewhere\.example, not for intake\.sekoia\.io/],
  ]
  for (const [way, fault, message] of ways) {
    it(`stops at the fault ${fault} with ${way}`, async () => {
      await other.fault(fault)
      await stops(elsewhere('other.pem', '-e', way), message)
      await other.fault()
    })
  }

  it("trusts the host's own CAs where told to, stops at one that is not among them, and at a wrong name", async () => {
    const system = elsewhere('other.pem', '-e', 'intake_ca=system')
    await stops(system, /signed by Lab intake CA, which is not among the CAs/)
    for (const host of lab.hosts) {
      const trust = 'cat >/usr/local/share/ca-certificates/lab.crt && update-ca-certificates'
      const { code, stderr } = await host.exec(trust, { input: other.caPem })
      expect(code, stderr).to.equal(0)
    }
    await other.fault('wrong-name')
    await stops(system, /for elsewhere\.example, not for intake\.sekoia\.io/)
    await other.fault()
    const run = await fleet.run('check', system)
    expect(run.code, run.stderr + run.stdout).to.equal(3)
  })

  it('stops a check as well; goes on with a warning where told to, and without a word where told not to look', async () => {
    await other.fault('wrong-name')
    const strict = await fleet.run('check', elsewhere('other.pem'))
    expect(strict.code).to.equal(2)
    const warned = await fleet.run('check', elsewhere('other.pem', '-e', 'preflight=warn'))
    expect(warned.code).to.equal(3)
    expect(warned.stdout).to.match(/"event":"warning","message":"[^"]*not for intake\.sekoia\.io/)
    const silent = await fleet.run('check', elsewhere('other.pem', '-e', '{"preflight": false}'))
    expect(silent.code).to.equal(3)
    expect(silent.stdout).not.to.match(/"event":"warning"/)
    await other.fault()
  })

  const byHost = (pem: string) => ['-e', 'intake_ca_via=host', '-e', `intake_ca_url=${hostFiles.url}/${pem}`]

  it('has the host download the CA itself where told to, and stops there just the same', async () => {
    await stops(
      [...elsewhere('other.pem'), ...byHost('stranger.pem')],
      /signed by Lab intake CA, which is not among the CAs/,
    )
    await stops([...elsewhere('other.pem'), ...byHost('page.pem')], /page\.pem is an HTML page, not a certificate/)
    await stops([...elsewhere('other.pem'), ...byHost('nowhere.pem')], /nowhere\.pem: .*404/)
  })

  const notOrdered = /\/other\.pem has the sha256 \w+, not the \w+ in checksum/
  const checksum = (pem: string) => [
    '-e',
    `intake_ca_checksum=sha256:${createHash('sha256').update(pem).digest('hex')}`,
  ]

  it('goes on with no certificate but the one whose checksum was ordered', () =>
    stops(elsewhere('other.pem', ...checksum(strangerPem)), notOrdered))

  it('moves on to an intake that is as it should be, with the checksum ordered', async () => {
    const ordered = elsewhere('other.pem', ...checksum(other.caPem))
    const run = await fleet.run('apply', ordered)
    expect(run.code, run.stderr + run.stdout).to.equal(0)
    await arrivesAt(other, 5300)
    const again = await fleet.run('check', ordered)
    expect(again.code, again.stderr + again.stdout).to.equal(0)
    for (const { name } of lab.hosts) expect(warningsOf(again, name), name).to.equal('')
    const changed = await fleet.run('check', elsewhere('other.pem', ...checksum(strangerPem)))
    expect(changed.code).to.equal(2)
    for (const { name } of lab.hosts) expect(failuresOf(changed, name), name).to.match(notOrdered)
  })

  it('moves back by a download of the host alone, as announced', async () => {
    files.hits.clear()
    const back = ['-e', 'drop=false', ...byHost('first.pem')]
    const announced = await fleet.run('check', back)
    expect(announced.code, announced.stderr + announced.stdout.slice(-1000)).to.equal(3)
    const applied = await fleet.run('apply', back)
    expect(applied.code, applied.stderr + applied.stdout.slice(-1000)).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    expect([...files.hits]).to.deep.equal([])
    await eventsCome()
  })

  it('takes the certificate from a file of the controller, and warns in every run when it ends within a month', async () => {
    const file = join(fleet.dir, 'ends soon.pem')
    await writeFile(file, ending.caPem)
    const fromFile = ['-e', `intake_port=${ending.port}`, '-e', `intake_ca_url=${pathToFileURL(file).href}`]
    const applied = await fleet.run('apply', [...fromFile, '-e', 'drop=false'])
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    await arrivesAt(ending, 5301)
    const again = await fleet.run('check', [...fromFile, '-e', 'drop=false'])
    const ordered = await fleet.run('check', [...fromFile, '-e', 'drop=false', ...checksum(ending.caPem)])
    expect([again.code, ordered.code], again.stdout + ordered.stdout).to.deep.equal([0, 0])
    for (const run of [applied, again, ordered]) {
      for (const { name } of lab.hosts)
        expect(warningsOf(run, name), name).to.match(
          /\/ends%20soon\.pem: the certificate of .* ends in (19|20) days, on /,
        )
    }
  })

  const arrivesAt = (intake: Intake, to: number) =>
    Promise.all(
      lab.hosts.map((host) => {
        void fleet.knock(host, to)
        return intake.waitFor((frame) => frame.hostname === host.name && frame.text.includes(`DPT=${to} `), 30_000)
      }),
    )
})

const failuresOf = ({ tasks }: RunReport, name: string) =>
  tasks
    .flatMap(({ host, outcome, message = '' }) => (host === name && outcome === 'failed' ? [message] : []))
    .join('\n')

const warningsOf = ({ events }: RunReport, name: string) =>
  events.flatMap(({ event, host, message }) => (event === 'warning' && host === name ? [message] : [])).join('\n')
