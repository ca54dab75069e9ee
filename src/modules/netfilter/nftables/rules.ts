import { type Family, type Intent, type PacketAccept, type Route, acceptsOn } from '../intent.ts'
import { type Network, networkText } from '../networks.ts'
import { portText } from '../ports.ts'
import { factsOf } from '../protocols.ts'
import { rateText } from '../rate.ts'
import type { Wish } from '../wish.ts'
import { table } from './places.ts'

/** Marks the rule for SSH's ports, by which later runs know which ports to keep. */
export const sshComment = 'sallyport-ssh'

export const sshRule = (ports: string): string => `tcp dport { ${ports} } accept comment "${sshComment}"`

/** The table as text up to SSH's rule, and what comes after it: the host puts its own ports in between. */
export interface TableText {
  readonly head: string
  readonly tail: string
}

/**
 * One table for both families. An accept in it is final for its own chain alone, a drop for all: so our accepts open
 * nothing that another table closes, and with `drop: false` no packet has another fate.
 */
export function tableText({ intent, chains }: Wish): TableText {
  const parts = { head: `table ${table} {\n`, tail: '' }
  for (const route of intent.routes) {
    const { before, after } = chainRules(intent, route)
    parts.head += `\tchain ${chains[route]} {
\t\ttype filter hook ${hooks[route]} priority filter; policy accept;
${indent(before)}`
    const end = `${indent([...after, `goto ${chains.log}`])}\t}\n\n`
    if (route === 'input') parts.tail = end
    else parts.head += end
  }
  const log = [logging(intent, intent.log.prefix), ...(intent.drop ? ['counter drop'] : [])]
  return { head: parts.head, tail: `${parts.tail}\tchain ${chains.log} {\n${indent(log)}\t}\n}\n` }
}

const hooks: Readonly<Record<Route, string>> = { input: 'input', forward: 'forward', 'docker-user': 'forward' }

const indent = (rules: readonly string[]) => rules.map((rule) => `\t\t${rule}\n`).join('')

/** Up to SSH's rule, and behind it. */
function chainRules(intent: Intent, route: Route): { before: readonly string[]; after: readonly string[] } {
  const before: string[] = intent.families.includes('ipv6') ? [] : ['meta nfproto ipv6 accept']
  const after: string[] = []
  let target = before
  // Newer ones print it shorter; 0.9 knows this form alone.
  if (route === 'docker-user') target.push('ct status & dnat == 0 accept')
  // Those are spoken for by their published ports.
  else if (route === 'forward' && intent.routes.includes('docker-user')) target.push('ct status dnat accept')
  for (const accept of acceptsOn(intent, route)) {
    if (accept.kind === 'ssh') target = after
    else if (accept.kind === 'established') target.push('ct state established,related accept')
    else
      for (const match of matches(accept, intent.families, route)) {
        if (accept.log !== undefined) target.push([...match, logging(intent, accept.log)].join(' '))
        const remark = accept.comment === undefined ? [] : [`comment "${accept.comment}"`]
        target.push([...match, 'accept', ...remark].join(' '))
      }
  }
  return { before, after }
}

/** With SSH's ports in it: what is saved, and what the golden files show. */
export function fullText(wish: Wish, sshPorts: readonly number[]): string {
  const { head, tail } = tableText(wish)
  return (
    head +
    (sshPorts.length > 0 && wish.intent.routes.includes('input') ? `\t\t${sshRule(sshPorts.join(', '))}\n` : '') +
    tail
  )
}

/** Whatever stood in the table is gone in the same transaction that fills it. */
export const replacement = (text: string): string => `add table ${table}\ndelete table ${table}\n${text}`

const levels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']

function logging({ log: { limit, burst, level, nflogGroup } }: Intent, prefix: string): string {
  const rate = `limit rate ${rateText(limit)} burst ${burst} packets counter`
  // ulogd puts a space of its own behind the prefix; with two, the intake does not know the event.
  if (nflogGroup !== undefined) return `${rate} log prefix "${prefix.trimEnd()}" group ${nflogGroup}`
  return `${rate} log prefix "${prefix}" level ${levels[level] ?? 'warn'}`
}

/** One rule for both families where nothing in it belongs to one of them. */
function matches(accept: PacketAccept, wished: readonly Family[], route: Route): string[][] {
  const { protocol, interface: device, ports, icmpTypes, from, to } = accept
  const families = accept.families.filter((family) => wished.includes(family))
  if (route === 'docker-user') return published(accept, families)
  const entry = device === undefined ? [] : [`iifname "${device}"`]
  const what =
    icmpTypes.length > 0
      ? [`${protocol} type { ${icmpTypes.join(', ')} }`]
      : ports.length > 0
        ? [`${protocol} dport { ${ports.map((range) => portText(range, '-')).join(', ')} }`]
        : protocol === undefined
          ? []
          : [`meta l4proto ${factsOf(protocol).number}`]
  if (from.length + to.length === 0) {
    const only = families.length === 1 && icmpTypes.length === 0 && accept.families.length === 1
    return families.length === 0 ? [] : [[...(only ? [`meta nfproto ${families[0]}`] : []), ...entry, ...what]]
  }
  return families.map((family) => [...entry, ...side('saddr', from, family), ...side('daddr', to, family), ...what])
}

/**
 * Docker has given a packet to a published port its container's address and port by then: where it was sent to, only its
 * connection remembers. One range to a rule: nft 1.0 cannot read again what it prints of a set of such.
 */
function published(accept: PacketAccept, families: readonly Family[]): string[][] {
  const { protocol, interface: device, ports, from, to } = accept
  const entry = device === undefined ? [] : [`iifname "${device}"`]
  const kind = protocol === undefined ? [] : [`meta l4proto ${factsOf(protocol).number}`]
  const any = from.length + to.length === 0 && families.length === 2 ? [undefined] : families
  return any.flatMap((family) => {
    const only =
      family === undefined
        ? []
        : from.length + to.length === 0
          ? [`meta nfproto ${family}`]
          : [...side('saddr', from, family), ...side('daddr', to, family).map((text) => `ct original ${text}`)]
    const head = [...entry, ...only, ...kind]
    return ports.length === 0
      ? [head]
      : ports.map((range) => [...head, `ct original proto-dst ${portText(range, '-')}`])
  })
}

function side(word: 'saddr' | 'daddr', networks: readonly Network[], family: Family): string[] {
  const texts = networks.filter((network) => network.family === family).map(networkText)
  return texts.length === 0 ? [] : [`${family === 'ipv4' ? 'ip' : 'ip6'} ${word} { ${texts.join(', ')} }`]
}
