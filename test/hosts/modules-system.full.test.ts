import { packagesAndServices, rpmFamily } from './modules-system.ts'

packagesAndServices('bullseye')
packagesAndServices('trixie')
rpmFamily()
