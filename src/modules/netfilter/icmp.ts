import type { Family } from './intent.ts'

/** The types by their names in RFC 792 and 4443 (and as the tools know them), for those who do not think in numbers. */
export const icmpNames: Readonly<Record<Family, Readonly<Record<string, number>>>> = {
  ipv4: {
    'echo-reply': 0,
    'destination-unreachable': 3,
    redirect: 5,
    'echo-request': 8,
    'router-advertisement': 9,
    'router-solicitation': 10,
    'time-exceeded': 11,
    'parameter-problem': 12,
    'timestamp-request': 13,
    'timestamp-reply': 14,
  },
  ipv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    'echo-reply': 129,
    'router-solicitation': 133,
    'router-advertisement': 134,
    'neighbour-solicitation': 135,
    'neighbour-advertisement': 136,
    redirect: 137,
  },
}

/** Unreachable, echo request, time exceeded, parameter problem (RFC 792). */
export const icmp4 = [3, 8, 11, 12]
/** Errors and echo request (RFC 4443). */
export const icmp6 = [1, 2, 3, 4, 128]
/**
 * Multicast listener discovery (130-132, 143) and neighbour discovery (133-136): without them a host has no IPv6
 * at all, and behind a switch that snoops MLD, none after a few minutes (RFC 4890, 4.4).
 */
export const icmp6Vital = [130, 131, 132, 133, 134, 135, 136, 143]
