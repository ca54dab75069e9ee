import { inTurn } from '../support/turns.ts'
import { packagesAndServices, rpmFamily } from './modules-system.ts'

for (const suite of inTurn(['bullseye', 'trixie'] as const)) packagesAndServices(suite, 'versions')
rpmFamily()
