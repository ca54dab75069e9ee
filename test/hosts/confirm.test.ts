import { expect } from 'chai'
import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { locksOut, quickLockOuts, Victim } from './lock-out.ts'

describe('a confirmed change on a real host', function () {
  this.timeout(300_000)
  let lab: Lab
  let victim: Victim
  before(async function () {
    lab = await labOrSkip.call(this, [{ name: 'cut13', suite: 'trixie', packages: ['iptables'] }])
    victim = await Victim.of(lab, lab.host('cut13'))
  })
  after(async () => {
    await victim?.close()
    await lab?.down()
  })

  locksOut(quickLockOuts, () => victim)

  it('is settled at once by the next run where the controller is gone', async () => {
    const long = '      confirm: 280s'
    for (const task of ['netfilter:', 'iptables: { chain: INPUT, source: 192.0.2.1, jump: DROP }']) {
      await victim.clear()
      await victim.killedOnceMade(`${task}\n${long}`)
      const check = await victim.run(`${task}\n${long}`, { mode: 'check' })
      expect(JSON.stringify(check.events.filter(({ event }) => event === 'warning'))).to.include('may be taken back')
      expect((await victim.run(`${task}\n${long}`)).lines).to.deep.equal(['cut13 Change changed'])
      expect((await victim.run(`${task}\n${long}`)).lines).to.deep.equal(['cut13 Change ok'])
      expect(await victim.look()).to.not.match(/sallyport[.-]confirm/)
      await victim.run('netfilter: { state: absent }')
    }
  })

  it('lasts once a new login came through, and costs one exchange and one login more', async () => {
    await victim.clear()
    const run = await victim.run('netfilter:')
    expect(run.lines).to.deep.equal(['cut13 Change changed'])
    const end = run.events.find((event) => event.event === 'host-end')
    expect(end).to.deep.include({ cost: { connections: 2, channels: 2, exchanges: 3 } })
    expect(await victim.text('ls /etc/sallyport; ls /run | grep sallyport.confirm || :')).to.equal(
      'netfilter.v4\nnetfilter.v6\n',
    )
    expect(await victim.look()).to.not.include('sallyport-confirm')
    const again = await victim.run('netfilter:')
    expect(again.lines).to.deep.equal(['cut13 Change ok'])
    expect(again.events.find((event) => event.event === 'host-end')).to.deep.include({
      cost: { connections: 1, channels: 1, exchanges: 1 },
    })
  })
})
