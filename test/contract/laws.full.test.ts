import { canaries } from './canaries.ts'
import { onHosts, withCanaries } from './suites.ts'

withCanaries(canaries)
onHosts((['bullseye', 'bookworm', 'trixie'] as const).map((suite) => ({ suite, cases: () => true })))
