import { nothing, sh } from '../../../shell/script.ts'
import type { Backend } from '../backend.ts'
import { memoryScript, persistScript, restoreScript } from './apply.ts'
import { changedZones, oursInXml } from './places.ts'
import { planRules } from './plan.ts'
import { lookScript } from './probe.ts'
import { type State, readState } from './state.ts'

/** Rich rules of the login's zone or those that are named, runtime and permanent. */
export const firewalld: Backend<State> = {
  name: 'firewalld',
  group: 'firewalld',
  traces: sh`[ -d ${changedZones} ] && grep -qsE ${oursInXml} ${changedZones}/*.xml`,
  look: lookScript,
  // Its rules are said in its own words to begin with.
  compare: () => nothing,
  parse: readState,
  overlay: (state) => state,
  plan: planRules,
  install: () => undefined,
  memory: memoryScript,
  persist: persistScript,
  restore: restoreScript,
  title: ({ meant }) => `firewalld (${meant.length === 1 ? 'zone' : 'zones'} ${meant.join(', ')})`,
}
