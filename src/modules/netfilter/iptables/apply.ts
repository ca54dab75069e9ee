import { type Script, lines, sh } from '../../../shell/script.ts'
import { saveScript } from '../files.ts'
import { type FamilyDifference, differences } from './difference.ts'
import { type Suffix, toolsOf } from './places.ts'
import { transaction } from './rules.ts'
import { savedDifference } from './saved.ts'
import type { State } from './state.ts'
import { takeBack } from './take-back.ts'
import type { Wish } from '../wish.ts'

/** The change in memory alone: all of it, or none. */
export function memoryScript(wish: Wish, state: State): Script {
  const { suffix } = state
  const changes = differences(wish, state)
  const commits = changes.map((change, index) => {
    const undo = changes.slice(0, index).map((earlier) => takeBack(earlier, state))
    return sh`${load(change, suffix, change.forward)} || {
  ${lines(sh`status=$?`, ...undo, sh`exit "$status"`)}
}`
  })
  return lines(
    // A line that one family's tool refuses must be known before the other family is changed.
    ...changes.map((change) => load(change, suffix, change.forward, true)),
    ...commits,
    ...changes.flatMap((change) => verifications(change, state)),
  )
}

/** Makes the rules of the wish last beyond a reboot, or no longer. */
export const persistScript = (wish: Wish, state: State): Script => saveScript(savedDifference(wish, state), state.host)

function load(change: FamilyDifference, suffix: Suffix, rules: readonly string[], test = false): Script {
  const { restore } = toolsOf(change.family, suffix)
  return sh`printf %s ${transaction(rules)} | ${restore} -w 10 --noflush${test ? sh` --test` : sh``}`
}

/** Known only where the host could say beforehand how it will print the rules. */
function verifications(change: FamilyDifference, state: State): Script[] {
  const { save } = toolsOf(change.family, state.suffix)
  if (!state.families[change.family].normal) return []
  return change.refilled.map(
    ({ chain, wished }) => sh`if [ "$(${save} -t filter | grep ${`^-A ${chain} `})" != ${wished.join('\n')} ]; then
  echo ${`the rules of ${chain} are not as loaded: something else changes them at the same time`} >&2
  exit 1
fi`,
  )
}
