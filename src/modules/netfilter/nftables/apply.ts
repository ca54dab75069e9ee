import { type Script, lines, nothing, sh } from '../../../shell/script.ts'
import { saveScript } from '../files.ts'
import type { Wish } from '../wish.ts'
import { table } from './places.ts'
import { inSync } from './plan.ts'
import { fullText, replacement } from './rules.ts'
import { savedDifference } from './saved.ts'
import type { State } from './state.ts'

/** The change in memory alone, in one transaction. */
export function memoryScript(wish: Wish, state: State): Script | undefined {
  if (inSync(wish, state)) return undefined
  if (wish.absent) return remove
  const verify = sh`if [ "$(nft -s list table ${table.split(' ')} | sed '/^$/d')" != ${state.normal?.join('\n') ?? ''} ]; then
  echo 'the rules are not as loaded: something else changes them at the same time' >&2
  exit 1
fi`
  return lines(load(fullText(wish, state.host.sshPorts)), ...(state.normal === undefined ? [] : [verify]))
}

export const persistScript = (wish: Wish, state: State): Script => saveScript(savedDifference(wish, state), state.host)

/** Takes back what `memoryScript` did. A pure function of the state before. */
export function restoreScript(wish: Wish, state: State): Script {
  if (inSync(wish, state)) return nothing
  return state.live === undefined ? remove : load(`${state.live.join('\n')}\n`)
}

const load = (text: string): Script => sh`printf %s ${replacement(text)} | nft -f -`

/** Also where it is gone already. */
const remove = load('')
