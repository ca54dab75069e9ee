import type { Case } from '../case.ts'
import { filterCases } from './filters.ts'
import { languageCases } from './language.ts'
import { statementCases } from './statements.ts'
import { testCases } from './tests-and-methods.ts'

/** Every case, once. */
export const cases: readonly Case[] = [
  ...new Map(
    [...languageCases, ...filterCases, ...testCases, ...statementCases].map((one) => [JSON.stringify(one), one]),
  ).values(),
]
