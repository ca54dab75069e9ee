import { expect } from 'chai'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab } from '../lab/lab.ts'
import { type Fleet, fleetOf, intakeKey, type RunReport } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

/** What `verify` says of a host where something is broken; that it finds all well is in main-job.test.ts. */
describe('verify of the shipped playbook', function () {
  this.timeout(300_000)
  let lab: Lab
  let fleet: Fleet

  before(async function () {
    lab = await labOrSkip.call(this, [{ name: 'delta', suite: 'bookworm' }])
    fleet = await fleetOf(lab)
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })

  const failedProofs = (run: RunReport) =>
    run.events.filter(({ event, state }) => event === 'proof' && state === 'failed').map(({ proof }) => proof)

  const proofsOf = (run: RunReport) =>
    Object.fromEntries(
      run.events.flatMap(({ event, proof, state }) => (event === 'proof' ? [[String(proof), state]] : [])),
    )
  const warningsOf = (run: RunReport) =>
    run.events.flatMap(({ event, message }) => (event === 'warning' ? [message] : []))

  it('fails on a host that was never set up, and changes nothing there', async () => {
    const run = await fleet.run('verify')
    expect(run.code).to.equal(2)
    expect(failedProofs(run)).to.deep.equal(['packages', 'configuration', 'ca', 'drop', 'event', 'sent'])
    expect((await lab.host('delta').exec('ls /etc/rsyslog.d')).code).not.to.equal(0)
  })

  if (isTurnOf('surroundings'))
    it('calls unproven what nobody can try, where sshd forwards nothing and there is no openssl', async () => {
      const host = lab.host('delta')
      const prepared = await host.exec(`set -e
sed -i '1i AllowTcpForwarding no' /etc/ssh/sshd_config
systemctl reload ssh
if [ -e /usr/bin/openssl ]; then mv /usr/bin/openssl /usr/bin/openssl.away; fi
! command -v openssl`)
      expect(prepared.code, prepared.stderr).to.equal(0)
      const unproven = 'its sshd forwards nothing, and it has no openssl'
      for (const [command, code] of [
        ['check', 3],
        ['apply', 0],
      ] as const) {
        const run = await fleet.run(command)
        expect(run.code, run.stderr + run.stdout).to.equal(code)
        expect(warningsOf(run)).to.include(
          `whether intake.sekoia.io:10514 takes TLS from here is unproven: ${unproven}`,
        )
      }
      const verified = await fleet.run('verify')
      expect(verified.code, verified.stderr + verified.stdout).to.equal(0)
      // That events arrive is seen all the same.
      expect(proofsOf(verified)).to.deep.equal({
        packages: 'proven',
        configuration: 'proven',
        ca: 'proven',
        tls: 'unproven',
        drop: 'proven',
        event: 'proven',
        sent: 'proven',
      })
      expect(verified.events.find(({ proof }) => proof === 'tls')).to.include({ detail: unproven })
      await host.exec(`sed -i 1d /etc/ssh/sshd_config
systemctl reload ssh
if [ -e /usr/bin/openssl.away ]; then mv /usr/bin/openssl.away /usr/bin/openssl; fi`)
      expect(proofsOf(await fleet.run('verify'))).to.include({ tls: 'proven' })
    })

  const wide = ['-e', JSON.stringify({ accept_also: [{ ports: ['20000:32767'] }] })]
  const config = '/etc/rsyslog.d/11-netfilter.conf'
  const allProven = ['packages', 'configuration', 'ca', 'tls', 'drop', 'event', 'sent']

  it('proves it where accept lets a range of ports through', async () => {
    const applied = await fleet.run('apply', wide)
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    const verified = await fleet.run('verify', wide)
    expect(proofsOf(verified), verified.stdout).to.deep.equal(
      Object.fromEntries(allProven.map((proof) => [proof, 'proven'])),
    )
  })

  it('believes nobody but rsyslogd that it has suspended an action', async () => {
    const forged = `logger -t rsyslogd "action 'sekoia_netfilter' suspended"`
    await lab.host('delta').exec(`${forged}; runuser -u nobody -- ${forged}; sleep 1`)
    expect(proofsOf(await fleet.run('verify', wide))).to.include({ sent: 'proven' })
  })

  it('tells of a mistake in the configuration where it is, and not what stands there', async () => {
    const host = lab.host('delta')
    await host.exec(`cp ${config} /root/kept; sed -i 's/%procid%/%procid/' ${config}`)
    const broken = await fleet.run('verify', wide)
    expect(failedProofs(broken)).to.include('configuration')
    expect(broken.stdout).to.match(/11-netfilter\.conf, line \d+: invalid property/)
    expect(broken.stdout + broken.stderr).not.to.contain(intakeKey)
    await host.exec(`cp /root/kept ${config}`)
  })

  it('sees that rsyslogd does not read the file any more', async () => {
    const host = lab.host('delta')
    await host.exec(`sed -i.kept '/IncludeConfig/d; /^include(/d' /etc/rsyslog.conf`)
    const broken = await fleet.run('verify', wide)
    expect(broken.stdout).to.contain(`rsyslogd does not read ${config}`)
    await host.exec('mv /etc/rsyslog.conf.kept /etc/rsyslog.conf')
  })

  it('names the proofs that fail, one after the other', async () => {
    const applied = await fleet.run('apply')
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    const host = lab.host('delta')
    const keyed = await fleet.run('verify', ['-e', 'intake_key=Another-key'])
    expect(failedProofs(keyed)).to.deep.equal(['configuration'])
    expect(keyed.stdout).to.contain('does not say the intake key that was given')
    await host.exec('iptables -D SALLYPORT_LOG 1')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['drop', 'event', 'sent'])
    expect((await fleet.run('apply')).code).to.equal(0)
    await fleet.intake.fault('refuse')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['tls', 'sent'])
    await fleet.intake.fault()
    await host.exec('systemctl stop rsyslog syslog.socket')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['configuration', 'event', 'sent'])
  })

  it("does not take the rsyslogd of a container for the host's own", async () => {
    const host = lab.host('delta')
    const began = await host.exec(`systemctl stop rsyslog syslog.socket
echo '*.* /dev/null' >/root/container.conf
systemd-run --unit container unshare -n -m -p -f rsyslogd -n -f /root/container.conf -i /run/container.pid
until pidof rsyslogd; do sleep 0.1; done`)
    expect(began.code, began.stderr).to.equal(0)
    const verified = await fleet.run('verify')
    const after = await host.exec('pidof rsyslogd; systemctl stop container')
    expect(after.stdout).to.equal(began.stdout)
    expect(verified.code, verified.stdout).to.equal(2)
    for (const proof of ['configuration', 'sent']) {
      expect(verified.events.find((event) => event['proof'] === proof)).to.include({
        state: 'failed',
        detail: 'rsyslogd does not run',
      })
    }
  })
})
