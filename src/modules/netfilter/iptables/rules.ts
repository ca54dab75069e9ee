import { type Family, type Intent, type PacketAccept, type Route, acceptsOn } from '../intent.ts'
import { type Network, networkText } from '../networks.ts'
import { multiportGroups, portText } from '../ports.ts'
import { protocolWord } from '../protocols.ts'
import { printedRate, rateText } from '../rate.ts'
import type { Chains } from '../wish.ts'

/** A rule as the words after `iptables`: `['-A', 'SALLYPORT_IN', '-i', 'lo', '-j', 'ACCEPT']`. */
export type Rule = readonly string[]

/** Marks the rules for SSH's ports, by which later runs know which ports to keep. */
export const sshComment = 'sallyport-ssh'

/**
 * One rule per port and no `multiport`, so that the host itself can write them while it works out its ports
 * (`sshRuleText`).
 */
export const sshRule = (chains: Chains, drop: boolean, port: number | string): Rule => [
  ...['-A', chains.input, '-p', 'tcp', '-m', 'tcp', '--dport', String(port)],
  ...['-m', 'comment', '--comment', sshComment, '-j', verdict('input', drop)],
]

/**
 * Log-only returns to INPUT where the dropping form accepts: the packet's fate is then INPUT's own, in both
 * directions. It must neither close what is open nor open what a later rule of someone else closes. What passes
 * through is never ours to open: networks of containers and guests are kept apart by rules that come later.
 */
const verdict = (route: Route, drop: boolean) => (drop && route === 'input' ? 'ACCEPT' : 'RETURN')

/** The intent's rules before SSH's, and after them, for one family. */
export interface RuleSet {
  readonly beforeSsh: readonly Rule[]
  readonly afterSsh: readonly Rule[]
}

export function ruleSet(intent: Intent, family: Family, chains: Chains): RuleSet {
  const beforeSsh: Rule[] = []
  const afterSsh: Rule[] = []
  let target = beforeSsh
  for (const route of intent.routes) {
    const chain = chains[route]
    const back = (match: readonly string[]): Rule => ['-A', chain, ...match, '-j', 'RETURN']
    if (route === 'docker-user') target.push(back(['-m', 'conntrack', '!', '--ctstate', 'DNAT']))
    // Those are spoken for by their published ports.
    else if (route === 'forward' && intent.routes.includes('docker-user'))
      target.push(back(['-m', 'conntrack', '--ctstate', 'DNAT']))
    for (const accept of acceptsOn(intent, route)) {
      if (accept.kind === 'ssh') target = afterSsh
      else {
        const { log } = accept.kind === 'packets' ? accept : {}
        for (const match of accept.kind === 'packets' ? matches(accept, family, route) : [established]) {
          if (log !== undefined) target.push(['-A', chain, ...match, ...logging(intent, log)])
          target.push(['-A', chain, ...match, '-j', verdict(route, intent.drop)])
        }
      }
    }
    target.push(['-A', chain, '-j', chains.log])
  }
  target.push(['-A', chains.log, ...logging(intent, intent.log.prefix)])
  if (intent.drop) target.push(['-A', chains.log, '-j', 'DROP'])
  return { beforeSsh, afterSsh }
}

function logging({ log: { limit, burst, level, nflogGroup } }: Intent, prefix: string): string[] {
  const rate = ['-m', 'limit', '--limit', rateText(limit), '--limit-burst', String(burst)]
  // ulogd puts a space of its own behind the prefix; with two, the intake does not know the event.
  if (nflogGroup !== undefined)
    return [...rate, '-j', 'NFLOG', '--nflog-prefix', prefix.trimEnd(), '--nflog-group', String(nflogGroup)]
  return [...rate, '-j', 'LOG', '--log-prefix', prefix, '--log-level', String(level)]
}

export function allRules(intent: Intent, family: Family, chains: Chains, sshPorts: readonly number[]): Rule[] {
  const { beforeSsh, afterSsh } = ruleSet(intent, family, chains)
  const ssh = intent.routes.includes('input') ? sshPorts.map((port) => sshRule(chains, intent.drop, port)) : []
  return [...beforeSsh, ...ssh, ...afterSsh]
}

const established = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED']

/**
 * One rule can hold one network on either side, 15 ports and one ICMP type. Docker has given a packet to a published
 * port its container's address and port by then: where it was sent to, only its connection remembers, a range to a rule.
 */
function matches(accept: PacketAccept, family: Family, route: Route): string[][] {
  if (!accept.families.includes(family)) return []
  const { protocol, interface: device, comment } = accept
  const words = [
    ...(device === undefined ? [] : ['-i', device.replace(/\*$/, '+')]),
    ...(protocol === undefined ? [] : ['-p', protocolWord(protocol)]),
  ]
  const remark = comment === undefined ? [] : ['-m', 'comment', '--comment', comment]
  if (route === 'docker-user') {
    const ports = orNothing(accept.ports.map((range) => ['--ctorigdstport', portText(range)]))
    return side('-s', accept.from, family).flatMap((from) =>
      side('--ctorigdst', accept.to, family).flatMap((to) =>
        ports.map((port) => {
          const sentTo = [...to, ...port]
          return [...from, ...words, ...(sentTo.length > 0 ? ['-m', 'conntrack', ...sentTo] : []), ...remark]
        }),
      ),
    )
  }
  const ports = multiportGroups(accept.ports).map((group) => [
    ...['-m', 'multiport', '--dports'],
    group.map((range) => portText(range)).join(','),
  ])
  const types = accept.icmpTypes.map((type) =>
    family === 'ipv4' ? ['-m', 'icmp', '--icmp-type', String(type)] : ['-m', 'icmp6', '--icmpv6-type', String(type)],
  )
  return side('-s', accept.from, family).flatMap((from) =>
    side('-d', accept.to, family).flatMap((to) =>
      orNothing([...ports, ...types]).map((what) => [...from, ...to, ...words, ...what, ...remark]),
    ),
  )
}

const orNothing = (matches: readonly string[][]): readonly string[][] => (matches.length > 0 ? matches : [[]])

const side = (flag: string, networks: readonly Network[], family: Family): readonly string[][] =>
  orNothing(networks.filter((network) => network.family === family).map((network) => [flag, networkText(network)]))

/** A rule as a line for iptables-restore: words with spaces in double quotes, which its parser takes off again. */
export const ruleText = (rule: Rule): string =>
  rule.map((word) => (/^([A-Za-z0-9_.,:/+-]+|!)$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ')

/**
 * The rule in the words in which the host's tools print it, as far as those are known. Where the live rules hold just
 * these, the host need not be asked for its own form of them.
 */
export const printedText = (rule: Rule): string =>
  ruleText(
    rule.flatMap((word, index) => {
      if (rule[index - 1] === '--limit') return [printedRate(word)]
      // Their default, which they leave out.
      const isDefaultLevel = (at: number) => rule[at] === '--log-level' && rule[at + 1] === '4'
      return isDefaultLevel(index) || isDefaultLevel(index - 1) ? [] : [word]
    }),
  )

/** A declared user chain is emptied, or made, in the same transaction that fills it. */
export const declaration = (chain: string): string => `:${chain} - [0:0]`

export const transaction = (lines: readonly string[]): string => ['*filter', ...lines, 'COMMIT', ''].join('\n')
