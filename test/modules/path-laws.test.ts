import { pathLaws } from './path-laws.ts'

pathLaws('sample')
