import type { Change, Plan } from '../../define.ts'
import { savedChanges, savedEffects } from '../files.ts'
import { handMade, recipeChain } from '../hand-made.ts'
import { madeByIptables } from '../host.ts'
import { families } from '../intent.ts'
import { cannotInstall, packageEffects, packageOf } from '../install.ts'
import { type FamilyDifference, type Jump, differences, foreignReferences } from './difference.ts'
import { rulesIn, targetOf } from './dump.ts'
import { hiddenRules, hidingRules, jumpRule } from './jump.ts'
import { places } from './places.ts'
import { savedDifference } from './saved.ts'
import type { State } from './state.ts'
import type { Wish } from '../wish.ts'
import { comparison, count } from '../words.ts'
import { hasDocker, ipv6IsOff, wishFor, wishedFamilies } from './families.ts'
import { fermCannot } from './ferm.ts'
import { dockerUser } from './seats.ts'

export function planRules(wish: Wish, state: State): Plan {
  const rules = differences(wish, state)
  const refuse = refusal(wish, state, rules)
  if (refuse !== undefined) return { changes: [], refuse }
  const saved = savedDifference(wish, state)
  const install = installs(wish, state)
  return {
    changes: [
      ...(install ? [{ what: `install the package ${packageOf.iptables}` }] : []),
      ...rules.map((difference) => ruleChange(state, difference)),
      ...savedChanges(saved),
    ],
    effects: { ...packageEffects(install ? 'iptables' : undefined, state.host), ...savedEffects(saved) },
    warnings: warnings(wish, state, rules),
  }
}

export const installs = (wish: Wish, state: State): boolean =>
  wishedFamilies(wish, state).some((family) => !state.families[family].tool) && !state.toolPending

function refusal(wish: Wish, state: State, rules: readonly FamilyDifference[]): string | undefined {
  if (wish.absent) return referenceRefusal(state, rules)
  if (installs(wish, state) && !state.host.packageManager) return cannotInstall('iptables')
  for (const family of wishedFamilies(wish, state)) {
    const { live, rejected } = state.families[family]
    const { tool } = places[family]
    if (live.incompatible)
      return `the filter table holds rules that ${tool} cannot read (written with nft): move them into a table of their own`
    if (rejected !== undefined) return `this host's ${tool} refuses the rules: ${rejected}`
  }
  if (state.seat.name === 'ferm' && fermCannot(wish) !== undefined) return fermCannot(wish)
  if (wish.intent.routes.includes('docker-user') && !hasDocker(state, 'ipv4'))
    return `chains names docker-user, and this host has no chain ${dockerUser}: start Docker first, or leave it out for this host`
  const left = notTakenOver(state)
  if (left.length > 0) return handMade(left)
  if (state.seat.name === 'ferm' && !state.fermIncludes)
    return 'ferm.conf does not include ferm.d/, where our rules belong: add the line "@include ferm.d/;" at its end'
  const unclear = rules.flatMap(({ recipe }) => recipe?.unclear ?? [])
  if (unclear.length > 0)
    return [
      `the recipe was followed by hand here (${recipeChain}), with rules of which it is not clear what shall become of them.`,
      'Allow their ports in the task or remove the rules, then run again:',
      ...unclear.map((line) => `  ${line}`),
    ].join('\n')
  return referenceRefusal(state, rules)
}

/** What somebody's following the recipe by hand left in places that are not ours to tidy up. */
function notTakenOver({ seat, host, families: found }: State): string[] {
  const live = families.flatMap((family) => {
    const rules = [...found[family].live.chains].flatMap(([chain, rules]) =>
      seat.name === 'iptables' ? [] : rules.filter((rule) => chain === recipeChain || targetOf(rule) === recipeChain),
    )
    return [...rules, ...found[family].handMadeElsewhere].map((rule) => `${places[family].tool} ${rule}`)
  })
  // Tables of iptables are seen by it as well.
  return [...live, ...host.handMade.filter((rule) => !/^ip6? filter /.test(rule))]
}

function referenceRefusal(state: State, rules: readonly FamilyDifference[]): string | undefined {
  const foreign = rules.flatMap((difference) =>
    foreignReferences(state.families[difference.family].live, difference).map(
      (rule) => `  ${places[difference.family].tool} ${rule}`,
    ),
  )
  if (foreign.length === 0) return undefined
  return ['rules of others lead into our chains, so the chains cannot go. Remove them first:', ...foreign].join('\n')
}

function ruleChange(state: State, difference: FamilyDifference): Change {
  const { family, refilled, removed, jumps, stray, recipe } = difference
  const { live } = state.families[family]
  const { tool } = places[family]
  const parts = [
    ...refilled.map(({ chain, exists, live: rules, wished }) =>
      exists ? `${chain}: ${comparison(rules, wished)}` : `create ${chain} with ${count(wished.length, 'rule')}`,
    ),
    ...jumps.flatMap((jump) => jumpWords(rulesIn(live, jump.parent), jump, difference)),
    ...(recipe
      ? [
          `take over the recipe followed by hand: remove ${recipeChain} and ${count(recipe.input.length, 'rule')} of INPUT`,
        ]
      : []),
    ...stray.map((rule) => `remove the jump ${rule.replace('-A ', 'from ')}`),
    ...removed.map((chain) => `remove ${chain}`),
  ]
  const chains = [...refilled.map(({ chain }) => chain), ...removed, ...(recipe ? [recipeChain] : [])]
  const before = chains.flatMap((chain) => [...(live.chains.has(chain) ? [`:${chain}`] : []), ...rulesIn(live, chain)])
  const after = refilled.flatMap(({ chain, wished }) => [`:${chain}`, ...wished])
  const shown = jumps.filter(({ meant, remove }) => meant || remove.length > 0)
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return {
    what: `${tool}: ${parts.join('; ')}`,
    diff: {
      name: `${tool} filter table`,
      before: text([...stray, ...shown.flatMap(({ parent }) => rulesIn(live, parent)), ...before]),
      after: text([...shown.flatMap(({ wished }) => wished), ...after]),
    },
  }
}

function jumpWords(rules: readonly string[], jump: Jump, { recipe }: FamilyDifference): string[] {
  const { parent, chain, meant, insertAt, remove } = jump
  const words = insertAt === undefined ? [] : [`jump to ${chain} as rule ${insertAt} of ${parent}`]
  const now = rules.flatMap((rule, index) => (rule === jumpRule(parent, chain) ? [index + 1] : []))
  if (words.length > 0 && now.length > 0) words[0] += ` (now ${now.join(', ')})`
  const others = remove.filter((rule) => rule !== jumpRule(parent, chain) && !recipe?.input.includes(rule))
  const gone = meant ? others : remove
  if (gone.length > 0) words.push(`remove ${count(gone.length, 'jump')} from ${parent}`)
  return words
}

function warnings(wish: Wish, state: State, rules: readonly FamilyDifference[]): string[] {
  if (wish.absent) return []
  const found: string[] = []
  for (const family of wishedFamilies(wish, state)) {
    const { tool } = places[family]
    const { live, elsewhere, missing } = state.families[family]
    const difference = rules.find((item) => item.family === family)
    const other = state.variant === 'nft' ? 'legacy' : 'nf_tables'
    if (elsewhere > 0)
      found.push(
        `${count(elsewhere, 'rule')} of ${tool} (${other}) filter too, unseen by this host's ${state.version}: both apply`,
      )
    // Under UFW and ferm the rules of their users decide first on purpose.
    for (const route of state.seat.name === 'iptables' ? wishFor(wish, state, family).intent.routes : []) {
      const [parent, chain] = [state.seat.parents[route][family], wish.chains[route]]
      const jump = difference?.jumps.find((one) => one.route === route)
      const rules = jump?.wished ?? rulesIn(live, parent)
      for (const rule of hidingRules(rules, parent, chain))
        found.push(`${tool}: stands before the jump to ${chain} and decides first, unlogged: ${rule}`)
      // What passes through and is let go on still comes to the rules behind.
      if (wish.intent.drop && route === 'input' && jump?.insertAt !== undefined)
        for (const rule of hiddenRules(rules, chain))
          found.push(`${tool}: sees no packet any more behind the jump to ${chain}: ${rule}`)
    }
    if (wish.intent.drop && wish.intent.routes.includes('forward') && hasDocker(state, family))
      found.push(
        `${tool}: what Docker's containers send out passes through as well, and is dropped unless it is accepted`,
      )
    if (family === 'ipv6' && wish.intent.routes.includes('docker-user') && !hasDocker(state, family))
      found.push(`${tool}: ${dockerUser} is not there, as Docker does not filter IPv6 here: left out`)
    if (missing) found.push(`${tool}: no network namespace to be had here, so the order of the rules is not compared`)
  }
  for (const { table } of state.host.inputChains.filter((chain) => !madeByIptables(chain)))
    found.push(
      `the nftables table ${table} filters input too: what it drops is dropped before or after our rules, unlogged`,
    )
  if (wish.intent.families.includes('ipv6') && ipv6IsOff(state))
    found.push('this host has no IPv6: its rules are left out')
  if (wish.persist && !state.host.systemd)
    found.push('no systemd here: the rules do not survive a reboot; say persist: false where that is meant')
  if (state.host.sshPorts.length === 0)
    found.push('no SSH port was found on this host: only allowed_tcp_ports are accepted')
  return found
}
