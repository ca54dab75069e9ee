import { trials } from './cases/all.ts'
import { comparedWithKept } from './kept.ts'

// Every third; modules.full.test.ts has them all, and asks ansible-core anew.
comparedWithKept(trials.filter(({ live }, index) => !live && index % 3 === 0))
