import type { Family } from '../../../src/modules/netfilter/intent.ts'
import { savedRules } from '../../../src/modules/netfilter/iptables/saved.ts'
import { wishOf } from '../../../src/modules/netfilter/wish.ts'
import { module } from './box.ts'

export const render = (args: unknown, family: Family, sshPorts: readonly number[] = [22]) =>
  savedRules(wishOf(module.args.parse(args)), family, sshPorts)

/** Wishes whose texts are kept in `test/fixtures/modules/netfilter/`. */
export const goldens: Readonly<Record<string, { readonly args: unknown; readonly sshPorts?: readonly number[] }>> = {
  recipe: { args: {} },
  'log-only': {
    args: { drop: false, icmp: false, log_prefix: 'IPTables/Would-drop: ', log_limit: '2/hour', log_level: 'debug' },
  },
  'many-ports': {
    args: {
      allowed_tcp_ports: [...Array.from({ length: 14 }, (_, index) => 1000 + 2 * index), '3000:3010', 4000, 65535],
      allowed_udp_ports: '53,60000-61000',
    },
    sshPorts: [22, 2222],
  },
  accepts: {
    args: {
      allowed_tcp_ports: [80],
      sets: { admins: ['10.8.0.0/16', '192.0.2.7', '10.8.1.0/24', '2001:DB8:8:0::/48'], 'dns-servers': '192.0.2.53' },
      accept: [
        { ports: [22], from: 'admins', log: 'IPTables/Accepted: ', comment: 'logins, logged' },
        { ports: [5432, '6000:6010'], from: ['admins', '2001:db8::1'], to: ['192.0.2.1', '2001:db8::2'] },
        { protocol: 'udp', ports: '5353', interface: 'br-*' },
        { interface: 'docker0', comment: 'containers' },
        { protocol: 'icmp', icmp_types: ['timestamp-request', 17] },
        { protocol: 'icmpv6', icmp_types: 'redirect', from: ['fe80::/10'] },
        { protocol: 'vrrp', to: '224.0.0.18' },
        { protocol: 'igmp' },
        { protocol: 'esp', from: ['dns-servers'] },
      ],
    },
  },
  'accepts-log-only': {
    args: {
      drop: false,
      ipv6: false,
      log_target: 'NFLOG',
      accept: [{ ports: [5432], from: ['10.0.0.0/8', '2001:db8::/32'], log: 'IPTables/Accepted: ' }],
    },
  },
  /** No interfaces and no nameless types: what every front-end can say. */
  networks: {
    args: {
      allowed_tcp_ports: [443, '8000:8010'],
      allowed_udp_ports: [53],
      log_limit: '10/s',
      log_burst: 20,
      log_level: 'notice',
      sets: { admins: ['10.8.0.0/16', '2001:db8::/48'] },
      accept: [
        { ports: [5432], from: ['admins'], comment: 'databases' },
        { ports: [22, 2222], from: ['admins'], log: 'IPTables/Accepted: ' },
        { protocol: 'udp', ports: [123], to: ['192.0.2.1', '2001:db8::2'] },
        { protocol: 'icmp', icmp_types: ['timestamp-request'] },
        { protocol: 'icmpv6', icmp_types: ['redirect'], from: ['fe80::/10'] },
        { protocol: 'vrrp', to: '224.0.0.18' },
        { protocol: 'gre' },
        { from: ['192.0.2.7'] },
      ],
    },
    sshPorts: [22, 2222],
  },
  /** What passes through the host, too. */
  passing: {
    args: {
      chains: ['input', 'forward', 'docker-user'],
      allowed_tcp_ports: [80, '8000:8100'],
      allowed_udp_ports: [53],
      accept: [
        { ports: [5432], from: ['10.8.0.0/16', '2001:db8::/48'], log: 'IPTables/Accepted: ' },
        { ports: [9000, '9100:9110'], to: ['192.0.2.1', '198.51.100.0/24'], interface: 'eth*' },
        { protocol: 'icmp', icmp_types: ['timestamp-request'], from: ['192.0.2.7'] },
        { from: ['192.0.2.8'], comment: 'all of it' },
      ],
    },
  },
  'forward-alone': { args: { chains: ['forward'], drop: false, ipv6: false, log_target: 'NFLOG' } },
  nothing: { args: { allowed_tcp_ports: [], chain: 'A', log_chain: 'b-2_c' }, sshPorts: [] },
}
