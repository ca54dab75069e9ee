import { expect } from 'chai'
import { Box, type Extent, type Variant } from '../box.ts'

const recipe = (tool: string) => `${tool} -N DROP_LOGGING
${tool} -A INPUT -p tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
${tool} -A INPUT -j DROP_LOGGING
${tool} -A DROP_LOGGING -m limit --limit 60/min -j LOG --log-prefix "IPTables/Dropped: " --log-level 4
${tool} -A DROP_LOGGING -j DROP`

const throughNft = `nft -f - <<'END'
table inet filter {
  chain DROP_LOGGING {
    limit rate 60/minute log prefix "IPTables/Dropped: "
    drop
  }
  chain input { type filter hook input priority 0; jump DROP_LOGGING; }
}
END`

const cases: readonly [name: string, variant: Variant, backend: string, script: string, left: readonly string[]][] = [
  [
    'with iptables, beside nftables',
    'nft',
    'nftables',
    recipe('iptables-nft'),
    ['ip filter INPUT: counter jump DROP_LOGGING', 'ip filter DROP_LOGGING: counter drop'],
  ],
  [
    'with the legacy iptables, beside nftables',
    'nft',
    'nftables',
    recipe('iptables-legacy'),
    ['-A INPUT -j DROP_LOGGING', '-A DROP_LOGGING -j DROP'],
  ],
  [
    'with the legacy iptables, beside the other',
    'nft',
    'iptables',
    recipe('iptables-legacy'),
    ['iptables -A INPUT -j DROP_LOGGING', 'iptables -A DROP_LOGGING -j DROP'],
  ],
  [
    'for IPv6 with the other iptables, beside the legacy one',
    'legacy',
    'iptables',
    recipe('ip6tables-nft'),
    ['ip6tables -A INPUT -j DROP_LOGGING', 'ip6tables -A DROP_LOGGING -j DROP'],
  ],
  [
    'in the words of nft, beside iptables',
    'nft',
    'iptables',
    throughNft,
    ['inet filter input: jump DROP_LOGGING', 'inet filter DROP_LOGGING: drop'],
  ],
]

export function handMadeSuite(extent: Extent): void {
  describe('the recipe followed by hand where it is not taken over', () => {
    for (const [name, variant, backend, script, left] of cases.slice(0, extent === 'whole' ? cases.length : 2))
      it(`${name}: is refused with what it left, and tidied up it is in nobody's way`, async () => {
        const box = await Box.open(variant)
        try {
          await box.text(script)
          const { refuse = '', changes } = await box.plan({ backend })
          expect(refuse).to.match(
            /^the recipe was followed by hand here \(chain DROP_LOGGING\), .*Remove it, then run again:\n/,
          )
          for (const rule of left) expect(refuse.split('\n')).to.include(`  ${rule}`)
          expect(changes).to.deep.equal([])
          await box.text('nft flush ruleset; for t in iptables ip6tables; do $t-legacy -F; $t-legacy -X; done')
          expect((await box.converge({ backend })).again.changes).to.deep.equal([])
        } finally {
          await box.close()
        }
      })
  })
}
