import { expect } from 'chai'
import type { IntakeFault, Intake } from '../lab/intake.ts'
import type { FileServer } from '../lab/file-server.ts'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab } from '../lab/lab.ts'
import { CertificateAuthority } from '../lab/certificates.ts'
import { changesOf, type Fleet, fleetOf, type RunReport } from './fleet.ts'

/** A host that forwards already is told to forward elsewhere, where something is wrong: it goes on as before. */
describe('the preflight of the shipped playbook', function () {
  this.timeout(300_000)
  let lab: Lab
  let fleet: Fleet
  let other: Intake
  let files: FileServer
  let strangerPem: string
  let port = 5200
  const faultyPort = 10515

  before(async function () {
    lab = await labOrSkip.call(this, [{ name: 'delta', suite: 'bookworm', packages: ['curl'] }])
    fleet = await fleetOf(lab)
    other = await lab.intake({ port: faultyPort })
    const stranger = await CertificateAuthority.create(`${lab.dir}/stranger`, 'Stranger CA')
    strangerPem = stranger.pem
    files = await lab.serve({
      '/other.pem': other.caPem,
      '/stranger.pem': stranger.pem,
      '/page.pem': '<!DOCTYPE html><html><body>404</body></html>',
      '/half.pem': other.caPem.slice(0, 300),
    })
    const first = await fleet.run('apply')
    expect(first.code, first.stderr + first.stdout).to.equal(0)
  })
  after(async () => {
    await files?.close()
    await fleet?.close()
    await lab?.down()
  })

  const elsewhere = (pem: string, ...more: string[]) => [
    ...['-e', `intake_port=${faultyPort}`, '-e', `intake_ca_url=${files.url}/${pem}`, '-e', 'drop=false'],
    ...more,
  ]

  const state = async () => {
    const script = 'sha256sum /etc/rsyslog.d/* && pidof rsyslogd && iptables-save -t filter | grep -v "^[#:]"'
    return (await lab.host('delta').exec(script)).stdout
  }

  const stops = async (args: readonly string[], message: RegExp) => {
    const before = await state()
    const run = await fleet.run('apply', args)
    expect(run.code, run.stderr + run.stdout).to.equal(2)
    expect(changesOf(run)).to.deep.equal({})
    expect(failuresOf(run)).to.match(message)
    expect(await state()).to.equal(before)
    await fleet.event(lab.host('delta'), port++)
  }

  const servers: readonly [IntakeFault, RegExp][] = [
    ['wrong-name', /for elsewhere\.example, not for intake\.sekoia\.io/],
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

  it('has the host download the CA itself where told to, and stops there just the same', async () => {
    const there = await lab.serve(
      { '/stranger.pem': strangerPem, '/other.pem': other.caPem, '/page.pem': '<html>' },
      'hosts',
    )
    const by = (pem: string) => ['-e', 'intake_ca_via=host', '-e', `intake_ca_url=${there.url}/${pem}`]
    await stops(
      [...elsewhere('other.pem'), ...by('stranger.pem')],
      /signed by Lab intake CA, which is not among the CAs/,
    )
    await stops([...elsewhere('other.pem'), ...by('page.pem')], /page\.pem is an HTML page, not a certificate/)
    await stops([...elsewhere('other.pem'), ...by('nowhere.pem')], /nowhere\.pem: .*404/)
    const announced = await fleet.run('check', [...elsewhere('other.pem'), ...by('other.pem')])
    expect(announced.code, announced.stderr + announced.stdout.slice(-1000)).to.equal(3)
    files.hits.clear()
    const applied = await fleet.run('apply', [...elsewhere('other.pem'), ...by('other.pem')])
    expect(applied.code, applied.stderr + applied.stdout.slice(-1000)).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    expect([...files.hits]).to.deep.equal([])
    await there.close()
  })

  it('moves on to an intake that is as it should be', async () => {
    const run = await fleet.run('apply', elsewhere('other.pem'))
    expect(run.code, run.stderr + run.stdout).to.equal(0)
    void fleet.knock(lab.host('delta'), 5300)
    await other.waitFor(({ text }) => text.includes('DPT=5300 '), 30_000)
  })
})

function failuresOf(run: RunReport): string {
  return run.tasks.map(({ message = '' }) => message).join('\n')
}
