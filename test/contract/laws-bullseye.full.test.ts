import { onHosts } from './host-suite.ts'

onHosts([{ suite: 'bullseye', cases: () => 'change', drifts: true }])
