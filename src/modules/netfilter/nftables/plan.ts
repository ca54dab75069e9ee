import type { Change, Plan } from '../../define.ts'
import { savedChanges, savedEffects } from '../files.ts'
import { handMade } from '../hand-made.ts'
import { madeByIptables } from '../host.ts'
import { cannotInstall, packageEffects, packageOf } from '../install.ts'
import type { Wish } from '../wish.ts'
import { comparison, count, same } from '../words.ts'
import { table } from './places.ts'
import { fullText } from './rules.ts'
import { savedDifference } from './saved.ts'
import type { State } from './state.ts'

export function planRules(wish: Wish, state: State): Plan {
  const refuse = wish.absent ? undefined : refusal(wish, state)
  if (refuse !== undefined) return { changes: [], refuse }
  const saved = savedDifference(wish, state)
  const install = installs(wish, state)
  return {
    changes: [
      ...(install ? [{ what: `install the package ${packageOf.nftables}` }] : []),
      ...ruleChanges(wish, state),
      ...savedChanges(saved),
    ],
    effects: { ...packageEffects(install ? 'nftables' : undefined, state.host), ...savedEffects(saved) },
    warnings: wish.absent ? [] : warnings(wish, state),
  }
}

export const installs = (wish: Wish, state: State): boolean => !wish.absent && !state.tool && !state.toolPending

function refusal(wish: Wish, state: State): string | undefined {
  if (installs(wish, state) && !state.host.packageManager) return cannotInstall('nftables')
  if (state.rejected !== undefined) return `this host's nft refuses the rules: ${state.rejected}`
  return state.host.handMade.length > 0 ? handMade(state.host.handMade) : undefined
}

/** The rules in memory are as wished. */
export const inSync = (wish: Wish, state: State): boolean =>
  wish.absent ? state.live === undefined : state.live !== undefined && same(state.live, wishedLines(wish, state))

/** As the host would print them; in our own words where it has no nft yet. */
const wishedLines = (wish: Wish, state: State): readonly string[] =>
  state.normal ??
  fullText(wish, state.host.sshPorts)
    .split('\n')
    .filter((line) => line !== '')

function ruleChanges(wish: Wish, state: State): Change[] {
  if (inSync(wish, state)) return []
  const live = state.live ?? []
  const wished = wish.absent ? [] : wishedLines(wish, state)
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return [
    {
      what: `nftables: ${words(live, wished)}`,
      diff: { name: `nft table ${table}`, before: text(live), after: text(wished) },
    },
  ]
}

function words(live: readonly string[], wished: readonly string[]): string {
  if (wished.length === 0) return `remove table ${table}`
  if (live.length === 0) return `create table ${table} with ${count(wished.filter(isRule).length, 'rule')}`
  return `table ${table}: ${comparison(live, wished)}`
}

const isRule = (line: string): boolean => /^\t\t/.test(line) && !/^\t\ttype /.test(line)

function warnings(wish: Wish, { host }: State): string[] {
  const docker = wish.intent.routes.includes('docker-user')
  const others = host.inputChains.filter(
    (chain) => chain.table !== table && (!madeByIptables(chain) || chain.policy === 'drop'),
  )
  return [
    ...others.map(
      (chain) =>
        `the nftables table ${chain.table} filters input too: what it drops is dropped before or after our rules, unlogged`,
    ),
    ...(wish.persist && !host.systemd
      ? ['no systemd here: the rules do not survive a reboot; say persist: false where that is meant']
      : []),
    ...(docker && !host.docker
      ? ['no chain of Docker is seen here: docker-user filters whatever else sends a port on to another address']
      : []),
    ...(host.sshPorts.length === 0 ? ['no SSH port was found on this host: only what the task names is accepted'] : []),
  ]
}
