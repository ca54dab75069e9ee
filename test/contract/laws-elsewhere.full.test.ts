import { inTurn } from '../support/turns.ts'
import { onHosts } from './host-suite.ts'
import { elsewhere, firstStart } from './registry-cases.ts'

const suites = inTurn(['bullseye', 'trixie'] as const)
onHosts(suites.map((suite) => ({ suite, cases: elsewhere, starts: firstStart, drifts: false })))
