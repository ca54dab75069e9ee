import { onHosts } from './host-suite.ts'

onHosts([{ suite: 'trixie', cases: () => 'change', starts: 1, drifts: false }])
