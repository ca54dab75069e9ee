import type { PlaybookCase } from '../case.ts'
import { blockCases } from './blocks.ts'

/** Every playbook of the suite, by what it is about. */
export const themes: Readonly<Record<string, readonly PlaybookCase[]>> = {
  blocks: blockCases,
}

export const cases: readonly PlaybookCase[] = Object.values(themes).flat()
