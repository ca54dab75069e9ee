import { sh } from '../../../shell/script.ts'
import type { Backend } from '../backend.ts'
import { comes, installScript } from '../install.ts'
import { memoryScript, persistScript, restoreScript } from './apply.ts'
import { file } from './places.ts'
import { installs, planRules } from './plan.ts'
import { compareScript, lookScript } from './probe.ts'
import { type State, readState } from './state.ts'

/** One table of our own for both families; persistent beside nftables.service or through it. */
export const nftables: Backend<State> = {
  name: 'nftables',
  group: 'nftables',
  traces: sh`[ -e ${file} ]`,
  look: () => lookScript,
  compare: compareScript,
  parse: readState,
  overlay: (state, effects) => (comes('nftables', effects) && !state.tool ? { ...state, toolPending: true } : state),
  plan: planRules,
  install: (wish, state) => (installs(wish, state) ? installScript('nftables', state.host) : undefined),
  memory: memoryScript,
  persist: persistScript,
  restore: restoreScript,
  title: () => 'nftables',
}
