import { expect } from 'chai'
import { Box, type Extent, type Variant, what } from '../box.ts'

const args = { allowed_tcp_ports: [80, '8000:8100'], allowed_udp_ports: [53] }
const file = '/etc/sallyport/netfilter.v4'
const unit = '/etc/systemd/system/sallyport-netfilter.service'

/** What others do to a converged host, and what the plan says of it. */
const drifts: readonly [script: string, change: RegExp][] = [
  ['iptables -D SALLYPORT_IN 4', /^iptables: SALLYPORT_IN: 1 rule missing$/],
  ['iptables -R SALLYPORT_IN 1 -i eth9 -j ACCEPT', /^iptables: SALLYPORT_IN: 1 rule missing, 1 rule not wished$/],
  ['iptables -I SALLYPORT_IN -p tcp --dport 3306 -j ACCEPT', /^iptables: SALLYPORT_IN: 1 rule not wished$/],
  [
    'iptables -D SALLYPORT_IN 1; iptables -I SALLYPORT_IN 2 -i lo -j ACCEPT',
    /^iptables: SALLYPORT_IN: rules in another order$/,
  ],
  ['iptables -F SALLYPORT_IN', /^iptables: SALLYPORT_IN: 10 rules missing$/],
  ['iptables -F SALLYPORT_LOG', /^iptables: SALLYPORT_LOG: 2 rules missing$/],
  ['iptables -A SALLYPORT_LOG -j DROP', /^iptables: SALLYPORT_LOG: 1 rule not wished$/],
  ['iptables -D INPUT -j SALLYPORT_IN', /^iptables: jump to SALLYPORT_IN as rule 1 of INPUT$/],
  ['iptables -A INPUT -j SALLYPORT_IN', /^iptables: jump to SALLYPORT_IN as rule 1 of INPUT \(now 1, 2\)$/],
  ['iptables -I INPUT -p tcp --dport 25 -j ACCEPT', /^iptables: jump to SALLYPORT_IN as rule 1 of INPUT \(now 2\)$/],
  ['iptables -I INPUT -i eth0 -j SALLYPORT_IN', /^iptables: remove 1 jump from INPUT$/],
  [
    'iptables -R INPUT 1 -i eth0 -j SALLYPORT_IN',
    /^iptables: jump to SALLYPORT_IN as rule 1 of INPUT; remove 1 jump from INPUT$/,
  ],
  [
    'iptables -F INPUT; iptables -F; iptables -X',
    /^iptables: create SALLYPORT_IN with 10 rules; create SALLYPORT_LOG with 2 rules; jump/,
  ],
  ['ip6tables -D SALLYPORT_IN 3', /^ip6tables: SALLYPORT_IN: 1 rule missing$/],
  [`rm ${file}`, /^write \/etc\/sallyport\/netfilter\.v4$/],
  [`echo >>${file}`, /^\/etc\/sallyport\/netfilter\.v4: content$/],
  [`printf %s "$(cat ${file})" >${file}`, /netfilter\.v4: content$/],
  [`sed -i /8000/d ${file}`, /netfilter\.v4: content$/],
  [`chmod 644 ${file}`, /netfilter\.v4: mode 0644 → 0600$/],
  [`chown 1:1 ${file}`, /netfilter\.v4: owner 1:1 → 0:0$/],
  [`rm -r /etc/sallyport`, /^write \/etc\/sallyport\/netfilter\.v4$/],
  [`sed -i s/Before=/After=/ ${unit}`, /sallyport-netfilter\.service: content$/],
  [`rm ${unit}`, /^write .*sallyport-netfilter\.service$/],
  ['rm /etc/systemd/system/sysinit.target.wants/sallyport-netfilter.service', /^enable sallyport-netfilter\.service$/],
]

const others = `for t in iptables ip6tables; do
  $t -N f2b-sshd; $t -A f2b-sshd -j RETURN
  $t -A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
  $t -A INPUT -p tcp --dport 25 -m comment --comment "mail, and \\"more\\"" -j ACCEPT
  $t -N MINE; $t -A MINE -p tcp --dport 1 -j REJECT; $t -A FORWARD -j MINE; $t -P FORWARD DROP
  $t -t nat -A POSTROUTING -o eth0 -j MASQUERADE
  $t -t mangle -A INPUT -j MARK --set-mark 7
done`

/** Over loopback, both families. */
const somePackets = `bash -c 'echo >/dev/udp/127.0.0.1/9; echo >/dev/udp/::1/9'`

/**
 * Every rule that is not ours, of every table, with its counters. The policies' own are left out: iptables-legacy
 * sets those back at any change whatever, even `iptables -A`.
 */
const othersRules = `for t in iptables ip6tables; do $t-save -c | grep -vE '^#|SALLYPORT' | sed '/^:/s/ \\[.*//'; done`

/** Every sixth of them is of another kind. */
const sample = drifts.filter((_, index) => index % 6 === 0)

export function driftSuite(variant: Variant, extent: Extent): void {
  describe(`netfilter drift (${variant})`, function () {
    this.timeout(240_000)
    let box: Box
    before(async () => void (box = await Box.open(variant)))
    after(() => box.close())

    for (const [script, change] of extent === 'whole' ? drifts : sample)
      it(`sees and repairs: ${script}`, async () => {
        await box.converge(args)
        const good = (await box.rules()).replace(/\[\d+:\d+\]/g, '')
        await box.text(script)
        const { plan, again } = await box.converge(args)
        expect(what(plan).join('\n')).to.match(new RegExp(change.source, 'm'))
        expect(again.changes).to.deep.equal([])
        const now = (await box.rules()).replace(/\[\d+:\d+\]/g, '')
        if (!/--dport 25/.test(script)) expect(now).to.equal(good)
        else await box.text('iptables -D INPUT -p tcp --dport 25 -j ACCEPT')
      })
  })
}

export function othersSuite(variant: Variant): void {
  describe(`rules of others (${variant})`, function () {
    this.timeout(120_000)
    let box: Box
    beforeEach(async () => {
      box = await Box.open(variant)
      await box.text(others)
      // Counters that are not zero: packets of the box's own.
      await box.text(somePackets)
    })
    afterEach(() => box.close())

    it('survive byte for byte, counters included', async () => {
      const before = await box.text(othersRules)
      expect(before).to.match(/\[[1-9]\d*:\d+\] -A/)
      const { again } = await box.converge(args)
      expect(again.changes).to.deep.equal([])
      expect(await box.text(othersRules)).to.equal(before)
      await box.converge({ ...args, allowed_tcp_ports: [1, 2, 3] })
      await box.converge({ state: 'absent' })
      expect(await box.text(othersRules)).to.equal(before)
    })

    it('stay in front where they are ban lists, and are named where they see no packet any more', async () => {
      const { plan } = await box.converge(args)
      expect(what(plan)[0]).to.contain('jump to SALLYPORT_IN as rule 2 of INPUT')
      expect(plan.warnings).to.deep.equal(
        ['iptables', 'ip6tables'].map(
          (tool) =>
            `${tool}: sees no packet any more behind the jump to SALLYPORT_IN: -A INPUT -p tcp -m tcp --dport 25 -m comment --comment "mail, and \\"more\\"" -j ACCEPT`,
        ),
      )
    })

    it('stay in front where position is last, and are named as deciding first', async () => {
      const { plan, again } = await box.converge({ ...args, position: 'last' })
      expect(what(plan)[0]).to.contain('as rule 3 of INPUT')
      expect(again.changes).to.deep.equal([])
      expect(again.warnings?.[0]).to.match(
        /^iptables: stands before the jump to SALLYPORT_IN and decides first, unlogged: .*--dport 25/,
      )
    })

    it('are not counted anew by a re-check, and neither are ours', async () => {
      await box.converge(args)
      await box.text(somePackets)
      const before = await box.rules()
      expect(before).to.match(/\[[1-9]\d*:\d+\] -A SALLYPORT_IN -i lo/)
      const { plan } = await box.converge(args)
      expect(plan.changes).to.deep.equal([])
      expect(await box.rules()).to.equal(before)
    })

    it('that lead into our chains keep them from going, and are named', async () => {
      await box.converge(args)
      await box.text('iptables -A FORWARD -j SALLYPORT_LOG')
      expect((await box.plan({ state: 'absent' })).refuse).to.contain('iptables -A FORWARD -j SALLYPORT_LOG')
    })
  })
}

export function wishesSuite(variant: Variant): void {
  describe(`netfilter wishes that change (${variant})`, function () {
    this.timeout(120_000)
    let box: Box
    beforeEach(async () => void (box = await Box.open(variant)))
    afterEach(() => box.close())

    it('renames chains in one go', async () => {
      await box.converge(args)
      const { plan, again } = await box.converge({ ...args, chain: 'WEB', log_chain: 'WEB_LOG' })
      expect(what(plan)[0]).to.match(/create WEB .*; remove SALLYPORT_IN; remove SALLYPORT_LOG/)
      expect(again.changes).to.deep.equal([])
      expect(await box.rules()).not.to.contain('SALLYPORT_IN')
    })

    it('takes IPv6 away where it is no longer wished', async () => {
      await box.converge(args)
      const { again } = await box.converge({ ...args, ipv6: false })
      expect(again.changes).to.deep.equal([])
      expect(await box.text('ip6tables-save -t filter; ls /etc/sallyport')).to.not.match(/SALLYPORT|v6/)
    })

    it('takes files and unit away where persist is off, and no rule', async () => {
      await box.converge(args)
      const rules = await box.rules()
      const { plan, again } = await box.converge({ ...args, persist: false })
      expect(what(plan).every((line) => /^(remove \/|disable )/.test(line))).to.equal(true)
      expect(again.changes).to.deep.equal([])
      expect(await box.rules()).to.equal(rules)
    })

    it('only logs where drop is off', async () => {
      await box.converge(args)
      const { plan, again } = await box.converge({ ...args, drop: false })
      expect(what(plan)[0]).to.contain('SALLYPORT_LOG: 1 rule not wished')
      expect(again.changes).to.deep.equal([])
      expect(await box.rules()).not.to.match(/-A SALLYPORT.* -j (ACCEPT|DROP)/)
    })

    it('keeps an SSH port once seen, though another run came by another way', async () => {
      await box.text(
        'mkdir -p /etc/ssh; printf "Port 2222\\nPort 22\\n" >/etc/ssh/sshd_config; rm -f /etc/ssh/sshd_config.d/*',
      )
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
      await box.text('echo Port 22 >/etc/ssh/sshd_config')
      expect(await box.plan(args)).to.deep.include({ changes: [] })
      await box.text('rm -r /etc/sallyport')
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
      await box.text('iptables -F; iptables -X; ip6tables -F; ip6tables -X')
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
    })
  })
}
