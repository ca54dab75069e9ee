import { type Script, lines, sh } from '../../../shell/script.ts'
import { type FamilyDifference, type Jump, differences } from './difference.ts'
import { rulesIn } from './dump.ts'
import { toolsOf } from './places.ts'
import { recipeChain } from '../hand-made.ts'
import { declaration } from './rules.ts'
import type { State } from './state.ts'
import type { Wish } from '../wish.ts'

/**
 * Takes back what `memoryScript` did, or a part of it: ours as it was, others' untouched. A pure function of the state
 * before; the host may have moved on since, so it is the host that works out what there is to do in chains of others.
 */
export const restoreScript = (wish: Wish, state: State): Script =>
  lines(...differences(wish, state).map((change) => takeBack(change, state)))

/**
 * One family's way back, in one transaction. A chain that others lead to by now cannot go: it is emptied then, which lets
 * their packets through as if it were not there.
 */
export function takeBack(change: FamilyDifference, state: State): Script {
  const { family, refilled, removed, jumps, stray, recipe } = change
  const { live } = state.families[family]
  const { save, restore } = toolsOf(family, state.suffix)
  const made = refilled.filter(({ exists }) => !exists).map(({ chain }) => chain)
  const kept = [...refilled.filter(({ exists }) => exists).map(({ chain }) => chain), ...removed]
  if (recipe) kept.push(recipeChain)
  const ours = [...jumps.flatMap(touched), ...stray]
  const parents = jumps.flatMap((jump) => (touched(jump).length > 0 ? [jump.parent] : []))
  const others = [...new Set([...parents, ...stray.map((rule) => rule.split(' ')[1] ?? '')])]
  const before = ['@was', ...others.flatMap((chain) => rulesIn(live, chain)), '@ours', ...ours, '@live'].join('\n')
  const refill = [...kept.map(declaration), ...kept.flatMap((chain) => rulesIn(live, chain))].join('\n')
  return sh`made=${made.join(' ')}
rules=$(${save} -t filter)
moves=$({ printf '%s\\n' ${before}; printf '%s\\n' "$rules" | grep -E ${`^-A (${others.join('|')}) `}; } | awk ${orderedBack})
put_back() {
  printf '*filter\\n%s\\n%s\\n' ${refill} "$moves"
  for command in "$@"; do
    for chain in $made; do
      if printf '%s\\n' "$rules" | grep -q "^:$chain "; then echo "$command $chain"; fi
    done
  done
  echo COMMIT
}
put_back -F -X | ${restore} -w 10 --noflush 2>/dev/null || put_back -F | ${restore} -w 10 --noflush`
}

/** The rules that this jump takes away or brings. */
const touched = ({ remove, insertAt, wished }: Jump): readonly string[] =>
  insertAt === undefined ? remove : [...remove, ...wished.slice(insertAt - 1, insertAt)]

/**
 * From chains of others as they were, the rules in them that are ours to move, and the chains as they are: the commands
 * that delete the latter and put those that were there behind the rule they stood behind, wherever that is by now.
 */
const orderedBack = `/^@/ { part = $0; next }
part == "@was" { was[++count] = $0; chain[count] = $2 }
part == "@ours" { ours[$0] = 1 }
part == "@live" { if ($0 in ours) print "-D" substr($0, 3); else rest[$2, ++left[$2]] = $0 }
END {
  for (i = 1; i <= count; i++) {
    c = chain[i]
    if (was[i] in ours) print "-I", c, after[c] + ++put[c], substr(was[i], length(c) + 5)
    else for (j = after[c] + 1; j <= left[c]; j++) if (rest[c, j] == was[i]) { after[c] = j; break }
  }
}`
