import { expect } from 'chai'
import { restore } from '../../../../src/modules/netfilter/host-rules.ts'
import { shells } from '../../../support/modules.ts'
import { Box, type Extent, module, what } from '../box.ts'

const args = { backend: 'nftables', allowed_tcp_ports: [80, '8000:8100'], allowed_udp_ports: [53] }
const file = '/etc/sallyport/netfilter.nft'
const unit = '/etc/systemd/system/sallyport-nftables.service'

const drifts: readonly [script: string, change: RegExp][] = [
  ['nft delete table inet sallyport', /^nftables: create table inet sallyport with 11 rules$/],
  ['nft flush table inet sallyport', /^nftables: table inet sallyport: 11 rules missing$/],
  ['nft flush ruleset', /^nftables: create table inet sallyport/],
  ['nft add rule inet sallyport SALLYPORT_IN tcp dport 3306 accept', /: 1 rule not wished$/],
  ['nft insert rule inet sallyport SALLYPORT_LOG accept', /: 1 rule not wished$/],
  [
    "nft delete rule inet sallyport SALLYPORT_IN handle $(nft -a list table inet sallyport | sed -n 's/.*dport 53.*handle //p')",
    /: 1 rule missing$/,
  ],
  ["nft 'add chain inet sallyport SALLYPORT_IN { policy drop; }'", /: 1 rule missing, 1 rule not wished$/],
  ['nft add chain inet sallyport more', /: 2 rules not wished$/],
  [`rm ${file}`, /^write .*netfilter\.nft$/],
  [`echo >>${file}`, /netfilter\.nft: content$/],
  [`chmod 644 ${file}`, /netfilter\.nft: mode 0644 → 0600$/],
  [`sed -i s/oneshot/simple/ ${unit}`, /sallyport-nftables\.service: content$/],
  ['rm /etc/systemd/system/sysinit.target.wants/sallyport-nftables.service', /^enable sallyport-nftables\.service$/],
]

const others = `nft -f - <<'END'
table inet f2b-table {
  set addr-set { type ipv4_addr; elements = { 192.0.2.1 } }
  chain f2b-chain {
    type filter hook input priority filter - 1; policy accept;
    ip saddr @addr-set counter reject
  }
}
END
iptables -A INPUT -p tcp --dport 25 -j ACCEPT`

/** A sample has one shell and every third drift. */
export function nftablesSuite(extent: Extent): void {
  const some = <T>(all: readonly T[]) => all.filter((_, index) => extent === 'whole' || index % 3 === 0)
  describe('netfilter on nftables', function () {
    this.timeout(240_000)
    let box: Box
    beforeEach(async () => void (box = await Box.open()))
    afterEach(() => box.close())

    for (const shell of some(Object.keys(shells)))
      it(`converges under ${shell}, and absent leaves nothing`, async () => {
        await box.text(others)
        const before = await box.text('nft list ruleset')
        const { plan, again } = await box.converge(args, shell)
        expect(what(plan)).to.deep.equal([
          'nftables: create table inet sallyport with 11 rules',
          `write ${file}`,
          `write ${unit}`,
          'enable sallyport-nftables.service',
        ])
        expect(plan.changes[0]?.diff?.after).to.contain('\t\ttcp dport { 80, 8000-8100 } accept\n')
        expect(again.changes).to.deep.equal([])
        expect(again.warnings).to.deep.equal([
          'the nftables table inet f2b-table filters input too: what it drops is dropped before or after our rules, unlogged',
        ])
        expect(await box.text('nft list ruleset')).to.contain(before.trim().split('\n\n')[0])
        const gone = await box.converge({ state: 'absent' }, shell)
        expect(gone.again.changes).to.deep.equal([])
        expect(await box.text('nft list ruleset')).to.equal(before)
        expect(await box.text('ls -d /etc/sallyport 2>&1; find /etc/systemd -name "*sallyport*"; true')).to.match(
          /^ls: .*\n$/,
        )
      })

    it('sees every drift and repairs it, and nothing else', async () => {
      await box.converge(args)
      const good = await box.text(
        `nft -s list ruleset; cat ${file} ${unit}; ls -lR /etc/sallyport /etc/systemd/system | grep -c rw-`,
      )
      for (const [script, change] of some(drifts)) {
        await box.text(script)
        const { plan, again } = await box.converge(args)
        expect(what(plan).join('\n'), script).to.match(new RegExp(change.source, 'm'))
        expect(plan.changes, script).to.have.length(1)
        expect(again.changes, script).to.deep.equal([])
        expect(
          await box.text(
            `nft -s list ruleset; cat ${file} ${unit}; ls -lR /etc/sallyport /etc/systemd/system | grep -c rw-`,
          ),
          script,
        ).to.equal(good)
      }
    })

    it('counts nothing anew in a re-check, and loads its file as it is', async () => {
      await box.converge(args)
      await box.text(`bash -c 'echo >/dev/udp/127.0.0.1/9'`)
      const before = await box.text('nft list ruleset')
      expect((await box.converge(args)).plan.changes).to.deep.equal([])
      expect(await box.text('nft list ruleset')).to.equal(before)
      const rules = await box.text('nft -s list ruleset')
      await box.text(`nft flush ruleset; nft -f ${file}; nft -f ${file}`)
      expect(await box.text('nft -s list ruleset')).to.equal(rules)
    })

    it('takes back exactly what it did', async () => {
      await box.text(others)
      for (const first of [undefined, args]) {
        if (first) await box.converge(first)
        const before = await box.text('nft -s list ruleset')
        const next = module.args.parse({ ...args, allowed_tcp_ports: [81], persist: false })
        const state = await box.probe(next)
        await box.text(module.apply(next, state, module.plan(next, state)).script)
        expect(await box.text('nft -s list ruleset')).not.to.equal(before)
        await box.text(restore(next, state))
        expect(await box.text('nft -s list ruleset')).to.equal(before)
      }
    })

    it('moves the rules from iptables and back, and at no time is the host without', async () => {
      await box.converge({ ...args, backend: 'auto' })
      const there = await box.converge(args)
      expect(what(there.plan)[0]).to.equal('nftables: create table inet sallyport with 11 rules')
      expect(there.again.changes).to.deep.equal([])
      expect(await box.rules()).not.to.contain('SALLYPORT')
      expect((await box.converge({ ...args, backend: 'auto' })).plan.changes).to.deep.equal([])
      const back = await box.converge({ ...args, backend: 'iptables' })
      expect(what(back.plan)[0]).to.match(/^iptables: create SALLYPORT_IN/)
      expect(back.again.changes).to.deep.equal([])
      expect(await box.text('nft list ruleset')).not.to.contain('inet sallyport')
    })

    it('keeps an SSH port once seen', async () => {
      await box.text(
        'mkdir -p /etc/ssh; printf "Port 2222\\nPort 22\\n" >/etc/ssh/sshd_config; rm -f /etc/ssh/sshd_config.d/*',
      )
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
      await box.text('echo Port 22 >/etc/ssh/sshd_config')
      expect(await box.plan(args)).to.deep.include({ changes: [] })
      await box.text('rm -r /etc/sallyport')
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
      await box.text('nft flush ruleset')
      expect((await box.converge(args)).after.host.sshPorts).to.deep.equal([22, 2222])
    })

    it('says what nft has against the rules, before anything is changed', async () => {
      const { refuse, changes } = await box.plan({ ...args, log_prefix: 'IPTables/$x: ' })
      expect(refuse).to.match(/^this host's nft refuses the rules: .*unknown identifier/)
      expect(changes).to.deep.equal([])
    })

    it('goes through nothing where there are no network namespaces', async () => {
      await box.text('mount --bind /bin/false /usr/bin/unshare')
      expect((await box.plan(args)).refuse).to.match(/no network namespace is to be had here/)
    })
  })
}
