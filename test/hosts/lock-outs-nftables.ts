import type { LockOut } from './lock-out.ts'

/** Logins come in at 2222 through a program that hands them on, so that is not a port of sshd's. */
const port = 2222

/** Written by someone once ours are in force: from then on, only ours let anyone in. */
const closed = 'for t in iptables ip6tables; do $t -P INPUT DROP; done'

const netfilter = (args: string): string => `netfilter: { backend: nftables${args === '' ? '' : `, ${args}`} }`

/** On a host with nft and iptables: what a table of ours can cut, and what is cut when the rules move or go. */
export const nftablesLockOuts: readonly LockOut[] = [
  { name: "a port that is not sshd's", task: netfilter(''), port },
  { name: 'the same over IPv6', task: netfilter(''), port, over6: true },
  { name: 'the same through sudo with a password', task: netfilter(''), port, sudo: true },
  { name: 'the same by NFLOG', task: netfilter('log_target: NFLOG'), port },
  { name: 'the same for now only', task: netfilter('persist: false'), port },
  { name: 'the wrong network', task: netfilter('accept: [{ ports: [2222], from: [203.0.113.0/24] }]'), port },
  { name: 'the wrong address', task: netfilter('accept: [{ ports: [2222], to: [203.0.113.1] }]'), port },
  { name: 'the wrong interface', task: netfilter('accept: [{ ports: [2222], interface: wg0 }]'), port },
  { name: 'the wrong family', task: netfilter('accept: [{ ports: [2222], from: ["2001:db8::/32"] }]'), port },
  { name: 'the wrong protocol', task: netfilter('allowed_udp_ports: [2222]'), port },
  {
    name: 'a port that the rules let in until now',
    first: netfilter('allowed_tcp_ports: [2222]'),
    task: netfilter(''),
    port,
  },
  { name: 'what was only logged until now', first: netfilter('drop: false'), task: netfilter(''), port },
  {
    name: "someone's table beside ours, in which a rule comes meanwhile",
    before: 'nft add table inet mine; nft "add chain inet mine input { type filter hook input priority 10; }"',
    task: netfilter(''),
    meanwhile: 'nft add rule inet mine input tcp dport 23 drop',
    stays: '\t\ttcp dport 23 drop',
    port,
  },
  {
    name: 'a rule that someone puts into ours meanwhile',
    task: netfilter(''),
    meanwhile: 'nft insert rule inet sallyport SALLYPORT_IN tcp dport 9 accept',
    port,
  },
  {
    name: 'the known connections are forgotten meanwhile',
    task: netfilter(''),
    meanwhile: 'conntrack -F 2>/dev/null',
    port,
  },
  {
    name: 'where nftables.service is in charge',
    before: 'systemctl start nftables',
    task: 'netfilter:',
    port,
  },
  {
    name: 'the rules move here, and iptables is left with a policy that drops',
    first: 'netfilter: { backend: iptables }',
    before: closed,
    task: netfilter(''),
  },
  {
    name: 'the same over IPv6',
    first: 'netfilter: { backend: iptables }',
    before: closed,
    task: netfilter(''),
    over6: true,
  },
  {
    name: 'the rules move away to iptables, and let less in there',
    first: netfilter('allowed_tcp_ports: [2222]'),
    task: 'netfilter: { backend: iptables }',
    port,
  },
  {
    name: 'the rules go, and iptables is left with a policy that drops',
    first: 'netfilter: { backend: iptables }',
    before: closed,
    task: 'netfilter: { state: absent }',
  },
  {
    name: 'the rules no longer let anyone in but only log, under a policy that drops',
    first: 'netfilter: { backend: iptables }',
    before: closed,
    task: 'netfilter: { backend: iptables, drop: false }',
  },
  {
    name: 'the rules are for what passes through from now on, under a policy that drops',
    first: 'netfilter: { backend: iptables }',
    before: closed,
    task: 'netfilter: { backend: iptables, chains: [forward] }',
  },
]
