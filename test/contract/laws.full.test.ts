import { cutAndKilled } from './atomic-suite.ts'
import { writers } from './atomic-laws.ts'
import { canaries } from './canaries.ts'
import { onHosts } from './host-suite.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

withCanaries(canaries)
withSecrets()
cutAndKilled({ step: 1, killed: writers.map(({ module }) => module) })
onHosts((['bullseye', 'bookworm', 'trixie'] as const).map((suite) => ({ suite, cases: () => true })))
