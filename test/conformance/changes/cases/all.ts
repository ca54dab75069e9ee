import type { Case } from '../case.ts'
import { authorizedKeyCases } from './keys.ts'
import { cronCases, knownHostsCases, sysctlCases } from './settings.ts'
import { blockCases, lineCases, replaceCases } from './edits.ts'

export const themes: Readonly<Record<string, readonly Case[]>> = {
  lineinfile: lineCases,
  blockinfile: blockCases,
  replace: replaceCases,
  authorized_key: authorizedKeyCases,
  known_hosts: knownHostsCases,
  sysctl: sysctlCases,
  cron: cronCases,
}

export const cases: readonly Case[] = Object.values(themes).flat()
