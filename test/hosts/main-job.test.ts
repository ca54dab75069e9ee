import { expect } from 'chai'
import { proofNames } from '../../src/modules/proofs/proof.ts'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab } from '../lab/lab.ts'
import { changesOf, type Fleet, fleetOf, intakeKey, type RunReport } from './fleet.ts'
import { difference, snapshot } from './snapshot.ts'

/** The recipe on one fresh host of each Debian; the whole of it on nine is in main-job.full.test.ts. */
describe('the shipped playbook on fresh hosts', function () {
  this.timeout(300_000)
  let lab: Lab
  let fleet: Fleet
  let announced: RunReport

  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'alpha', suite: 'bullseye' },
      { name: 'beta', suite: 'bookworm' },
      { name: 'gamma', suite: 'trixie' },
    ])
    const { name, password } = lab.sudoUser
    const sudo = { ansible_user: name, ansible_become: true, ansible_become_password: password }
    fleet = await fleetOf(lab, { hostVars: { beta: sudo } })
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })

  it('is announced by check, which changes nothing', async () => {
    const before = await Promise.all(lab.hosts.map(snapshot))
    announced = await fleet.run('check')
    expect(announced.code, announced.stderr).to.equal(3)
    const after = await Promise.all(lab.hosts.map(snapshot))
    lab.hosts.forEach((host, index) => {
      expect(difference(before[index] ?? {}, after[index] ?? {}), host.name).to.deep.equal([])
    })
    expect(announced.tasks.filter(({ outcome }) => outcome === 'may-change')).to.deep.equal([])
  })

  it('does exactly what check announced', async () => {
    const applied = await fleet.run('apply')
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    expect(Object.keys(changesOf(applied))).to.have.members(['alpha', 'beta', 'gamma'])
  })

  it('makes a dropped packet an event at the intake, with the host, the key and verified TLS', async () => {
    for (const host of lab.hosts) {
      const frame = await fleet.event(host, 4711)
      expect(frame.text).to.match(
        /^<4>1 \d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d \w+ kernel - LOG \[SEKOIA@53288 intake_key="[^"]+"\] (\[ *\d+\.\d+\])? ?IPTables\/Dropped: IN=e_\w+ .* PROTO=TCP .* DPT=4711 /,
      )
      expect(frame.hostname).to.equal(host.name)
      expect(frame.structuredData).to.equal(`[SEKOIA@53288 intake_key="${intakeKey}"]`)
    }
    expect(fleet.intake.errors).to.deep.equal([])
  })

  it('is proven by verify, for every host', async () => {
    const run = await fleet.run('verify')
    expect(run.code, run.stderr + run.stdout).to.equal(0)
    const proofs = run.events.filter(({ event }) => event === 'proof')
    expect(proofs.map(({ host, proof, state }) => [host, proof, state].join(' '))).to.have.members(
      lab.hosts.flatMap(({ name }) => proofNames.map((proof) => `${name} ${proof} proven`)),
    )
  })

  it('leaves allowed ports and SSH open and everything else closed, on both families', async () => {
    for (const host of lab.hosts) {
      for (const family of [4, 6] as const) {
        const answers = await Promise.all([22, 80, 443, 4712].map((port) => fleet.knock(host, port, family)))
        expect(answers, `${host.name} IPv${family}`).to.deep.equal(['open', 'refused', 'refused', 'silent'])
      }
    }
  })

  it('writes the configuration with the key readable by root alone', async () => {
    for (const host of lab.hosts) {
      const { stdout } = await host.exec(
        'stat -c "%a %U" /etc/rsyslog.d/11-netfilter.conf /etc/rsyslog.d/SEKOIA-IO-intake.pem',
      )
      expect(stdout).to.equal('600 root\n644 root\n')
    }
  })

  it('has nothing to do a second time, restarts nothing, in two exchanges a host', async () => {
    const pid = async () => Promise.all(lab.hosts.map(async (host) => (await host.exec('pidof rsyslogd')).stdout))
    const before = await pid()
    const again = await fleet.run('apply')
    expect(again.code, again.stderr).to.equal(0)
    expect(changesOf(again)).to.deep.equal({})
    expect(await pid()).to.deep.equal(before)
    const check = await fleet.run('check')
    expect(check.code, check.stderr).to.equal(0)
    for (const host of lab.hosts) {
      expect(check.ends[host.name]?.cost, host.name).to.deep.equal({ connections: 1, channels: 1, exchanges: 2 })
    }
  })

  it('finds and repairs drift, and only that', async () => {
    await lab.host('alpha').exec('echo "# by hand" >>/etc/rsyslog.d/11-netfilter.conf')
    await lab.host('gamma').exec('iptables -D SALLYPORT_IN 1')
    const check = await fleet.run('check')
    expect(check.code).to.equal(3)
    expect(Object.keys(changesOf(check))).to.have.members(['alpha', 'gamma'])
    const repaired = await fleet.run('apply')
    expect(repaired.code).to.equal(0)
    expect(changesOf(repaired)).to.deep.equal(changesOf(check))
    expect((await fleet.run('check')).code).to.equal(0)
  })

  it('does not take the CA from other connections of an rsyslog that knows but one, set where nothing can be added', async () => {
    const other = '/etc/rsyslog.d/05-other.conf'
    await Promise.all(
      lab.hosts.map((host) =>
        host.exec(`echo 'global(DefaultNetstreamDriverCAFile="/etc/ssl/certs/ca-certificates.crt")' >${other}`),
      ),
    )
    const run = await fleet.run('apply')
    await Promise.all(lab.hosts.map((host) => host.exec(`rm ${other}`)))
    expect(run.code).to.equal(2)
    expect(changesOf(run)).to.deep.equal({})
    const failed = run.tasks.filter(({ outcome }) => outcome === 'failed')
    expect(failed.map(({ host }) => host)).to.deep.equal(['alpha'])
    expect(JSON.stringify(failed)).to.match(
      /one CA file for all TLS connections of rsyslog.*ca-certificates\.crt.* by global\(\)/,
    )
  })
})
