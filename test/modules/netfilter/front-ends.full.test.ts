import { inTurn } from '../../support/turns.ts'
import { frontEnds } from './front-ends.ts'
import { matrixSuite } from './suites/matrix.ts'
import { passingSuite } from './suites/passing.ts'

const suites = ['bookworm', 'trixie', 'bullseye'] as const
const all = frontEnds.flatMap((frontEnd) => suites.map((suite) => ({ frontEnd, suite })))
const now = inTurn(all)

for (const suite of suites) {
  const some = now.flatMap((one) => (one.suite === suite ? [one.frontEnd] : []))
  if (some.length === 0) continue
  // Beside one of them at least, so that there is something to compare.
  matrixSuite(suite, [...new Set([...frontEnds.slice(0, 1), ...some])])
  passingSuite(suite, some)
}
