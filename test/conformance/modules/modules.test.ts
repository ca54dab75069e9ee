import { trials } from './cases/all.ts'
import { comparedWithKept } from './kept.ts'

// Every fifth; modules.full.test.ts has the others, and asks ansible-core anew.
comparedWithKept(trials.filter(({ live }, index) => !live && index % 5 === 0))
