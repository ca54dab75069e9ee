import type { Family } from './intent.ts'

/**
 * What may be accepted by protocol, with its number: names beyond the first few are known to a host's tools only where
 * /etc/protocols is there.
 */
export const protocols = {
  tcp: { number: 6, ports: true },
  udp: { number: 17, ports: true },
  sctp: { number: 132, ports: true },
  icmp: { number: 1, family: 'ipv4' },
  icmpv6: { number: 58, family: 'ipv6' },
  igmp: { number: 2, family: 'ipv4' },
  gre: { number: 47 },
  esp: { number: 50 },
  ospf: { number: 89 },
  vrrp: { number: 112 },
} as const satisfies Readonly<Record<string, ProtocolFacts>>

interface ProtocolFacts {
  readonly number: number
  readonly ports?: boolean
  /** The only family it occurs in. */
  readonly family?: Family
}

export type Protocol = keyof typeof protocols

export const factsOf = (protocol: Protocol): ProtocolFacts => protocols[protocol]

/** The tools know these by name on their own; for others they would need /etc/protocols. */
export function protocolWord(protocol: Protocol): string {
  if (protocol === 'icmpv6') return 'ipv6-icmp'
  return protocol === 'tcp' || protocol === 'udp' || protocol === 'icmp' ? protocol : String(factsOf(protocol).number)
}
