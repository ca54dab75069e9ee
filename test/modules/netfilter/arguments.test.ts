import { expect } from 'chai'
import { netfilterArgs } from '../../../src/modules/netfilter/arguments.ts'
import { intentOf } from '../../../src/modules/netfilter/wish.ts'

const issues = (args: unknown): string[] => {
  const parsed = netfilterArgs.safeParse(args)
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('netfilter arguments', () => {
  const bad: readonly [args: unknown, message: string][] = [
    [{ log_prefix: 'Dropped: ' }, 'log_prefix: must begin with "IPTables/"'],
    [{ log_prefix: 'IPTables/Dropped:' }, 'log_prefix: must have the form "IPTables/XXX: "'],
    [{ log_prefix: 'IPTables/Dropped:  ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/two words: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: `IPTables/${'x'.repeat(19)}: ` }, 'log_prefix: must not be longer than 29 characters'],
    [{ log_prefix: 'IPTables/a"b: ' }, 'quotes'],
    [{ log_prefix: "IPTables/a'b: " }, 'quotes'],
    [{ log_prefix: 'IPTables/a\nb: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/a\u0007b: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/a\\b: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/é: ' }, 'log_prefix: must have the form'],
    [{ log_prefix: 'IPTables/a\0: ' }, 'NUL'],
    [{ allowed_tcp_ports: [0] }, 'allowed_tcp_ports.0: "0" must be a port from 1 to 65535'],
    [{ allowed_tcp_ports: [80, 65536] }, 'allowed_tcp_ports.1: "65536" must be a port'],
    [{ allowed_tcp_ports: ['8100:8000'] }, 'ordered range'],
    [{ allowed_tcp_ports: ['http'] }, '"http" must be a port'],
    [{ allowed_tcp_ports: ['80; reboot'] }, 'must be a port'],
    [{ allowed_tcp_ports: [80.5] }, '"80.5" must be a port'],
    [{ allowed_tcp_ports: { a: 1 } }, 'allowed_tcp_ports: '],
    [{ allowed_udp_ports: [-1] }, 'allowed_udp_ports.0: "-1" must be a port'],
    [{ log_limit: '60' }, 'log_limit: must be a rate such as 60/min'],
    [{ log_limit: '0/min' }, 'log_limit: must be a rate'],
    [{ log_limit: '10001/sec' }, 'log_limit: must be a rate'],
    [{ log_limit: '1/week' }, 'log_limit: must be a rate'],
    [{ log_burst: 0 }, 'log_burst: '],
    [{ log_burst: 10_001 }, 'log_burst: '],
    [{ log_limit: '1/hour', log_burst: 60 }, 'log_burst: is more than the kernel can count at 1/hour: at most 24'],
    [{ log_level: 8 }, 'log_level: must be 0 to 7 or one of'],
    [{ log_level: 'loud' }, 'log_level: must be 0 to 7 or one of'],
    [{ log_target: 'ULOG' }, 'log_target: ULOG was removed from Linux 3.17: use NFLOG, its successor'],
    [{ log_target: 'TTY' }, 'log_target: must be one of LOG, NFLOG'],
    [{ chains: [] }, 'chains: must name at least one'],
    [{ chains: ['output'] }, 'chains.0: must be one of input, forward, docker-user'],
    [{ chain: 'SALLYPORT_FWD' }, 'chain: is taken'],
    [{ log_chain: 'DOCKER-USER' }, 'log_chain: is taken'],
    [{ zones: ['a zone'] }, 'zones.0: must be the name of a zone of firewalld'],
    [{ backend: 'pf' }, 'backend: must be one of auto, iptables, nftables, firewalld, ufw, ferm'],
    [{ state: 'gone' }, 'state: must be one of present, absent'],
    [{ position: 0 }, 'position: must be "first", "last" or a rule number'],
    [{ position: 'middle' }, 'position: must be'],
    [{ chain: 'INPUT' }, 'chain: is taken'],
    [{ chain: 'DROP' }, 'chain: is taken'],
    [{ log_chain: 'DROP_LOGGING' }, 'log_chain: is taken'],
    [{ chain: 'x'.repeat(29) }, 'chain: must be a chain name'],
    [{ chain: '-j' }, 'chain: must be a chain name'],
    [{ chain: 'SAME', log_chain: 'SAME' }, 'log_chain: must differ from chain'],
    [{ accept: [{}] }, 'accept.0: accepts every packet: say at least one of'],
    [{ accept: [{ comment: 'all' }] }, 'accept.0: accepts every packet'],
    [{ accept: [{ port: 80 }] }, 'port'],
    [{ accept: { ports: [80] } }, 'accept: '],
    [{ accept: [{ ports: [] }] }, 'accept.0.ports: must not be empty'],
    [{ accept: [{ ports: [0] }] }, 'accept.0.ports.0: "0" must be a port'],
    [{ accept: [{ protocol: 'gre', ports: [80] }] }, 'accept.0.ports: gre has no ports'],
    [{ accept: [{ protocol: 'http' }] }, 'accept.0.protocol: must be one of tcp, udp'],
    [{ accept: [{ icmp_types: [8] }] }, 'accept.0.icmp_types: needs protocol: icmp'],
    [{ accept: [{ protocol: 'icmp', icmp_types: [256] }] }, 'accept.0.icmp_types: "256" is no type of icmp'],
    [{ accept: [{ protocol: 'icmp', icmp_types: ['packet-too-big'] }] }, '"packet-too-big" is no type of icmp'],
    [{ accept: [{ from: [] }] }, 'accept.0.from: must not be empty'],
    [
      { accept: [{ from: ['10.0.0.1/8'] }] },
      'accept.0.from.0: "10.0.0.1/8" has bits set behind its prefix: the network is 10.0.0.0/8',
    ],
    [{ accept: [{ from: ['2001:db8::1/32'] }] }, 'the network is 2001:db8::/32'],
    [{ accept: [{ from: ['10.0.0.0/33'] }] }, 'accept.0.from.0: "10.0.0.0/33": the prefix is at most 32'],
    [{ accept: [{ from: ['0.0.0.0/0'] }] }, 'is every address: leave it out'],
    [{ accept: [{ from: ['10.0.0'] }] }, 'accept.0.from.0: "10.0.0" is neither an address, a network'],
    [{ accept: [{ from: ['fe80::1%eth0'] }] }, 'is neither an address'],
    [{ accept: [{ from: ['10.0.0.1; reboot'] }] }, 'is neither an address'],
    [
      { accept: [{ to: ['admins'] }] },
      'accept.0.to.0: "admins" is neither an address, a network such as 10.0.0.0/8, nor a name among sets',
    ],
    [
      { accept: [{ from: ['10.0.0.1'], to: ['::1'] }] },
      'accept.0: matches no packet: its protocol, from and to are of different IP versions',
    ],
    [{ accept: [{ protocol: 'icmpv6', from: ['10.0.0.1'] }] }, 'accept.0: matches no packet'],
    [{ accept: [{ interface: 'eth0; reboot' }] }, 'accept.0.interface: must be the name of an interface'],
    [{ accept: [{ interface: 'averylonginterface' }] }, 'accept.0.interface: must be the name'],
    [{ accept: [{ interface: '*' }] }, 'accept.0.interface: must be the name'],
    [{ accept: [{ ports: [80], comment: 'a "quote"' }] }, 'accept.0.comment: must be at most 120 ASCII'],
    [{ accept: [{ ports: [80], comment: 'a\nb' }] }, 'accept.0.comment: '],
    [{ accept: [{ ports: [80], log: 'Accepted: ' }] }, 'accept.0.log: must begin with "IPTables/"'],
    [{ sets: { admins: ['10.0.0.1/8'] } }, 'sets.admins.0: "10.0.0.1/8" has bits set'],
    [{ sets: { admins: [] } }, 'sets.admins: must not be empty'],
    [{ sets: { 'a b': ['10.0.0.1'] } }, 'a set is named by letters'],
    [{ sets: { a: ['10.0.0.1'], b: ['a'] } }, 'sets.b.0: "a" is neither an address'],
    [{ nflog_group: 65_536 }, 'nflog_group: '],
    [{ drop: 'maybe' }, 'drop: '],
    [{ alowed_tcp_ports: [80] }, 'alowed_tcp_ports'],
  ]
  for (const [args, message] of bad)
    it(`refuses ${JSON.stringify(args)}`, () => expect(issues(args).join('\n')).to.contain(message))

  it('takes what people write for the same thing', () => {
    const intent = (args: unknown) => intentOf(netfilterArgs.parse(args))
    const same = intent({ allowed_tcp_ports: [443, 80, '8000:8100'], log_limit: '60/min', log_level: 4 })
    expect(
      intent({ allowed_tcp_ports: '80, 443, 8000-8050, 8040:8100', log_limit: '60/m', log_level: 'warning' }),
    ).to.deep.equal(same)
    expect(
      intent({ allowed_tcp_ports: ['443', 80, 80, '8000:8100'], log_limit: '60/minute', log_level: 'WARN' }),
    ).to.deep.equal(same)
    expect(intent({ drop: 'no' }).drop).to.equal(false)
    const opened = (args: unknown) =>
      intent(args).accepts.flatMap((accept) =>
        accept.kind === 'packets' && accept.protocol === 'tcp' ? [accept.ports] : [],
      )
    expect(opened({ allowed_tcp_ports: 8080 })).to.deep.equal([[{ from: 8080, to: 8080 }]])
    expect(opened({ allowed_tcp_ports: [] })).to.deep.equal([])
  })

  it('has a burst of 60, or what the kernel can count where the limit is slow', () => {
    const burst = (log_limit: string) => intentOf(netfilterArgs.parse({ log_limit })).log.burst
    expect(['60/min', '1/sec', '1/hour', '1/day', '10/h'].map(burst)).to.deep.equal([60, 60, 24, 1, 60])
  })
})
