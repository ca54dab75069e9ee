import type { Case } from '../case.ts'
import { authorizedKeyCases } from './keys.ts'
import { blockCases, lineCases, replaceCases } from './edits.ts'

export const themes: Readonly<Record<string, readonly Case[]>> = {
  lineinfile: lineCases,
  blockinfile: blockCases,
  replace: replaceCases,
  authorized_key: authorizedKeyCases,
}

export const cases: readonly Case[] = Object.values(themes).flat()
