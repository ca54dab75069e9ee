import { type FileDifference, editedFile } from '../files.ts'
import type { Family } from '../intent.ts'
import { type Wish, chainNames } from '../wish.ts'
import { renderedRules } from './families.ts'
import { jumpRule } from './jump.ts'
import { declaration, transaction } from './rules.ts'
import { seats } from './seats.ts'
import type { State } from './state.ts'

/** What UFW loads behind its own rules: text for iptables-restore, in as many parts as one likes. */
export const ufwFiles: Readonly<Record<Family, string>> = {
  ipv4: '/etc/ufw/after.rules',
  ipv6: '/etc/ufw/after6.rules',
}

export const ufwBegin = '# BEGIN Sallyport: edits of this part are undone by its next run.'
export const ufwEnd = '# END Sallyport'

const block = new RegExp(`${ufwBegin}\\n([^]*?)${ufwEnd}\\n`)

/** Our part of such a file. */
export const ufwBlock = (text = ''): string => block.exec(text)?.[1] ?? ''

/** A transaction of its own behind those of others; UFW empties the chain that leads to ours before it loads this. */
export function ufwDifference(wish: Wish, state: State, family: Family, wished: boolean): FileDifference[] {
  const before = state.ufw[family]
  if (!before) return []
  const ours = wished ? `${ufwBegin}\n${ufwText(wish, family, state.host.sshPorts)}${ufwEnd}\n` : ''
  const { text } = before
  const content = block.test(text) ? text.replace(block, () => ours) : text + ours
  return editedFile(ufwFiles[family], before, content)
}

export const ufwText = (wish: Wish, family: Family, sshPorts: readonly number[]): string =>
  transaction([
    ...chainNames(wish.chains).map(declaration),
    ...renderedRules(wish, family, sshPorts),
    jumpRule(seats.ufw.parent[family], wish.chains.main).replace('-A', '-I'),
  ])
