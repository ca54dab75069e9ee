import { driftSuite, othersSuite } from './suites/drift.ts'
import { handMadeSuite } from './suites/hand-made.ts'
import { hostToolSuite } from './suites/host-tool.ts'
import { nftablesSuite } from './suites/nftables.ts'
import { packetsSuite } from './suites/packets.ts'

driftSuite('nft', 'sample')
othersSuite('nft')
handMadeSuite('sample')
hostToolSuite('nft', 'sample')
packetsSuite('iptables')
nftablesSuite('sample')
