import { cutAndKilled } from './atomic-suite.ts'
import { canaries } from './canaries.ts'
import { onHosts } from './host-suite.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'
import { firstStart, isSample } from './registry-cases.ts'

/** The quick sample: two texts, one shell, one host, and each module's first case there. laws*.full.test.ts have the rest. */
withCanaries({ canaries: () => canaries.slice(0, 2), ways: 1, shells: ['dash'], lint: false })
withSecrets()
cutAndKilled({ cut: ['copy'], step: 1999, tail: 20, killed: ['copy'] })
onHosts([
  {
    suite: 'bookworm',
    cases: (subject, one) => (isSample(subject, one) ? 'change' : undefined),
    starts: firstStart,
    drifts: false,
  },
])
