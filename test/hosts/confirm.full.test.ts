import { expect } from 'chai'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { inTurn } from '../support/turns.ts'
import { handOn, lockOuts, locksOut, quickLockOuts, settled, seconds, Victim } from './lock-out.ts'

describe('changes that lock everyone out', function () {
  this.timeout(300_000)
  let lab: Lab
  let bridge: LabHost
  const victims: Victim[] = []
  const victim = (index: number) => (): Victim => victims[index] as Victim
  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'cut12', suite: 'bookworm', packages: ['iptables', 'conntrack'] },
      { name: 'cut11', suite: 'bullseye', packages: ['iptables'] },
      { name: 'bridge', suite: 'bookworm' },
    ])
    bridge = lab.host('bridge')
    for (const name of ['cut12', 'cut11']) victims.push(await Victim.of(lab, lab.host(name)))
  })
  after(async () => {
    for (const each of victims) await each.close()
    await lab?.down()
  })

  describe('on Debian 12', () => {
    // Not before all: a reboot ends it.
    before(() => victim(0)().text(handOn))
    locksOut(inTurn(lockOuts), victim(0))
  })
  describe('on Debian 11', () => locksOut(inTurn(quickLockOuts), victim(1)))
  describe('through sudo with a password', () => locksOut(inTurn(quickLockOuts), victim(0), () => ({ sudo: true })))
  describe('through a jump host', () =>
    locksOut(
      [
        {
          name: 'the path from the jump host, whose other connections last',
          task: 'iptables: { chain: INPUT, action: insert, source: CONTROLLER, ctstate: [NEW], jump: DROP }',
        },
      ],
      victim(0),
      () => ({ through: bridge }),
    ))

  const harmful = 'iptables: { chain: INPUT, action: insert, protocol: tcp, destination_port: "22", jump: DROP }'
  for (const task of inTurn([harmful, 'netfilter:']))
    it(`is taken back where the controller is killed right after it: ${task.slice(0, 9)}`, async () => {
      const host = victim(0)()
      await host.clear()
      const was = await host.look()
      await host.killedOnceMade(`${task}\n      confirm: ${seconds}s`)
      expect(await host.look()).to.not.equal(was)
      await settled(host)
      expect(await host.look()).to.equal(was)
      expect((await host.run('ping:')).lines).to.deep.equal(['cut12 Change ok'])
    })

  it('waits for its turn where two runs change a host at once, and the last one stands whole', async () => {
    const host = victim(0)()
    await host.clear()
    const ports = ['81', '82']
    const runs = await Promise.all(
      ports.map((port) => host.run(`netfilter: { allowed_tcp_ports: [${port}] }\n      confirm: ${seconds}s`)),
    )
    expect(runs.flatMap(({ lines }) => lines)).to.deep.equal(['cut12 Change changed', 'cut12 Change changed'])
    const kept = await host.text('iptables -S SALLYPORT_IN; cat /etc/sallyport/netfilter.v4')
    const stands = ports.filter((port) => kept.includes(`--dports ${port} `))
    expect(stands).to.have.length(1)
    await settled(host)
    await host.run('netfilter: { state: absent }\n      confirm: false')
  })

  it('stops a rollout at the first host that it shuts out', async () => {
    const [first, second] = [victim(0)(), victim(1)()]
    for (const host of [first, second]) await host.clear()
    const before = await second.look()
    const play = `- hosts: [${first.host.name}, ${second.host.name}]
  gather_facts: false
  serial: [1, 100%]
  max_fail_percentage: 0
  tasks:
    - name: Change
      ${harmful}
      confirm: ${seconds}s
`
    const { code, lines } = await first.play(play)
    expect([code, lines]).to.deep.equal([2, ['cut12 Change failed']])
    expect(await second.look()).to.equal(before)
  })

  it('is gone with a reboot inside its time', async () => {
    const host = victim(0)()
    await host.clear()
    await host.killedOnceMade(`${harmful}\n      confirm: 120s`)
    await host.host.reboot()
    expect((await host.run('ping:')).lines).to.deep.equal(['cut12 Change ok'])
    expect(await host.text('iptables-save; ls -A /run /etc/systemd/system')).to.not.match(
      /dport 22|sallyport[.-]confirm/,
    )
  })
})
