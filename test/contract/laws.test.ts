import { cutAndKilled } from './atomic-suite.ts'
import { canaries } from './canaries.ts'
import { onHosts } from './host-suite.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

/** The quick sample: one host, nothing that installs packages, two texts, few cuts. laws.full.test.ts has them all. */
withCanaries(canaries.slice(0, 2))
withSecrets()
cutAndKilled({ step: 1999, killed: ['copy'] })
onHosts([{ suite: 'bookworm', cases: (_subject, { needs = [] }) => !needs.includes('network'), starts: 1 }])
