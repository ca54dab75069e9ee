import type { Family } from '../intent.ts'
import { type Wish, onRoutes, wishedChains } from '../wish.ts'
import { dockerUser } from './seats.ts'
import { allRules, ruleText } from './rules.ts'
import type { State } from './state.ts'

/**
 * The families that shall have our chains. Where IPv6 is switched off for good and the tool refuses its rules, there
 * is nothing to filter.
 */
export function wishedFamilies(wish: Wish, state: State): readonly Family[] {
  if (wish.absent) return []
  return wish.intent.families.filter((family) => family === 'ipv4' || !ipv6IsOff(state))
}

export const ipv6IsOff = (state: State): boolean =>
  !state.host.ipv6 && (state.families.ipv6.rejected !== undefined || !state.families.ipv6.tool)

/** Docker makes its chain for a family only where it filters that one. */
export const wishFor = (wish: Wish, state: State, family: Family): Wish =>
  onRoutes(wish, (route) => route !== 'docker-user' || hasDocker(state, family))

export const hasDocker = (state: State, family: Family): boolean => state.families[family].live.chains.has(dockerUser)

/** The wished rules of a chain in our own words, which are not always the host tool's. */
export function renderedChain(wish: Wish, family: Family, sshPorts: readonly number[], chain: string): string[] {
  return allRules(wish.intent, family, wish.chains, sshPorts)
    .filter((rule) => rule[1] === chain)
    .map(ruleText)
}

export const renderedRules = (wish: Wish, family: Family, sshPorts: readonly number[]): string[] =>
  wishedChains(wish).flatMap((chain) => renderedChain(wish, family, sshPorts, chain))
