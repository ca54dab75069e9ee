import type { Accept, Family, Intent } from '../intent.ts'
import { multiportGroups, portText } from '../ports.ts'
import { rateText } from '../rate.ts'

/** The names of our chains in the filter table. */
export interface Chains {
  readonly main: string
  readonly log: string
}

export const chainNames = (chains: Chains): readonly string[] => [chains.main, chains.log]

/** A rule as the words after `iptables`: `['-A', 'SALLYPORT_IN', '-i', 'lo', '-j', 'ACCEPT']`. */
export type Rule = readonly string[]

/** Marks the rules for SSH's ports, by which later runs know which ports to keep. */
export const sshComment = 'sallyport-ssh'

/**
 * One rule per port and no `multiport`, so that the host itself can write them while it works out its ports
 * (`sshRuleText`).
 */
export const sshRule = (chains: Chains, drop: boolean, port: number | string): Rule => [
  ...['-A', chains.main, '-p', 'tcp', '-m', 'tcp', '--dport', String(port)],
  ...['-m', 'comment', '--comment', sshComment, '-j', verdict(drop)],
]

/**
 * Log-only returns to INPUT where the dropping form accepts: the packet's fate is then INPUT's own, in both
 * directions. It must neither close what is open nor open what a later rule of someone else closes.
 */
const verdict = (drop: boolean) => (drop ? 'ACCEPT' : 'RETURN')

/** The intent's rules before SSH's, and after them, for one family. */
export interface RuleSet {
  readonly beforeSsh: readonly Rule[]
  readonly afterSsh: readonly Rule[]
}

export function ruleSet(intent: Intent, family: Family, chains: Chains): RuleSet {
  const beforeSsh: Rule[] = []
  const afterSsh: Rule[] = []
  let target = beforeSsh
  for (const accept of intent.accepts) {
    if (accept.kind === 'ssh') target = afterSsh
    else
      for (const match of matches(accept, family))
        target.push(['-A', chains.main, ...match, '-j', verdict(intent.drop)])
  }
  const { prefix, level, limit, burst } = intent.log
  target.push(
    ['-A', chains.main, '-j', chains.log],
    [
      ...['-A', chains.log, '-m', 'limit', '--limit', rateText(limit), '--limit-burst', String(burst)],
      ...['-j', 'LOG', '--log-prefix', prefix, '--log-level', String(level)],
    ],
  )
  if (intent.drop) target.push(['-A', chains.log, '-j', 'DROP'])
  return { beforeSsh, afterSsh }
}

export function allRules(intent: Intent, family: Family, chains: Chains, sshPorts: readonly number[]): Rule[] {
  const { beforeSsh, afterSsh } = ruleSet(intent, family, chains)
  return [...beforeSsh, ...sshPorts.map((port) => sshRule(chains, intent.drop, port)), ...afterSsh]
}

function matches(accept: Exclude<Accept, { kind: 'ssh' }>, family: Family): string[][] {
  switch (accept.kind) {
    case 'loopback':
      return [['-i', 'lo']]
    case 'established':
      return [['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED']]
    case 'icmp':
      if (accept.family !== family) return []
      return accept.types.map((type) =>
        family === 'ipv4'
          ? ['-p', 'icmp', '-m', 'icmp', '--icmp-type', String(type)]
          : ['-p', 'ipv6-icmp', '-m', 'icmp6', '--icmpv6-type', String(type)],
      )
    case 'dhcpv6':
      return family === 'ipv6' ? [['-s', 'fe80::/10', '-p', 'udp', '-m', 'udp', '--dport', '546']] : []
    case 'ports':
      return multiportGroups(accept.ports).map((group) => [
        ...['-p', accept.protocol, '-m', 'multiport', '--dports'],
        group.map((range) => portText(range)).join(','),
      ])
  }
}

/** A rule as a line for iptables-restore: words with spaces in double quotes, which its parser takes off again. */
export const ruleText = (rule: Rule): string =>
  rule.map((word) => (/^[A-Za-z0-9_.,:/+-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ')

/** A declared user chain is emptied, or made, in the same transaction that fills it. */
export const declaration = (chain: string): string => `:${chain} - [0:0]`

export const transaction = (lines: readonly string[]): string => ['*filter', ...lines, 'COMMIT', ''].join('\n')
