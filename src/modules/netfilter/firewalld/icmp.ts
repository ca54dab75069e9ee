import type { Family } from '../intent.ts'

/** firewalld knows types by name alone, and not all of them. */
export const icmpTypes: Readonly<Record<Family, Readonly<Record<number, string>>>> = {
  ipv4: {
    0: 'echo-reply',
    3: 'destination-unreachable',
    4: 'source-quench',
    5: 'redirect',
    8: 'echo-request',
    9: 'router-advertisement',
    10: 'router-solicitation',
    11: 'time-exceeded',
    12: 'parameter-problem',
    13: 'timestamp-request',
    14: 'timestamp-reply',
  },
  ipv6: {
    1: 'destination-unreachable',
    2: 'packet-too-big',
    3: 'time-exceeded',
    4: 'parameter-problem',
    128: 'echo-request',
    129: 'echo-reply',
    133: 'router-solicitation',
    134: 'router-advertisement',
    135: 'neighbour-solicitation',
    136: 'neighbour-advertisement',
    137: 'redirect',
  },
}

/** Multicast listener discovery, by names that firewalld has from version 2 on. */
export const listenerTypes: Readonly<Record<number, string>> = {
  130: 'mld-listener-query',
  131: 'mld-listener-report',
  132: 'mld-listener-done',
  143: 'mld2-listener-report',
}
