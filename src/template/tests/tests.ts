import { compareTests } from './compare.ts'
import { pathTests } from './paths.ts'
import { patternTests } from './patterns.ts'
import { resultTests } from './results.ts'
import type { Test } from './test.ts'
import { typeTests } from './types.ts'

/** Every test by its short name. */
export const tests: ReadonlyMap<string, Test> = new Map([
  ...typeTests,
  ...compareTests,
  ...patternTests,
  ...resultTests,
  ...pathTests,
])
