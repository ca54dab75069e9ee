import { onHosts } from './host-suite.ts'
import { isSample } from './registry-cases.ts'

/** All but what laws.test.ts has tried. */
onHosts([
  {
    suite: 'bookworm',
    cases: () => 'change',
    starts: (subject, one) => (isSample(subject, one) ? one.arrange.slice(1) : one.arrange),
    drifts: true,
  },
])
