import { onHosts } from './host-suite.ts'
import { elsewhere, firstStart } from './registry-cases.ts'

onHosts([{ suite: 'trixie', cases: elsewhere, starts: firstStart, drifts: false }])
