import { onHosts } from './host-suite.ts'
import { elsewhere } from './registry-cases.ts'

onHosts([{ suite: 'trixie', cases: elsewhere, starts: 1, drifts: false }])
