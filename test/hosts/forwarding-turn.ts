import { inTurn } from '../support/turns.ts'

/** The long suites of forwarding, of which one takes its turn where time is short. */
const suites = [
  'sources',
  'verify-sources',
  'no-loss tcp',
  'no-loss relp',
  'secrecy',
  'intake-keys',
  'black-hole',
  'owed-restart',
  'surroundings',
] as const

/** Whether a suite is run now. */
export const isTurnOf = (suite: (typeof suites)[number]): boolean => inTurn(suites).includes(suite)
