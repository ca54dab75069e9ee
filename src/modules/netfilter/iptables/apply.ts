import { type Script, lines, sh } from '../../../shell/script.ts'
import { saveScript } from '../files.ts'
import { type FamilyDifference, differences } from './difference.ts'
import { places } from './places.ts'
import { transaction } from './rules.ts'
import { savedDifference } from './saved.ts'
import type { State } from './state.ts'
import type { Wish } from '../wish.ts'

/** The change in memory alone: all of it, or none. */
export function memoryScript(wish: Wish, state: State): Script {
  const changes = differences(wish, state)
  const commits = changes.map((change, index) => {
    const undo = changes.slice(0, index).map(commitBack)
    return sh`${load(change, change.forward)} || {
  ${lines(sh`status=$?`, ...undo, sh`exit "$status"`)}
}`
  })
  return lines(
    // A line that one family's tool refuses must be known before the other family is changed.
    ...changes.map((change) => load(change, change.forward, true)),
    ...commits,
    ...changes.flatMap((change) => verifications(change, state)),
  )
}

/** Makes the rules of the wish last beyond a reboot, or no longer. */
export const persistScript = (wish: Wish, state: State): Script => saveScript(savedDifference(wish, state), state.host)

/** Takes back what `memoryScript` did: ours as it was, others' untouched. A pure function of the state before. */
export const restoreScript = (wish: Wish, state: State): Script => lines(...differences(wish, state).map(commitBack))

const commitBack = (change: FamilyDifference): Script => load(change, change.back)

function load(change: FamilyDifference, rules: readonly string[], test = false): Script {
  const { restore } = places[change.family]
  return sh`printf %s ${transaction(rules)} | ${restore} -w 10 --noflush${test ? sh` --test` : sh``}`
}

/** Known only where the host could say beforehand how it will print the rules. */
function verifications(change: FamilyDifference, state: State): Script[] {
  const { save } = places[change.family]
  if (!state.families[change.family].normal) return []
  return change.refilled.map(
    ({ chain, wished }) => sh`if [ "$(${save} -t filter | grep ${`^-A ${chain} `})" != ${wished.join('\n')} ]; then
  echo ${`the rules of ${chain} are not as loaded: something else changes them at the same time`} >&2
  exit 1
fi`,
  )
}
