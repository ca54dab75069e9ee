import { createHash } from 'node:crypto'
import type { Effects, PathEffect } from '../../effects.ts'
import type { Change, Plan } from '../../define.ts'
import { firewallPackage } from '../install.ts'
import { type Manager, managersInCharge } from '../managers.ts'
import { type FamilyDifference, differences, foreignReferences } from './difference.ts'
import { rulesIn } from './dump.ts'
import { hiddenRules, hidingRules, jumpRule } from './jump.ts'
import { places, unitName } from './places.ts'
import { recipeChain } from './recipe.ts'
import { type FileDifference, type SavedDifference, savedDifference } from './saved.ts'
import type { State } from './state.ts'
import { type Wish, ipv6IsOff, wishedFamilies } from './wish.ts'

export function planRules(wish: Wish, state: State): Plan {
  const rules = differences(wish, state)
  const refuse = refusal(wish, state, rules)
  if (refuse !== undefined) return { changes: [], refuse }
  const saved = savedDifference(wish, state)
  const install = installs(wish, state)
  return {
    changes: [
      ...(install ? [{ what: `install the package ${firewallPackage}` }] : []),
      ...rules.map((difference) => ruleChange(wish, state, difference)),
      ...savedChanges(saved),
    ],
    effects: effects(saved, install ? state.host.packageManager : undefined),
    warnings: warnings(wish, state, rules),
  }
}

export const installs = (wish: Wish, state: State): boolean =>
  wishedFamilies(wish, state).some((family) => !state.families[family].tool) && !state.toolPending

function refusal(wish: Wish, state: State, rules: readonly FamilyDifference[]): string | undefined {
  if (!state.host.root) return 'only root may read and change packet filter rules: set become: true'
  if (wish.absent) return referenceRefusal(state, rules)
  const [manager] = managersInCharge(state.host)
  if (manager) return managerRefusal(manager)
  if (installs(wish, state) && !state.host.packageManager)
    return 'this host has neither iptables nor a package manager that is known here (apt, dnf, yum, zypper, apk): install iptables by hand'
  for (const family of wishedFamilies(wish, state)) {
    const { live, rejected } = state.families[family]
    const { tool } = places[family]
    if (live.incompatible)
      return `the filter table holds rules that ${tool} cannot read (written with nft): move them into a table of their own`
    if (rejected !== undefined) return `this host's ${tool} refuses the rules: ${rejected}`
  }
  const unclear = rules.flatMap(({ recipe }) => recipe?.unclear ?? [])
  if (unclear.length > 0)
    return [
      `the recipe was followed by hand here (${recipeChain}), with rules of which it is not clear what shall become of them.`,
      'Allow their ports in the task or remove the rules, then run again:',
      ...unclear.map((line) => `  ${line}`),
    ].join('\n')
  return referenceRefusal(state, rules)
}

function referenceRefusal(state: State, rules: readonly FamilyDifference[]): string | undefined {
  const foreign = rules.flatMap((difference) =>
    foreignReferences(state.families[difference.family].live, difference.removed, difference.jump).map(
      (rule) => `  ${places[difference.family].tool} ${rule}`,
    ),
  )
  if (foreign.length === 0) return undefined
  return ['rules of others lead into our chains, so the chains cannot go. Remove them first:', ...foreign].join('\n')
}

const managerRefusal = ({ name, because }: Manager): string =>
  `${name} manages this host's packet filter (${because}) and would undo rules written beside it. ` +
  `Writing through ${name} is not available yet: take ${name} out of service, or leave this host out of the play`

function ruleChange(wish: Wish, state: State, difference: FamilyDifference): Change {
  const { family, refilled, removed, jump, recipe } = difference
  const { live } = state.families[family]
  const { tool } = places[family]
  const parts = [
    ...refilled.map(({ chain, exists, live: rules, wished }) =>
      exists ? `${chain}: ${comparison(rules, wished)}` : `create ${chain} with ${count(wished.length, 'rule')}`,
    ),
    ...jumpWords(wish, rulesIn(live, 'INPUT'), difference),
    ...(recipe
      ? [
          `take over the recipe followed by hand: remove ${recipeChain} and ${count(recipe.input.length, 'rule')} of INPUT`,
        ]
      : []),
    ...removed.map((chain) => `remove ${chain}`),
  ]
  const chains = [...refilled.map(({ chain }) => chain), ...removed, ...(recipe ? [recipeChain] : [])]
  const before = chains.flatMap((chain) => [...(live.chains.has(chain) ? [`:${chain}`] : []), ...rulesIn(live, chain)])
  const after = refilled.flatMap(({ chain, wished }) => [`:${chain}`, ...wished])
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return {
    what: `${tool}: ${parts.join('; ')}`,
    diff: {
      name: `${tool} filter table`,
      before: text([...rulesIn(live, 'INPUT'), ...before]),
      after: text([...jump.wished, ...after]),
    },
  }
}

function jumpWords(
  wish: Wish,
  input: readonly string[],
  { jump, wished, recipe, removed }: FamilyDifference,
): string[] {
  const words = jump.insertAt === undefined ? [] : [`jump to ${wish.chains.main} as rule ${jump.insertAt} of INPUT`]
  const now = input.flatMap((rule, index) => (rule === jumpRule(wish.chains.main) ? [index + 1] : []))
  if (words.length > 0 && wished && now.length > 0) words[0] += ` (now ${now.join(', ')})`
  const others = jump.remove.filter((rule) => rule !== jumpRule(wish.chains.main) && !recipe?.input.includes(rule))
  const gone = removed.length > 0 && !wished ? jump.remove : others
  if (gone.length > 0) words.push(`remove ${count(gone.length, 'jump')} from INPUT`)
  return words
}

/** How many rules are missing and how many are too many; a rule that is there twice counts twice. */
function comparison(live: readonly string[], wished: readonly string[]): string {
  const left = [...live]
  const missing = wished.filter((rule) => {
    const at = left.indexOf(rule)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  const words = [
    ...(missing.length > 0 ? [`${count(missing.length, 'rule')} missing`] : []),
    ...(left.length > 0 ? [`${count(left.length, 'rule')} not wished`] : []),
  ]
  return words.length > 0 ? words.join(', ') : 'rules in another order'
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

function savedChanges({ files, enable, disable, start }: SavedDifference): Change[] {
  return [
    ...files.map(({ path, before, content, mode }): Change => {
      if (content === undefined)
        return { what: `remove ${path}`, diff: { name: path, before: before?.text ?? '', after: '' } }
      if (!before) return { what: `write ${path}`, diff: { name: path, before: '', after: content } }
      const words = [
        ...(before.text === content ? [] : ['content']),
        ...(before.mode === mode ? [] : [`mode 0${before.mode} → 0${mode}`]),
        ...(before.owner === '0:0' ? [] : [`owner ${before.owner} → 0:0`]),
      ]
      return { what: `${path}: ${words.join(', ')}`, diff: { name: path, before: before.text, after: content } }
    }),
    ...(enable ? [{ what: `enable ${unitName}` }] : []),
    ...(disable ? [{ what: `disable ${unitName}` }] : []),
    ...(start ? [{ what: `start ${unitName}` }] : []),
  ]
}

function effects(saved: SavedDifference, manager: string | undefined): Effects {
  const { files, enable, disable, start } = saved
  const unit = unitName.replace(/\.service$/, '')
  return {
    ...(manager === undefined ? {} : { packages: { [firewallPackage]: { state: 'installed', manager } } }),
    ...(files.length === 0 ? {} : { paths: Object.fromEntries(files.map((file) => [file.path, pathEffect(file)])) }),
    ...(enable || disable || start
      ? { units: { [unit]: { ...(enable || disable ? { enabled: enable } : {}), ...(start ? { active: true } : {}) } } }
      : {}),
  }
}

function pathEffect({ mode, content, before }: FileDifference): PathEffect {
  if (content === undefined) return { type: 'absent' }
  return {
    ...{ type: 'file', mode, owner: 'root', group: 'root' },
    sha256: createHash('sha256').update(content).digest('hex'),
    contentChanges: before?.text !== content,
  }
}

function warnings(wish: Wish, state: State, rules: readonly FamilyDifference[]): string[] {
  if (wish.absent) return []
  const found: string[] = []
  for (const family of wishedFamilies(wish, state)) {
    const { tool } = places[family]
    const { live, elsewhere, missing } = state.families[family]
    const difference = rules.find((item) => item.family === family)
    const input = difference?.jump.wished ?? rulesIn(live, 'INPUT')
    const other = state.variant === 'nft' ? 'legacy' : 'nf_tables'
    if (elsewhere > 0)
      found.push(
        `${count(elsewhere, 'rule')} of ${tool} (${other}) filter too, unseen by this host's ${state.version}: both apply`,
      )
    for (const rule of hidingRules(input, wish.chains.main))
      found.push(`${tool}: stands before the jump to ${wish.chains.main} and decides first, unlogged: ${rule}`)
    if (wish.intent.drop && difference?.jump.insertAt !== undefined)
      for (const rule of hiddenRules(input, wish.chains.main))
        found.push(`${tool}: sees no packet any more behind the jump to ${wish.chains.main}: ${rule}`)
    if (missing) found.push(`${tool}: no network namespace to be had here, so the order of the rules is not compared`)
  }
  for (const table of state.host.inputTables)
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
