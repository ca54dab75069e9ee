import { acceptOf } from './accept.ts'
import type { NetfilterArgs } from './arguments.ts'
import { icmp4, icmp6, icmp6Vital } from './icmp.ts'
import { type Accept, type Family, type Intent, type PacketAccept, type Route, families, routes } from './intent.ts'
import { type PortRange, mergePorts } from './ports.ts'
import { largestBurst, parseRate } from './rate.ts'

/** The arguments as every back-end sees them. */
export interface Wish {
  readonly intent: Intent
  readonly chains: Chains
  readonly position: Position
  /** Of firewalld; none: that of the login. */
  readonly zones: readonly string[]
  readonly persist: boolean
  readonly absent: boolean
}

/** The names of our chains. */
export interface Chains extends Readonly<Record<Route, string>> {
  readonly log: string
}

/** All that may be ours. */
export const chainNames = (chains: Chains): readonly string[] => [...routes.map((route) => chains[route]), chains.log]

/** Those that shall be there, in the order in which they are written. */
export const wishedChains = ({ chains, intent }: Pick<Wish, 'chains' | 'intent'>): readonly string[] => [
  ...intent.routes.map((route) => chains[route]),
  chains.log,
]

/** The same wish for some of its routes. */
export const onRoutes = (wish: Wish, wanted: (route: Route) => boolean): Wish => ({
  ...wish,
  intent: { ...wish.intent, routes: wish.intent.routes.filter(wanted) },
})

/** Where the jump to our chain belongs in INPUT and FORWARD: see `position` among the arguments. */
export type Position = 'first' | 'last' | number

export const wishOf = (args: NetfilterArgs): Wish => ({
  intent: intentOf(args),
  chains: { ...passing, input: args.chain, log: args.log_chain },
  position: args.position,
  zones: args.zones,
  persist: args.persist,
  absent: args.state === 'absent',
})

/** Chains of ours whose names are not for choice. */
export const passing = { 'docker-user': 'SALLYPORT_DOCKER', forward: 'SALLYPORT_FWD' } as const

/** No condition yet. */
const every: PacketAccept = { kind: 'packets', families, ports: [], icmpTypes: [], from: [], to: [] }

/** A DHCPv6 server's answers: they come from a link-local address, so conntrack does not know them as replies. */
const dhcpv6: Partial<PacketAccept> = {
  own: true,
  families: ['ipv6'],
  protocol: 'udp',
  ports: [{ from: 546, to: 546 }],
  from: [{ family: 'ipv6', address: 'fe80::', prefix: 10 }],
}

export function intentOf(args: NetfilterArgs): Intent {
  const limit = parseRate(args.log_limit)
  if (!limit) throw new Error(`log_limit ${args.log_limit} was not validated`)
  const packets = (match: Partial<PacketAccept>): PacketAccept => ({ ...every, ...match })
  const ports = (protocol: 'tcp' | 'udp', list: readonly PortRange[]): Accept[] =>
    list.length === 0 ? [] : [packets({ protocol, ports: mergePorts(list) })]
  const icmp = (protocol: 'icmp' | 'icmpv6', family: Family, icmpTypes: readonly number[]): Accept =>
    packets({ families: [family], protocol, icmpTypes })
  return {
    families: args.ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'],
    routes: routes.filter((route) => args.chains.includes(route)),
    accepts: [
      packets({ own: true, interface: 'lo' }),
      // Before everything that could fail to match: connections that are open stay open.
      { kind: 'established' },
      // They only ever accept, and may be logged; so nothing of what follows can miss them, SSH included.
      ...args.accept.map((entry) => acceptOf(entry, args.sets)),
      { kind: 'ssh' },
      ...(args.icmp ? [icmp('icmp', 'ipv4', icmp4)] : []),
      icmp('icmpv6', 'ipv6', [...(args.icmp ? icmp6 : []), ...icmp6Vital]),
      packets(dhcpv6),
      ...ports('tcp', args.allowed_tcp_ports),
      ...ports('udp', args.allowed_udp_ports),
    ],
    log: {
      ...(args.log_target === 'NFLOG' ? { nflogGroup: args.nflog_group } : {}),
      prefix: args.log_prefix,
      level: args.log_level,
      limit,
      burst: args.log_burst ?? Math.min(60, largestBurst(limit)),
    },
    drop: args.drop,
  }
}
