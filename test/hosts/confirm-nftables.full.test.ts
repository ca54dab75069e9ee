import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { inTurn } from '../support/turns.ts'
import { handOn, locksOut, Victim } from './lock-out.ts'
import { nftablesLockOuts } from './lock-outs-nftables.ts'

describe('changes through nftables that lock everyone out', function () {
  this.timeout(300_000)
  let lab: Lab
  const victims: Victim[] = []
  const victim = (index: number) => (): Victim => victims[index] as Victim
  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'cutn13', suite: 'trixie', packages: ['nftables', 'iptables', 'conntrack'] },
      { name: 'bridgen', suite: 'bookworm' },
    ])
    victims.push(await Victim.of(lab, lab.host('cutn13')))
    await victim(0)().text(handOn)
  })
  after(async () => {
    for (const each of victims) await each.close()
    await lab?.down()
  })

  locksOut(inTurn(nftablesLockOuts), victim(0))
  locksOut([{ name: 'the same through a jump host', task: 'netfilter: { backend: nftables }' }], victim(0), () => ({
    port: 2222,
    through: lab.host('bridgen'),
  }))
})
