import { inTurn } from '../../support/turns.ts'
import { matrixSuite } from './suites/matrix.ts'

for (const suite of inTurn(['bookworm', 'trixie', 'bullseye'] as const)) matrixSuite(suite)
