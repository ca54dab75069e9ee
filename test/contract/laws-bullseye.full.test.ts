import { onHosts } from './host-suite.ts'

onHosts([{ suite: 'bullseye', cases: () => 'change', starts: 1, drifts: false }])
