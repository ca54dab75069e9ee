import type { Position } from '../wish.ts'
import { same } from '../words.ts'
import { targetOf } from './dump.ts'

/** The chain that leads to ours as it shall be, and the way there. */
export interface JumpPlan {
  readonly wished: readonly string[]
  /** Rules to delete, as the dump prints them, in order. */
  readonly remove: readonly string[]
  /** Rule number at which to insert the jump after that; undefined where it stands well or is not wished. */
  readonly insertAt: number | undefined
}

export const jumpRule = (parent: string, chain: string): string => `-A ${parent} -j ${chain}`

/**
 * Ban lists decide only about addresses they have banned, and stand first by their own doing: behind our accepts they
 * would be dead, and fighting them for the first place would never converge.
 */
const isBanList = (rule: string): boolean =>
  /^(f2b-|fail2ban-|sshguard|crowdsec)/i.test(targetOf(rule) ?? '') || / --match-set "?(f2b-|crowdsec)/i.test(rule)

export function planJump(
  input: readonly string[],
  wish: { readonly parent: string; readonly chain: string | undefined; readonly position: Position },
  /** Chains of ours whose jumps go, and rules that go. */
  gone: { readonly chains: readonly string[]; readonly rules: readonly string[] },
): JumpPlan {
  const jump = wish.chain === undefined ? undefined : jumpRule(wish.parent, wish.chain)
  const goes = (rule: string) =>
    gone.rules.includes(rule) ||
    gone.chains.includes(targetOf(rule) ?? '') ||
    (targetOf(rule) === wish.chain && rule !== jump)
  const kept = input.filter((rule) => !goes(rule))
  const others = kept.filter((rule) => rule !== jump)
  const at = place(others, wish.position)
  const wished = jump === undefined ? others : [...others.slice(0, at), jump, ...others.slice(at)]
  const remove = input.filter(goes)
  if (jump === undefined || same(kept, wished)) return { wished, remove, insertAt: undefined }
  return { wished, remove: [...remove, ...kept.filter((rule) => rule === jump)], insertAt: at + 1 }
}

function place(others: readonly string[], position: Position): number {
  if (position === 'last') return others.length
  if (position === 'first') {
    const first = others.findIndex((rule) => !isBanList(rule))
    return first < 0 ? others.length : first
  }
  return Math.min(position - 1, others.length)
}

/** What stands before the jump and decides about packets that our chain then never sees. */
export function hidingRules(rules: readonly string[], parent: string, chain: string): string[] {
  const at = rules.indexOf(jumpRule(parent, chain))
  return rules.slice(0, Math.max(at, 0)).filter((rule) => decides(rule) && !isBanList(rule))
}

/** What stands after the jump and never sees a packet again once our chain drops. */
export function hiddenRules(input: readonly string[], chain: string): string[] {
  const at = input.indexOf(jumpRule('INPUT', chain))
  return at < 0 ? [] : input.slice(at + 1).filter(decides)
}

/** Targets that let a packet go on to the next rule whatever happens. */
const passing = new Set([
  'LOG',
  'NFLOG',
  'MARK',
  'CONNMARK',
  'RETURN',
  'AUDIT',
  'TRACE',
  'CT',
  'NOTRACK',
  'TCPMSS',
  'SECMARK',
])

function decides(rule: string): boolean {
  const target = targetOf(rule)
  if (target === undefined || passing.has(target)) return false
  // Our own chain already lets these through; what people usually have in front is harmless.
  return !/^-A \S+ (-i lo|-m (conntrack --ctstate|state --state) RELATED,ESTABLISHED) -j ACCEPT$/.test(rule)
}
