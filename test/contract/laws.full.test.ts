import { cutAndKilled } from './atomic-suite.ts'
import { writers } from './atomic-laws.ts'
import { canaries } from './canaries.ts'
import { shells } from '../support/modules.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

/** Laws 4 and 5 in full; laws 1 to 3 have a file for each Debian, as files run beside each other. */
withCanaries({ canaries, ways: 3, shells: Object.keys(shells), lint: true })
withSecrets()
const modules = writers.map(({ module }) => module)
cutAndKilled({ cut: modules, step: 1, tail: 100, killed: modules })
