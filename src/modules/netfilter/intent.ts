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
  readonly accepts: readonly Accept[]
  readonly log: LogWish
  readonly drop: boolean
}

export type Family = 'ipv4' | 'ipv6'
export const families: readonly Family[] = ['ipv4', 'ipv6']

export type Accept =
  | { readonly kind: 'established' }
  /** The ports sshd is reached by, which only the host knows. */
  | { readonly kind: 'ssh' }
  | PacketAccept

/** Packets that match all that is said here; an empty list says nothing. */
export interface PacketAccept {
  readonly kind: 'packets'
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
