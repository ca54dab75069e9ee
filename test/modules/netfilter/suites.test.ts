import { atomicSuite } from './suites/atomic.ts'
import { driftSuite, othersSuite } from './suites/drift.ts'
import { hostToolSuite } from './suites/host-tool.ts'
import { lawsSuite } from './suites/laws.ts'
import { nftablesSuite } from './suites/nftables.ts'
import { packetsSuite } from './suites/packets.ts'

atomicSuite('nft', 'sample')
driftSuite('nft', 'sample')
othersSuite('nft')
lawsSuite('nft', 'sample')
hostToolSuite('nft', 'sample')
packetsSuite('iptables')
nftablesSuite('sample')
