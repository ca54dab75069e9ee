import type { Network } from './networks.ts'
import type { PortRange } from './ports.ts'
import type { Protocol } from './protocols.ts'
import type { Rate } from './rate.ts'

/**
 * What the packet filter shall do, apart from any tool: each front-end renders this in its own language.
 * Accepts stand in the order in which they are tried; what none of them takes is logged, and dropped if so wished.
 */
export interface Intent {
  readonly families: readonly Family[]
  readonly routes: readonly Route[]
  readonly accepts: readonly Accept[]
  readonly log: LogWish
  readonly drop: boolean
}

export type Family = 'ipv4' | 'ipv6'
export const families: readonly Family[] = ['ipv4', 'ipv6']

/**
 * Where packets go: to the host itself, through it, or through it to a port that Docker publishes, which its own chain
 * DOCKER-USER is for. In an order in which such packets may meet several.
 */
export const routes = ['docker-user', 'forward', 'input'] as const
export type Route = (typeof routes)[number]

/**
 * What is accepted on a route. What passes through is not accepted for what the host itself needs, SSH included; and the
 * errors for a connection to a published port are part of that one.
 */
export function acceptsOn({ accepts }: Intent, route: Route): readonly Accept[] {
  const icmp = ({ protocol }: PacketAccept) => protocol === 'icmp' || protocol === 'icmpv6'
  return accepts.filter((accept) => {
    if (route === 'input' || accept.kind === 'established') return true
    return accept.kind === 'packets' && !accept.own && !(route === 'docker-user' && icmp(accept))
  })
}

export type Accept =
  | { readonly kind: 'established' }
  /** The ports sshd is reached by, which only the host knows. */
  | { readonly kind: 'ssh' }
  | PacketAccept

/** Packets that match all that is said here; an empty list says nothing. */
export interface PacketAccept {
  readonly kind: 'packets'
  /** Means the host itself, and nothing that passes through. */
  readonly own?: true
  /** The IP versions in which such packets can occur. */
  readonly families: readonly Family[]
  readonly protocol?: Protocol
  readonly ports: readonly PortRange[]
  readonly icmpTypes: readonly number[]
  readonly from: readonly Network[]
  readonly to: readonly Network[]
  /** With a "*" at its end: all that begin so. */
  readonly interface?: string
  readonly comment?: string
  /** Prefix under which they are logged as well. */
  readonly log?: string
}

export interface LogWish {
  /** Given: to this netlink group, where ulogd2 listens; else to the kernel log. */
  readonly nflogGroup?: number
  readonly prefix: string
  readonly level: number
  readonly limit: Rate
  readonly burst: number
}
