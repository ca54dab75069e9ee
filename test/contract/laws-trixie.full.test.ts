import { onHosts } from './host-suite.ts'

onHosts([{ suite: 'trixie', cases: () => 'change', drifts: true }])
