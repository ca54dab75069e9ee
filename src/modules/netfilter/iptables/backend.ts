import { sh } from '../../../shell/script.ts'
import type { Backend } from '../backend.ts'
import { comes, installScript } from '../install.ts'
import { memoryScript, persistScript } from './apply.ts'
import { differences } from './difference.ts'
import { fermFile } from './ferm.ts'
import { places } from './places.ts'
import { installs, planRules } from './plan.ts'
import { compareScript, lookScript } from './probe.ts'
import { type Seat, seats } from './seats.ts'
import { type State, readState } from './state.ts'
import { restoreScript } from './take-back.ts'
import { ufwBegin, ufwFiles } from './ufw.ts'

/** Own chains in the filter tables of both families, and one jump to them: what differs is who brings them back. */
const seated = (seat: Seat): Backend<State> => ({
  name: seat.name,
  group: 'iptables',
  traces: sh`[ -e ${places.ipv4.file} ] || [ -e ${places.ipv6.file} ] || [ -e ${fermFile} ] ||
  { [ -e ${ufwFiles.ipv4} ] && grep -qs ${ufwBegin} ${Object.values(ufwFiles)}; }`,
  look: lookScript,
  compare: compareScript,
  parse: (sections, host) => readState(seat, sections, host),
  overlay: (state, effects) => (comes('iptables', effects) && !state.variant ? { ...state, toolPending: true } : state),
  plan: planRules,
  install: (wish, state) => (installs(wish, state) ? installScript('iptables', state.host) : undefined),
  memory: (wish, state) => (differences(wish, state).length > 0 ? memoryScript(wish, state) : undefined),
  persist: persistScript,
  restore: restoreScript,
  title: ({ variant }) => {
    const tool = variant === 'legacy' ? 'iptables (legacy)' : 'iptables (nf_tables)'
    return seat.name === 'iptables' ? tool : `${seat.name} over ${tool}`
  },
})

export const iptables = seated(seats.iptables)
export const ufw = seated(seats.ufw)
export const ferm = seated(seats.ferm)
