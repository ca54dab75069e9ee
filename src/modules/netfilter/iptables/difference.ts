import { recipeChain } from '../hand-made.ts'
import { type Family, type Route, families, routes } from '../intent.ts'
import { type Dump, deletionOf, insertionOf, rulesIn, targetOf } from './dump.ts'
import { type JumpPlan, jumpRule, planJump } from './jump.ts'
import { positionOn, possibleParents } from './seats.ts'
import { ufwBlock } from './ufw.ts'
import { type Recipe, findRecipe } from './recipe.ts'
import { type Wish, chainNames, passing, wishedChains } from '../wish.ts'
import { same } from '../words.ts'
import { declaration } from './rules.ts'
import type { State } from './state.ts'
import { renderedChain, wishFor, wishedFamilies } from './families.ts'

/** What separates one family's live rules from the wish, and the transaction that makes it so. */
export interface FamilyDifference {
  readonly family: Family
  readonly wished: boolean
  /** Chains that are made or refilled; the others stay as they are, counters included. */
  readonly refilled: readonly ChainDifference[]
  readonly removed: readonly string[]
  readonly jumps: readonly Jump[]
  /** Jumps of ours from where an earlier seat had them. */
  readonly stray: readonly string[]
  readonly recipe: Recipe | undefined
  /** Lines between `*filter` and COMMIT. */
  readonly forward: readonly string[]
}

/** The way from a chain of others to one of ours. */
export interface Jump extends JumpPlan {
  readonly route: Route
  readonly parent: string
  readonly chain: string
  /** The chain shall be led to. */
  readonly meant: boolean
}

export interface ChainDifference {
  readonly chain: string
  readonly exists: boolean
  readonly live: readonly string[]
  readonly wished: readonly string[]
}

/** Empty: every family's rules in memory are as wished. */
export function differences(wish: Wish, state: State): FamilyDifference[] {
  const wished = wishedFamilies(wish, state)
  return families.flatMap((family) => familyDifference(wish, state, family, wished.includes(family)) ?? [])
}

function familyDifference(wish: Wish, state: State, family: Family, wished: boolean): FamilyDifference | undefined {
  const { live } = state.families[family]
  const here = wishFor(wish, state, family)
  const ours = wished ? wishedChains(here) : []
  const refilled = ours.flatMap((chain) => chainDifference(here, state, family, chain) ?? [])
  const removed = formerChains(wish, state, family).filter((chain) => !ours.includes(chain))
  const { seat } = state
  const takesOver = wished && seat.name === 'iptables' && here.intent.routes.includes('input')
  const recipe = takesOver ? findRecipe(live, wish.intent, state.host.sshPorts) : undefined
  const jumps = routes.map((route): Jump => {
    const parent = seat.parents[route][family]
    const chain = wish.chains[route]
    const meant = ours.includes(chain)
    const position = positionOn(route, seat, wish.position)
    // Those of INPUT may have had other names; a jump from elsewhere to one of them is not ours.
    const former = route === 'input' ? removed.filter((one) => !isPassing(one)) : removed.filter((one) => one === chain)
    const gone = { chains: former, rules: route === 'input' ? (recipe?.input ?? []) : [] }
    const plan = planJump(rulesIn(live, parent), { parent, chain: meant ? chain : undefined, position }, gone)
    return { route, parent, chain, meant, ...plan }
  })
  const parents = jumps.map(({ parent }) => parent)
  const stray = possibleParents.flatMap((chain) =>
    parents.includes(chain) ? [] : jumpsFrom(live, chain, [...ours, ...removed]),
  )
  const moved = jumps.some(({ remove, insertAt }) => remove.length > 0 || insertAt !== undefined)
  if (refilled.length + removed.length + stray.length === 0 && !moved && !recipe) return undefined
  const parts = { family, wished, refilled, removed, jumps, stray, recipe }
  return { ...parts, forward: forward(parts) }
}

const isPassing = (chain: string): boolean => Object.values<string>(passing).includes(chain)

const jumpsFrom = (live: Dump, chain: string, targets: readonly string[]): string[] =>
  rulesIn(live, chain).filter((rule) => targets.includes(targetOf(rule) ?? ''))

function chainDifference(wish: Wish, state: State, family: Family, chain: string): ChainDifference | undefined {
  const { live, normal, missing } = state.families[family]
  const rendered = renderedChain(wish, family, state.host.sshPorts, chain)
  const wished = normal ? rulesIn(normal, chain) : rendered
  const rules = rulesIn(live, chain)
  const exists = live.chains.has(chain)
  // Without a normal form the texts cannot be compared; the host was asked for each rule instead.
  const equal = missing
    ? rules.length === rendered.length && !missing.some((rule) => rule.startsWith(`-C ${chain} `))
    : same(rules, wished)
  return exists && equal ? undefined : { chain, exists, live: rules, wished }
}

/** Chains of ours that exist now: by the names of today, and by those in the saved files. */
function formerChains(wish: Wish, state: State, family: Family): string[] {
  const { live, saved } = state.families[family]
  const texts = [saved?.text, state.ferm?.text, ufwBlock(state.ufw[family]?.text)].join('\n')
  const declared = [...texts.matchAll(/^ *(?::([A-Za-z][A-Za-z0-9_-]*) - |chain (\S+) \{)/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
  const names = new Set([...chainNames(wish.chains), ...declared])
  return [...names].filter((chain) => live.chains.has(chain) && ![...possibleParents, recipeChain].includes(chain))
}

/** One transaction: no chain ever leads to one that is half filled, and INPUT never to none at all. */
function forward(parts: Omit<FamilyDifference, 'forward'>): string[] {
  const { refilled, removed, jumps, stray, recipe } = parts
  const gone = [...removed, ...(recipe ? [recipeChain] : [])]
  return [
    ...refilled.map(({ chain }) => declaration(chain)),
    ...refilled.flatMap(({ wished }) => wished),
    ...jumps.flatMap(({ remove, insertAt, parent, chain }) => [
      ...remove.map(deletionOf),
      ...(insertAt === undefined ? [] : [insertionOf(jumpRule(parent, chain), insertAt)]),
    ]),
    ...stray.map(deletionOf),
    // All are emptied before the first goes, as they lead to each other.
    ...gone.map((chain) => `-F ${chain}`),
    ...gone.map((chain) => `-X ${chain}`),
  ]
}

/** Rules of others that lead into a chain of ours that goes: with them in place the kernel keeps it. */
export function foreignReferences(live: Dump, { removed, jumps, stray }: FamilyDifference): string[] {
  const ours = [...jumps.flatMap(({ remove }) => remove), ...stray]
  return [...live.chains].flatMap(([chain, rules]) =>
    removed.includes(chain)
      ? []
      : rules.filter((rule) => removed.includes(targetOf(rule) ?? '') && !ours.includes(rule)),
  )
}
