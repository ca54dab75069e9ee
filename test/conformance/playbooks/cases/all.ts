import type { PlaybookCase } from '../case.ts'
import { blockCases } from './blocks.ts'
import { everydayCases } from './everyday.ts'
import { moreEverydayCases } from './everyday-more.ts'
import { includeCases } from './includes.ts'
import { keywordCases } from './keywords.ts'
import { metaCases } from './meta.ts'
import { roleCases } from './roles.ts'
import { targetCases } from './targets.ts'
import { variableCases } from './variables.ts'

/** Every playbook of the suite, by what it is about. */
export const themes: Readonly<Record<string, readonly PlaybookCase[]>> = {
  blocks: blockCases,
  'imports and includes': includeCases,
  'roles and handlers': roleCases,
  'meta and where a run starts': metaCases,
  'how tasks run': keywordCases,
  'which hosts do what': targetCases,
  'hostvars and magic variables': variableCases,
  'playbooks as people write them': [...everydayCases, ...moreEverydayCases],
}

export const cases: readonly PlaybookCase[] = Object.values(themes).flat()
