import { z } from 'zod'
import { text } from '../args.ts'
import { icmpNames } from './icmp.ts'
import { type Family, type PacketAccept, families } from './intent.ts'
import { type Network, mergeNetworks, parseNetwork } from './networks.ts'
import { logPrefix, portList } from './fields.ts'
import { mergePorts } from './ports.ts'
import { type Protocol, factsOf, protocols } from './protocols.ts'

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => {
      if (typeof value === 'string') return value.split(',').map((part) => part.trim())
      return typeof value === 'number' ? [value] : value
    },
    z.array(item).min(1, 'must not be empty: leave it out'),
  )

const protocolNames = Object.keys(protocols) as [Protocol, ...Protocol[]]

/** One entry of `accept`. */
export const acceptEntry = z
  .strictObject({
    protocol: z
      .enum(protocolNames, { error: () => `must be one of ${protocolNames.join(', ')}` })
      .optional()
      .describe('Left out: `tcp` where there are ports, else every protocol.'),
    ports: portList().optional().describe('Ports and ranges it is sent to.'),
    icmp_types: listOf(text()).optional().describe('Types of `icmp` or `icmpv6`, by number or name.'),
    from: listOf(text()).optional().describe('Networks or names among `sets` it comes from, of either family.'),
    to: listOf(text()).optional().describe('Networks or names among `sets` it is sent to.'),
    interface: text()
      .refine(
        (value) => value.length <= 15 && /^[A-Za-z0-9][A-Za-z0-9_.:@-]*\*?$/.test(value),
        'must be the name of an interface, 15 characters at most; a "*" at its end stands for any rest',
      )
      .optional()
      .describe('Where it comes in; `br-*` stands for all that begin so.'),
    comment: text()
      .refine(
        (value) => /^[ !#$%&()*+,./0-9:;<=>?@A-Z[\]^_`a-z{|}~-]{1,120}$/.test(value),
        'must be at most 120 ASCII characters without quotes and backslashes',
      )
      .optional()
      .describe('Written beside the rule.'),
    log: logPrefix().optional().describe('Log it as well, with this prefix: "IPTables/Accepted: ".'),
  })
  .superRefine((entry, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const { protocol, ports, icmp_types } = entry
    if (ports?.length === 0) issue('ports', 'must not be empty: leave it out')
    if (ports && protocol && !factsOf(protocol).ports) issue('ports', `${protocol} has no ports`)
    if (icmp_types && protocol !== 'icmp' && protocol !== 'icmpv6')
      issue('icmp_types', 'needs protocol: icmp (IPv4) or icmpv6')
    else if (icmp_types)
      for (const type of icmp_types)
        if (icmpType(type, protocol === 'icmp' ? 'ipv4' : 'ipv6') === undefined)
          issue('icmp_types', `"${type}" is no type of ${String(protocol)}: 0 to 255 or ${icmpNamesText(protocol)}`)
    if (!protocol && !ports && !entry.from && !entry.to && !entry.interface)
      context.addIssue({
        code: 'custom',
        message: 'accepts every packet: say at least one of protocol, ports, from, to, interface',
      })
  })

export type AcceptEntry = z.output<typeof acceptEntry>

const icmpNamesText = (protocol: Protocol | undefined) =>
  `one of ${Object.keys(icmpNames[protocol === 'icmp' ? 'ipv4' : 'ipv6']).join(', ')}`

function icmpType(text: string, family: Family): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined
  return icmpNames[family][text]
}

const setName = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** Named lists of networks. */
export const networkSets = () =>
  z.record(z.string(), listOf(text())).superRefine((sets, context) => {
    for (const [name, items] of Object.entries(sets)) {
      const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
      if (!setName.test(name)) issue([name], 'a set is named by letters, digits, "_" and "-", beginning with a letter')
      items.forEach((item, index) => {
        const network = parseNetwork(item)
        if (typeof network === 'string') issue([name, index], network)
      })
    }
  })

export type NetworkSets = Readonly<Record<string, readonly string[]>>

/** What is wrong with an entry's networks, as paths below the entry. */
export function networkIssues(entry: AcceptEntry, sets: NetworkSets): { path: (string | number)[]; message: string }[] {
  const issues = (['from', 'to'] as const).flatMap((side) =>
    (entry[side] ?? []).flatMap((item, index) => {
      const found = resolve(item, sets)
      return typeof found === 'string' ? [{ path: [side, index], message: found }] : []
    }),
  )
  if (issues.length > 0 || acceptOf(entry, sets).families.length > 0) return issues
  return [{ path: [], message: 'matches no packet: its protocol, from and to are of different IP versions' }]
}

function resolve(item: string, sets: NetworkSets): Network[] | string {
  const texts = Object.hasOwn(sets, item) ? (sets[item] ?? []) : [item]
  const found = texts.map(parseNetwork)
  return found.find((network) => typeof network === 'string') ?? found.filter((network) => typeof network !== 'string')
}

/** A checked entry as the intent has it. */
export function acceptOf(entry: AcceptEntry, sets: NetworkSets): PacketAccept {
  const networks = (items: readonly string[] = []) =>
    mergeNetworks(
      items.flatMap((item) => {
        const found = resolve(item, sets)
        return typeof found === 'string' ? [] : found
      }),
    )
  const protocol = entry.protocol ?? (entry.ports ? 'tcp' : undefined)
  const [from, to] = [networks(entry.from), networks(entry.to)]
  const only = protocol && factsOf(protocol).family
  const possible = (family: Family) =>
    (only === undefined || only === family) &&
    [from, to].every((list) => list.length === 0 || list.some((network) => network.family === family))
  const icmpFamily = protocol === 'icmp' ? 'ipv4' : 'ipv6'
  return {
    kind: 'packets',
    families: families.filter(possible),
    ...(protocol === undefined ? {} : { protocol }),
    ports: mergePorts(entry.ports ?? []),
    icmpTypes: [...new Set((entry.icmp_types ?? []).flatMap((type) => icmpType(type, icmpFamily) ?? []))].sort(
      (a, b) => a - b,
    ),
    ...{ from, to },
    ...(entry.interface === undefined ? {} : { interface: entry.interface }),
    ...(entry.comment === undefined ? {} : { comment: entry.comment }),
    ...(entry.log === undefined ? {} : { log: entry.log }),
  }
}
