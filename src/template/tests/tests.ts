import { compareTests } from './compare.ts'
import { diskTests, pathTests } from './paths.ts'
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
  ...diskTests,
])

/** Those whose answer depends on the files of the controller. */
export const onDisk: ReadonlySet<Test> = new Set(diskTests.map(([, test]) => test))
