import { canaries } from './canaries.ts'
import { onHosts, withCanaries } from './suites.ts'

/** The quick sample: one host, nothing that installs packages, few canaries. laws.full.test.ts has them all. */
withCanaries(canaries.slice(0, 3))
onHosts([{ suite: 'bookworm', cases: (_subject, { needs = [] }) => !needs.includes('network') }])
