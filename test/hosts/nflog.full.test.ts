import { expect } from 'chai'
import type { HostSpec, Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { inTurn } from '../support/turns.ts'
import { changesOf, type Fleet, fleetOf, intakeKey } from './fleet.ts'

/** Each Debian, and each manager somewhere. */
const specs: readonly HostSpec[] = [
  { name: 'ulog11', suite: 'bullseye' },
  { name: 'ulog12', suite: 'bookworm', packages: ['firewalld'] },
  { name: 'ulog13', suite: 'trixie', packages: ['nftables'] },
]

describe('the shipped playbook with NFLOG', function () {
  this.timeout(300_000)
  let lab: Lab
  let fleet: Fleet
  before(async function () {
    lab = await labOrSkip.call(this, [...inTurn(specs)])
    fleet = await fleetOf(lab)
    for (const host of lab.hosts) {
      await host.exec('if [ -e /lib/systemd/system/firewalld.service ]; then systemctl start firewalld; fi')
      await host.exec('if command -v nft && ! command -v firewalld; then systemctl enable --now nftables; fi')
    }
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })
  const nflog = ['-e', 'log_target=NFLOG', '-e', 'nflog_group=42', '-e', 'log_level=Notice']

  it('is announced, and comes as announced', async () => {
    const announced = await fleet.run('check', nflog)
    expect(announced.code, announced.stderr + announced.stdout).to.equal(3)
    const applied = await fleet.run('apply', nflog)
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    expect((await fleet.run('check', nflog)).code).to.equal(0)
  })

  const arrives = async (port: number) => {
    for (const host of lab.hosts) {
      const { structuredData, appName, priority, text } = await fleet.event(host, port)
      expect([structuredData, appName]).to.deep.equal([`[SEKOIA@53288 intake_key="${intakeKey}"]`, 'ulogd'])
      // Facility daemon, severity notice.
      expect(priority).to.equal(3 * 8 + 5)
      // One space and no more: the intake knows the line by it.
      expect(text).to.match(/(^| )IPTables\/Dropped: IN=\S+ OUT= MAC=\S+ SRC=\S+ DST=\S+ /)
    }
  }

  it('brings the events, in the shape that those of LOG have', () => arrives(4901))

  it('is proven by verify', async () => {
    const { code, stdout, stderr } = await fleet.run('verify', nflog)
    expect(code, stderr + stdout).to.equal(0)
  })

  it('comes back after a reboot, beside the ulogd of others', async () => {
    await Promise.all(lab.hosts.map((host) => host.reboot()))
    await arrives(4902)
    expect((await fleet.run('check', nflog)).code).to.equal(0)
    for (const host of lab.hosts)
      expect((await host.exec('systemctl is-active ulogd2 sallyport-ulogd')).stdout).to.equal('active\nactive\n')
  })

  it('goes back to LOG, and leaves nothing of it but the package', async () => {
    const announced = await fleet.run('check')
    const applied = await fleet.run('apply')
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    expect(changesOf(applied)).to.deep.equal(changesOf(announced))
    expect((await fleet.run('check')).code).to.equal(0)
    for (const host of lab.hosts)
      expect(
        (
          await host.exec(
            "systemctl is-active ulogd2; find /etc -name '*ulogd*sallyport*' -o -name '*sallyport*ulogd*'; systemctl list-units --all --plain --no-legend 'sallyport-ulogd*'",
          )
        ).stdout,
      ).to.equal('active\n')
    for (const host of lab.hosts) expect((await fleet.event(host, 4903)).appName).to.equal('kernel')
  })
})
