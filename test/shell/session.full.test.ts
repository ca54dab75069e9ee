import { sessionUnder } from './session-suite.ts'

for (const shell of ['bash', 'busybox']) sessionUnder(shell)
