import { type FileDifference, editedFile } from '../files.ts'
import type { Family } from '../intent.ts'
import { type Wish, onRoutes, wishedChains } from '../wish.ts'
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

/**
 * What is UFW's to load. Docker's chain is not: where UFW's files name it, each reload would empty it of what others
 * have in there.
 */
const loaded = (wish: Wish): Wish => onRoutes(wish, (route) => route !== 'docker-user')

/** A transaction of its own behind those of others; UFW empties the chains that lead to ours before it loads this. */
export function ufwDifference(wish: Wish, state: State, family: Family, wished: boolean): FileDifference[] {
  const before = state.ufw[family]
  if (!before) return []
  const any = wished && loaded(wish).intent.routes.length > 0
  const ours = any ? `${ufwBegin}\n${ufwText(wish, family, state.host.sshPorts)}${ufwEnd}\n` : ''
  const { text } = before
  const content = block.test(text) ? text.replace(block, () => ours) : text + ours
  return editedFile(ufwFiles[family], before, content)
}

export function ufwText(wish: Wish, family: Family, sshPorts: readonly number[]): string {
  const { intent, chains } = loaded(wish)
  return transaction([
    ...wishedChains({ intent, chains }).map(declaration),
    ...renderedRules(loaded(wish), family, sshPorts),
    ...intent.routes.map((route) => jumpRule(seats.ufw.parents[route][family], chains[route]).replace('-A', '-I')),
  ])
}
