import { expect } from 'chai'
import { labOrSkip } from '../lab/mocha.ts'
import type { HostSpec, Lab, Suite } from '../lab/lab.ts'
import { changesOf, type Fleet, fleetOf, intakeKey } from './fleet.ts'
import { difference, snapshot } from './snapshot.ts'

const suites: readonly Suite[] = ['bullseye', 'bookworm', 'trixie']
const specs: HostSpec[] = [1, 2, 3].flatMap((n) => suites.map((suite) => ({ name: `${suite.slice(0, 4)}${n}`, suite })))

/** Nine fresh hosts, three of each Debian, none with Python, every third one reached through the sudo user. */
describe('the shipped playbook on nine fresh hosts', function () {
  this.timeout(600_000)
  let lab: Lab
  let fleet: Fleet

  before(async function () {
    lab = await labOrSkip.call(this, specs)
    const { name, password } = lab.sudoUser
    const sudo = { ansible_user: name, ansible_become: true, ansible_become_password: password }
    const hostVars = Object.fromEntries(
      specs.filter(({ name: host }) => host.endsWith('2')).map((spec) => [spec.name, sudo]),
    )
    fleet = await fleetOf(lab, { hostVars })
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })

  it('is announced, applied as announced, and every host’s drop arrives', async () => {
    const announced = await fleet.run('check')
    expect(announced.code, announced.stderr).to.equal(3)
    const applied = await fleet.run('apply')
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    for (const host of lab.hosts) {
      const frame = await fleet.event(host, 4713)
      expect(frame.structuredData).to.equal(`[SEKOIA@53288 intake_key="${intakeKey}"]`)
      for (const family of [4, 6] as const) {
        const answers = await Promise.all([22, 80, 443, 4714].map((port) => fleet.knock(host, port, family)))
        expect(answers, `${host.name} IPv${family}`).to.deep.equal(['open', 'refused', 'refused', 'silent'])
      }
    }
    expect(fleet.intake.errors).to.deep.equal([])
  })

  it('has nothing to do a second time and restarts nothing', async () => {
    const pids = () => Promise.all(lab.hosts.map(async (host) => (await host.exec('pidof rsyslogd')).stdout))
    const before = await pids()
    const again = await fleet.run('apply')
    expect(again.code).to.equal(0)
    expect(Object.values(again.hosts).map(({ changed }) => changed)).to.deep.equal(specs.map(() => 0))
    expect(await pids()).to.deep.equal(before)
    const check = await fleet.run('check')
    expect(check.code).to.equal(0)
    for (const { name } of specs) expect(check.ends[name]?.cost?.exchanges, name).to.be.at.most(2)
  })

  it('names the four hosts that drifted, changes nothing, then repairs exactly those', async () => {
    const drift: Readonly<Record<string, string>> = {
      bull1: 'echo "# by hand" >>/etc/rsyslog.d/11-netfilter.conf',
      book2: 'ip6tables -D SALLYPORT_IN 1',
      trix3: 'systemctl stop rsyslog.service syslog.socket',
      bull3: 'chmod 600 /etc/rsyslog.d/SEKOIA-IO-intake.pem',
    }
    for (const [name, script] of Object.entries(drift)) await lab.host(name).exec(script)
    const before = await Promise.all(lab.hosts.map(snapshot))
    const check = await fleet.run('check')
    expect(check.code).to.equal(3)
    expect(Object.keys(changesOf(check))).to.have.members(Object.keys(drift))
    const after = await Promise.all(lab.hosts.map(snapshot))
    lab.hosts.forEach((host, index) => {
      expect(difference(before[index] ?? {}, after[index] ?? {}), host.name).to.deep.equal([])
    })
    const repaired = await fleet.run('apply')
    expect(repaired.code, repaired.stdout).to.equal(0)
    expect(changesOf(repaired)).to.deep.equal(changesOf(check))
    expect((await fleet.run('check')).code).to.equal(0)
  })

  it('keeps its rules over a reboot, and events still arrive', async () => {
    const some = ['bull2', 'book3', 'trix1'].map((name) => lab.host(name))
    await Promise.all(some.map((host) => host.reboot()))
    const check = await fleet.run('check', ['-l', some.map(({ name }) => name).join(',')])
    expect(check.code, check.stdout).to.equal(0)
    for (const host of some) await fleet.event(host, 4715)
  })
})
