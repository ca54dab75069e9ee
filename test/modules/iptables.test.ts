import { expect } from 'chai'
import iptables from '../../src/modules/iptables/index.ts'
import { ruleWords } from '../../src/modules/iptables/rule.ts'

const rule = (args: object): string => ruleWords(iptables.args.parse({ chain: 'INPUT', ...args })).join(' ')

describe('iptables', () => {
  const rules: readonly [object, string][] = [
    [{ source: '!192.0.2.1', jump: 'DROP' }, '! -s 192.0.2.1 -j DROP'],
    [
      { protocol: 'tcp', destination_port: 22, ctstate: 'NEW', jump: 'ACCEPT' },
      '-p tcp -j ACCEPT --destination-port 22 -m conntrack --ctstate NEW',
    ],
    [
      { match: 'state', ctstate: ['RELATED', 'ESTABLISHED'], jump: 'ACCEPT' },
      '-m state -j ACCEPT --state RELATED,ESTABLISHED',
    ],
    [
      { protocol: 'tcp', destination_ports: ['80', '8000:8100'], jump: 'ACCEPT' },
      '-p tcp -j ACCEPT -m multiport --dports 80,8000:8100',
    ],
    [{ protocol: 'tcp', reject_with: 'tcp-reset' }, '-p tcp -j REJECT --reject-with tcp-reset'],
    [{ protocol: 'icmp', icmp_type: 8, jump: 'ACCEPT' }, '-p icmp -j ACCEPT --icmp-type 8'],
    [{ ip_version: 'ipv6', protocol: 'icmpv6', icmp_type: '128' }, '-p icmpv6 --icmpv6-type 128'],
    [
      { log_prefix: 'IN: ', log_level: 4, limit: '5/min', limit_burst: 3 },
      '-j LOG --log-prefix IN:  --log-level 4 -m limit --limit 5/min --limit-burst 3',
    ],
    [{ protocol: 'tcp', syn: 'negate', jump: 'DROP' }, '-p tcp -j DROP ! --syn'],
    [
      { protocol: 'tcp', tcp_flags: { flags: ['ALL'], flags_set: ['SYN', 'ACK'] }, jump: 'DROP' },
      '-p tcp --tcp-flags ALL SYN,ACK -j DROP',
    ],
    [{ src_range: '192.0.2.1-192.0.2.9', jump: 'ACCEPT' }, '-j ACCEPT -m iprange --src-range 192.0.2.1-192.0.2.9'],
    [{ match_set: 'admins', match_set_flags: 'src', jump: 'ACCEPT' }, '-j ACCEPT -m set --match-set admins src'],
    [{ uid_owner: '!root', jump: 'DROP', in_interface: 'eth0' }, '-j DROP -i eth0 -m owner ! --uid-owner root'],
    [
      { table: 'nat', chain: 'PREROUTING', jump: 'DNAT', to_destination: '192.0.2.3:80' },
      '-j DNAT --to-destination 192.0.2.3:80',
    ],
    [{ comment: 'the web', jump: 'ACCEPT' }, '-j ACCEPT -m comment --comment the web'],
  ]
  for (const [args, words] of rules) it(words, () => expect(rule(args)).to.equal(words))

  it('refuses what cannot be a rule', () => {
    const wrong = (args: object, message: RegExp) => expect(() => iptables.args.parse(args)).to.throw(message)
    wrong({}, /chain/)
    wrong({ chain: 'INPUT', flush: true, policy: 'DROP' }, /exclude each other/)
    wrong({ chain: '-F' }, /begins with no dash/)
    wrong({ chain: 'INPUT', jump: 'TEE' }, /gateway/)
    wrong({ chain: 'INPUT', jump: 'DROP', log_prefix: 'x' }, /jump: LOG/)
    wrong({ chain: 'INPUT', fragment: 'x' }, /takes no value/)
  })

  it('plans what separates the state from the wish', () => {
    const planOf = (args: object, output: string) => {
      const wish = iptables.args.parse({ chain: 'INPUT', ...args })
      return iptables.plan(wish, iptables.parse(`record iptables\n${output}`, wish))
    }
    const changes = (args: object, output: string) => planOf(args, output).changes.map(({ what }) => what)
    expect(changes({ policy: 'DROP' }, 'command\nchain\npolicy ACCEPT\n')).to.deep.equal([
      'policy of INPUT (filter, ipv4) ACCEPT → DROP',
    ])
    expect(changes({ policy: 'DROP' }, 'command\nchain\npolicy DROP\n')).to.deep.equal([])
    expect(changes({ flush: true }, 'command\nchain\nfilled\n')).to.deep.equal(['flush INPUT (filter, ipv4)'])
    expect(changes({ flush: true }, 'command\nchain\n')).to.deep.equal([])
    expect(changes({ jump: 'DROP' }, 'command\nchain\nrule\n')).to.deep.equal([])
    expect(changes({ jump: 'DROP', chain_management: true }, 'command\n')).to.have.length(2)
    expect(planOf({ jump: 'DROP' }, 'command\n').refuse).to.match(/chain_management/)
    expect(planOf({ jump: 'DROP' }, '').refuse).to.match(/no iptables command/)
  })
})
