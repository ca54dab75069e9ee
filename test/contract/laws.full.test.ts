import { cutAndKilled } from './atomic-suite.ts'
import { writers } from './atomic-laws.ts'
import { canaries } from './canaries.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

/** Laws 4 and 5 in full; laws 1 to 3 have a file for each Debian, as files run beside each other. */
withCanaries(canaries)
withSecrets()
cutAndKilled({ step: 1, killed: writers.map(({ module }) => module) })
