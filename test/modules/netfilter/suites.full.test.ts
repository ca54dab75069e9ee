import { inTurn } from '../../support/turns.ts'
import { bothVariants } from './box.ts'
import { atomicSuite } from './suites/atomic.ts'
import { driftSuite, othersSuite, wishesSuite } from './suites/drift.ts'
import { handMadeSuite } from './suites/hand-made.ts'
import { hostToolSuite, withoutNamespacesSuite } from './suites/host-tool.ts'
import { lawsSuite } from './suites/laws.ts'
import { nftablesSuite } from './suites/nftables.ts'
import { packetsSuite } from './suites/packets.ts'

for (const variant of inTurn(bothVariants)) {
  atomicSuite(variant)
  driftSuite(variant, variant === 'nft' ? 'whole' : 'sample')
  wishesSuite(variant)
  hostToolSuite(variant, variant === 'nft' ? 'whole' : 'sample')
}
const suites = [
  () => withoutNamespacesSuite('nft'),
  // With nft they are tried on hosts, in test/contract/.
  () => lawsSuite('legacy'),
  () => othersSuite('legacy'),
  () => packetsSuite('nftables'),
  () => packetsSuite('iptables', 'legacy'),
  () => nftablesSuite('whole'),
  () => handMadeSuite('whole'),
]
for (const suite of inTurn(suites, 2)) suite()
