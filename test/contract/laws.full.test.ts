import { onHosts } from './suites.ts'

onHosts((['bullseye', 'bookworm', 'trixie'] as const).map((suite) => ({ suite, cases: () => true })))
