import { packagesAndServices, rpmFamily } from './modules-system.ts'

packagesAndServices('bullseye', 'versions')
packagesAndServices('trixie', 'versions')
rpmFamily()
