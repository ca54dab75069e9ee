import { packagesAndServices, withoutSystemd } from './modules-system.ts'

packagesAndServices('bookworm', 'whole')
withoutSystemd()
