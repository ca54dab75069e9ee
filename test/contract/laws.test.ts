import { onHosts } from './suites.ts'

/** The quick sample: one host, and nothing that installs packages. All cases on every suite are in laws.full.test.ts. */
onHosts([{ suite: 'bookworm', cases: (_subject, { needs = [] }) => !needs.includes('network') }])
