import { cutAndKilled } from './atomic-suite.ts'
import { canaries } from './canaries.ts'
import { onHosts } from './host-suite.ts'
import { withCanaries, withSecrets } from './injection-suite.ts'

/** The quick sample: two texts, one shell, one host, and each module's first case there. laws*.full.test.ts have all. */
withCanaries({ canaries: () => canaries.slice(0, 2), ways: 1, shells: ['dash'], lint: false })
withSecrets()
cutAndKilled({ cut: ['copy'], step: 1999, tail: 20, killed: ['copy'] })
onHosts([
  {
    suite: 'bookworm',
    // What needs packages takes its time.
    cases: ({ law }, one) => (one === law?.cases[0] && !one.needs?.includes('network') ? 'change' : undefined),
    starts: 1,
    drifts: false,
  },
])
