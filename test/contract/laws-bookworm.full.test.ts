import { inTurn } from '../support/turns.ts'
import { onHosts } from './host-suite.ts'
import { firstStart, isSample } from './registry-cases.ts'

/** All but what laws.test.ts has tried; of `package`, which goes through `apt` here, a sample. */
onHosts([
  {
    suite: 'bookworm',
    cases: ({ name, law }, one) => (name === 'package' && one !== law?.cases[0] ? undefined : 'change'),
    starts: (subject, one) => {
      if (subject.name === 'package') return firstStart(subject, one)
      return inTurn(isSample(subject, one) ? one.arrange.slice(1) : one.arrange, 2)
    },
    drifts: true,
  },
])
