import type { NetfilterArgs } from './arguments.ts'
import { type PortRange, mergePorts } from './ports.ts'
import { type Rate, largestBurst, parseRate } from './rate.ts'

/**
 * What the packet filter shall do, apart from any tool: each front-end renders this in its own language.
 * Accepts stand in the order in which they are tried; what none of them takes is logged, and dropped if so wished.
 */
export interface Intent {
  readonly families: readonly Family[]
  readonly accepts: readonly Accept[]
  readonly log: LogWish
  readonly drop: boolean
}

export type Family = 'ipv4' | 'ipv6'
export const families: readonly Family[] = ['ipv4', 'ipv6']

export type Accept =
  | { readonly kind: 'loopback' }
  | { readonly kind: 'established' }
  /** The ports sshd is reached by, which only the host knows. */
  | { readonly kind: 'ssh' }
  | { readonly kind: 'icmp'; readonly family: Family; readonly types: readonly number[] }
  /** A DHCPv6 server's answers: they come from a link-local address, so conntrack does not know them as replies. */
  | { readonly kind: 'dhcpv6' }
  | { readonly kind: 'ports'; readonly protocol: 'tcp' | 'udp'; readonly ports: readonly PortRange[] }

export interface LogWish {
  readonly prefix: string
  readonly level: number
  readonly limit: Rate
  readonly burst: number
}

/** Unreachable, echo request, time exceeded, parameter problem (RFC 792). */
const icmp4 = [3, 8, 11, 12]
/** Errors and echo request (RFC 4443). */
const icmp6 = [1, 2, 3, 4, 128]
/**
 * Multicast listener discovery (130-132, 143) and neighbour discovery (133-136): without them a host has no IPv6
 * at all, and behind a switch that snoops MLD, none after a few minutes (RFC 4890, 4.4).
 */
const icmp6Vital = [130, 131, 132, 133, 134, 135, 136, 143]

export function intentOf(args: NetfilterArgs): Intent {
  const limit = parseRate(args.log_limit)
  if (!limit) throw new Error(`log_limit ${args.log_limit} was not validated`)
  const ports = (protocol: 'tcp' | 'udp', list: readonly PortRange[]): Accept[] =>
    list.length === 0 ? [] : [{ kind: 'ports', protocol, ports: mergePorts(list) }]
  return {
    families: args.ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'],
    accepts: [
      { kind: 'loopback' },
      // Before everything that could fail to match: connections that are open stay open.
      { kind: 'established' },
      { kind: 'ssh' },
      ...(args.icmp ? [{ kind: 'icmp', family: 'ipv4', types: icmp4 } as const] : []),
      { kind: 'icmp', family: 'ipv6', types: [...(args.icmp ? icmp6 : []), ...icmp6Vital] },
      { kind: 'dhcpv6' },
      ...ports('tcp', args.allowed_tcp_ports),
      ...ports('udp', args.allowed_udp_ports),
    ],
    log: {
      prefix: args.log_prefix,
      level: args.log_level,
      limit,
      burst: args.log_burst ?? Math.min(60, largestBurst(limit)),
    },
    drop: args.drop,
  }
}
