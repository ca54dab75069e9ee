import type { Family, Intent, PacketAccept } from '../intent.ts'
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
  const before: string[] = intent.families.includes('ipv6') ? [] : ['meta nfproto ipv6 accept']
  const after: string[] = []
  let target = before
  for (const accept of intent.accepts) {
    if (accept.kind === 'ssh') target = after
    else if (accept.kind === 'established') target.push('ct state established,related accept')
    else
      for (const match of matches(accept, intent.families)) {
        if (accept.log !== undefined) target.push([...match, logging(intent, accept.log)].join(' '))
        const remark = accept.comment === undefined ? [] : [`comment "${accept.comment}"`]
        target.push([...match, 'accept', ...remark].join(' '))
      }
  }
  const log = [logging(intent, intent.log.prefix), ...(intent.drop ? ['counter drop'] : [])]
  const indent = (rules: readonly string[]) => rules.map((rule) => `\t\t${rule}\n`).join('')
  return {
    head: `table ${table} {
\tchain ${chains.main} {
\t\ttype filter hook input priority filter; policy accept;
${indent(before)}`,
    tail: `${indent([...after, `goto ${chains.log}`])}\t}

\tchain ${chains.log} {
${indent(log)}\t}
}
`,
  }
}

/** With SSH's ports in it: what is saved, and what the golden files show. */
export function fullText(wish: Wish, sshPorts: readonly number[]): string {
  const { head, tail } = tableText(wish)
  return head + (sshPorts.length > 0 ? `\t\t${sshRule(sshPorts.join(', '))}\n` : '') + tail
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
function matches(accept: PacketAccept, wished: readonly Family[]): string[][] {
  const { protocol, interface: device, ports, icmpTypes, from, to } = accept
  const families = accept.families.filter((family) => wished.includes(family))
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

function side(word: 'saddr' | 'daddr', networks: readonly Network[], family: Family): string[] {
  const texts = networks.filter((network) => network.family === family).map(networkText)
  return texts.length === 0 ? [] : [`${family === 'ipv4' ? 'ip' : 'ip6'} ${word} { ${texts.join(', ')} }`]
}
