import { expect } from 'chai'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab } from '../lab/lab.ts'
import { type Fleet, fleetOf, type RunReport } from './fleet.ts'

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

  it('fails on a host that was never set up, and changes nothing there', async () => {
    const run = await fleet.run('verify')
    expect(run.code).to.equal(2)
    expect(failedProofs(run)).to.deep.equal(['packages', 'configuration', 'ca', 'drop', 'event', 'sent'])
    expect((await lab.host('delta').exec('ls /etc/rsyslog.d')).code).not.to.equal(0)
  })

  it('names the proofs that fail, one after the other', async () => {
    const applied = await fleet.run('apply')
    expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
    const host = lab.host('delta')
    await host.exec('iptables -D SALLYPORT_LOG 1')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['drop', 'event', 'sent'])
    expect((await fleet.run('apply')).code).to.equal(0)
    await fleet.intake.fault('refuse')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['tls', 'sent'])
    await fleet.intake.fault()
    await host.exec('systemctl stop rsyslog syslog.socket')
    expect(failedProofs(await fleet.run('verify'))).to.deep.equal(['configuration', 'event', 'sent'])
  })
})
