import { type Family, families } from '../intent.ts'
import { type Dump, deletionOf, insertionOf, rulesIn, targetOf } from './dump.ts'
import { type JumpPlan, jumpRule, planJump } from './jump.ts'
import { possibleParents } from './seats.ts'
import { ufwBlock } from './ufw.ts'
import { type Recipe, findRecipe, recipeChain } from './recipe.ts'
import { type Wish, chainNames } from '../wish.ts'
import { same } from '../words.ts'
import { declaration } from './rules.ts'
import type { State } from './state.ts'
import { renderedChain, wishedFamilies } from './families.ts'

/** What separates one family's live rules from the wish, and the transaction that makes it so. */
export interface FamilyDifference {
  readonly family: Family
  readonly wished: boolean
  /** Chains that are made or refilled; the others stay as they are, counters included. */
  readonly refilled: readonly ChainDifference[]
  readonly removed: readonly string[]
  readonly parent: string
  readonly jump: JumpPlan
  /** Jumps of ours from where an earlier seat had them, with their places. */
  readonly stray: readonly string[]
  readonly recipe: Recipe | undefined
  /** Lines between `*filter` and COMMIT. */
  readonly forward: readonly string[]
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
  const ours = wished ? chainNames(wish.chains) : []
  const refilled = wished ? ours.flatMap((chain) => chainDifference(wish, state, family, chain) ?? []) : []
  const removed = formerChains(wish, state, family).filter((chain) => !ours.includes(chain))
  const { seat } = state
  const recipe = wished && seat.name === 'iptables' ? findRecipe(live, wish.intent, state.host.sshPorts) : undefined
  const parent = seat.parent[family]
  const jump = planJump(
    rulesIn(live, parent),
    { parent, chain: wished ? wish.chains.main : undefined, position: seat.position ?? wish.position },
    { chains: removed, rules: recipe?.input ?? [] },
  )
  const stray = possibleParents.flatMap((chain) =>
    chain === parent ? [] : jumpsFrom(live, chain, [...ours, ...removed]),
  )
  const changes = refilled.length + removed.length + jump.remove.length + stray.length
  if (changes === 0 && jump.insertAt === undefined && !recipe) return undefined
  const parts = { family, wished, refilled, removed, parent, jump, stray, recipe }
  return { ...parts, forward: forward(wish, parts) }
}

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
  return [...names].filter((chain) => live.chains.has(chain) && !['INPUT', recipeChain].includes(chain))
}

/** One transaction: INPUT never leads to a chain that is half filled, and never to none at all. */
function forward(wish: Wish, parts: Omit<FamilyDifference, 'forward'>): string[] {
  const { refilled, removed, parent, jump, stray, recipe } = parts
  const gone = [...removed, ...(recipe ? [recipeChain] : [])]
  return [
    ...refilled.map(({ chain }) => declaration(chain)),
    ...refilled.flatMap(({ wished }) => wished),
    ...jump.remove.map(deletionOf),
    ...(jump.insertAt === undefined ? [] : [insertionOf(jumpRule(parent, wish.chains.main), jump.insertAt)]),
    ...stray.map(deletionOf),
    // All are emptied before the first goes, as they lead to each other.
    ...gone.map((chain) => `-F ${chain}`),
    ...gone.map((chain) => `-X ${chain}`),
  ]
}

/** Rules of others that lead into a chain of ours that goes: with them in place the kernel keeps it. */
export function foreignReferences(live: Dump, { removed, jump, stray }: FamilyDifference): string[] {
  const ours = [...jump.remove, ...stray]
  return [...live.chains].flatMap(([chain, rules]) =>
    removed.includes(chain)
      ? []
      : rules.filter((rule) => removed.includes(targetOf(rule) ?? '') && !ours.includes(rule)),
  )
}
