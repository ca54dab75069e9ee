import { sh } from '../../../shell/script.ts'
import type { Backend } from '../backend.ts'
import { comes, installScript } from '../install.ts'
import { memoryScript, persistScript, restoreScript } from './apply.ts'
import { differences } from './difference.ts'
import { places } from './places.ts'
import { installs, planRules } from './plan.ts'
import { compareScript, lookScript } from './probe.ts'
import { type State, readState } from './state.ts'

/** Own chains in the filter tables of both families, and one jump to them. */
export const iptables: Backend<State> = {
  name: 'iptables',
  traces: sh`[ -e ${places.ipv4.file} ] || [ -e ${places.ipv6.file} ]`,
  look: lookScript,
  compare: compareScript,
  parse: readState,
  overlay: (state, effects) => (comes('iptables', effects) && !state.variant ? { ...state, toolPending: true } : state),
  plan: planRules,
  install: (wish, state) => (installs(wish, state) ? installScript('iptables', state.host) : undefined),
  memory: (wish, state) => (differences(wish, state).length > 0 ? memoryScript(wish, state) : undefined),
  persist: persistScript,
  restore: restoreScript,
  title: ({ variant }) => (variant === 'legacy' ? 'iptables (legacy)' : 'iptables (nf_tables)'),
}
