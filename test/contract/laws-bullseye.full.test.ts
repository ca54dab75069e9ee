import { onHosts } from './host-suite.ts'
import { elsewhere, firstStart } from './registry-cases.ts'

onHosts([{ suite: 'bullseye', cases: elsewhere, starts: firstStart, drifts: false }])
