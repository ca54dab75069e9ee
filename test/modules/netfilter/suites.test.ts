import { driftSuite, othersSuite } from './suites/drift.ts'
import { hostToolSuite } from './suites/host-tool.ts'
import { nftablesSuite } from './suites/nftables.ts'
import { packetsSuite } from './suites/packets.ts'

driftSuite('nft', 'sample')
othersSuite('nft')
hostToolSuite('nft', 'sample')
packetsSuite('iptables')
nftablesSuite('sample')
