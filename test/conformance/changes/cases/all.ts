import type { Case } from '../case.ts'
import { blockCases, lineCases, replaceCases } from './edits.ts'

export const themes: Readonly<Record<string, readonly Case[]>> = {
  lineinfile: lineCases,
  blockinfile: blockCases,
  replace: replaceCases,
}

export const cases: readonly Case[] = Object.values(themes).flat()
