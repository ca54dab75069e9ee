import { onHosts } from './host-suite.ts'

onHosts([{ suite: 'bookworm', cases: () => 'change', drifts: true }])
