import { cutAndKilled } from './atomic-suite.ts'
import { writers } from './atomic-laws.ts'
import { canaries } from './canaries.ts'
import { shells } from '../support/modules.ts'
import { inTurn } from '../support/turns.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

/** Laws 4 and 5 in full; laws 1 to 3 have a file for each Debian, as files run beside each other. */
const [everything, short, ...others] = canaries as [string, string, ...string[]]
withCanaries({ canaries: () => [everything, short], ways: 1, shells: Object.keys(shells), lint: true })
// All of them are in the one text with everything; by themselves they take turns, a tenth of them at each argument.
withCanaries({
  canaries: (leaf) => [short, ...others.filter((_, index) => index % 10 === leaf % 10)],
  ways: 1,
  shells: ['dash'],
  lint: false,
})
withSecrets()
const modules = writers.map(({ module }) => module)
// Their common writer is cut at every byte in test/modules/writer.full.test.ts.
cutAndKilled({ cut: inTurn(modules, 2), step: 97, tail: 25, killed: modules })
