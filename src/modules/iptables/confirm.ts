import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import type { ConfirmedParts } from '../define.ts'
import type { IptablesWish } from './arguments.ts'
import { chainOf, changeScript, program, type State, subject, tables } from './change.ts'
import { ruleWords } from './rule.ts'

/** Single rules live in memory only: there is nothing to make last. */
export function confirmedParts(wish: IptablesWish, state: State): ConfirmedParts {
  const change = changeScript(wish, state)
  const takesAway = subject(wish) === 'flush' || (subject(wish) === 'rule' && wish.state === 'absent')
  if (!takesAway) return { change, restore: undo(wish, state), persist: nothing }
  return {
    save: listRules(wish),
    // What is gone now is what has to come back: whatever else goes later was taken away by others.
    change: lines(change, sh`${listRules(wish)} >"$saved.left"`),
    restore: bringBack(wish),
    persist: nothing,
  }
}

const listRules = (wish: IptablesWish): Script => sh`${tables(wish)} -S ${chainOf(wish)}`

/** Takes away what was put there. */
function undo(wish: IptablesWish, state: State): Script {
  const [command, chain, rule] = [tables(wish), chainOf(wish), [...ruleWords(wish)]]
  const made = state.chain ? nothing : sh`${command} -X ${chain}`
  switch (subject(wish)) {
    case 'policy':
      return sh`${command} -P ${chain} ${state.policy ?? ''}`
    case 'rule':
      return lines(sh`${command} -D ${chain} ${rule}`, made)
    default:
      return wish.state === 'present' ? made : sh`${command} -N ${chain}`
  }
}

/**
 * Rules that were there, are gone, and were not taken away by others, each at its old place, or last where its chain has
 * become shorter. A rule's place is counted in what was saved, chain by chain.
 */
function bringBack(wish: IptablesWish): Script {
  const load = sh`${program(wish)}-restore -w ${wish.wait} --noflush`
  return sh`[ -e "$saved.left" ] || : >"$saved.left"
${listRules(wish)} >"$saved.now"
chain='' place=0
while IFS= read -r rule; do
  case $rule in '-A '*) ;; *) continue ;; esac
  rest=\${rule#-A }
  if [ "\${rest%% *}" != "$chain" ]; then
    chain=\${rest%% *}
    place=0
  fi
  place=$((place + 1))
  if grep -qxF -e "$rule" "$saved.left" || grep -qxF -e "$rule" "$saved.now"; then continue; fi
  printf '*%s\\n-I %s %s %s\\nCOMMIT\\n' ${wish.table} "$chain" "$place" "\${rest#* }" | ${load} 2>/dev/null ||
    printf '*%s\\n%s\\nCOMMIT\\n' ${wish.table} "$rule" | ${load}
done <"$saved"`
}
