import { expect } from 'chai'
import { parseDump } from '../../../src/modules/netfilter/iptables/dump.ts'
import { planJump } from '../../../src/modules/netfilter/iptables/jump.ts'
import { planRules } from '../../../src/modules/netfilter/iptables/plan.ts'
import { readHost } from '../../../src/modules/netfilter/host.ts'
import { type State, readState as stateOf } from '../../../src/modules/netfilter/iptables/state.ts'
import { seats } from '../../../src/modules/netfilter/iptables/seats.ts'
import { readSections } from '../../../src/modules/netfilter/sections.ts'
import { wishOf } from '../../../src/modules/netfilter/wish.ts'
import { module } from './box.ts'

const input = (...specs: string[]) => specs.map((spec) => `-A INPUT ${spec}`)
const jump = '-j US'
const ban = '-p tcp -m multiport --dports 22 -j f2b-sshd'

describe('the place of the jump', () => {
  const none = { chains: [], rules: [] }
  const rows: readonly [position: 'first' | 'last' | number, before: string[], after: string[], insertAt?: number][] = [
    ['first', [], [jump], 1],
    ['first', [jump], [jump]],
    ['first', ['-j A'], [jump, '-j A'], 1],
    ['first', ['-j A', jump], [jump, '-j A'], 1],
    ['first', [jump, '-j A', jump], [jump, '-j A'], 1],
    ['first', [ban, jump], [ban, jump]],
    ['first', [ban], [ban, jump], 2],
    ['first', [jump, ban], [ban, jump], 2],
    ['first', [ban, '-j A', jump], [ban, jump, '-j A'], 2],
    [
      'first',
      ['-p tcp -m set --match-set f2b-sshd src -j REJECT', jump],
      ['-p tcp -m set --match-set f2b-sshd src -j REJECT', jump],
    ],
    ['last', ['-j A', jump], ['-j A', jump]],
    ['last', [jump, '-j A'], ['-j A', jump], 2],
    [2, ['-j A', '-j B'], ['-j A', jump, '-j B'], 2],
    [2, ['-j A', jump, '-j B'], ['-j A', jump, '-j B']],
    [9, ['-j A'], ['-j A', jump], 2],
    ['first', ['-i eth0 -j US', jump], [jump]],
    ['first', [jump, '-i eth0 -g US'], [jump]],
  ]
  for (const [position, before, after, insertAt] of rows)
    it(`${position}: ${before.join(' | ') || '(none)'} → ${after.join(' | ')}`, () => {
      const plan = planJump(input(...before), { parent: 'INPUT', chain: 'US', position }, none)
      expect(plan.wished).to.deep.equal(input(...after))
      expect(plan.insertAt).to.equal(insertAt)
      // What the transaction does, step by step.
      const rules = input(...before)
      for (const rule of plan.remove) rules.splice(rules.indexOf(rule), 1)
      if (plan.insertAt !== undefined) rules.splice(plan.insertAt - 1, 0, input(jump)[0] ?? '')
      expect(rules).to.deep.equal(plan.wished)
    })
})

function readState(output: string): State {
  const sections = readSections(output)
  return stateOf(seats.iptables, sections, readHost(sections))
}

/** A host as its probe tells of it. */
function state(text = '', families: { live?: string; normal?: string } = {}): State {
  const base = `@systemd\n@running\n@tool nft iptables v1.8.9 (nf_tables)\n@tool-ipv6\n@root\n@ipv6\n@packages apt-get\n@ssh-ports\n22\n`
  return readState(`${base}@live-ipv4\n${families.live ?? ':INPUT ACCEPT'}\n@live-ipv6\n:INPUT ACCEPT\n${text}`)
}

const plan = (args: unknown, seen: State) => planRules(wishOf(module.args.parse(args)), seen)
const persisted = { persist: false }

describe('the netfilter plan', () => {
  it('installs iptables where there is none, and announces all that follows', () => {
    const wish = module.args.parse({})
    const bare = module.parse(
      '@charge none iptables\n\n@looked iptables\n@systemd\n@running\n@root\n@ipv6\n@packages apt-get\n@ssh-ports\n22\n',
      wish,
    )
    const { changes, effects } = module.plan(wish, bare)
    expect(changes.map((change) => change.what)).to.deep.equal([
      'install the package iptables',
      'iptables: create SALLYPORT_IN with 9 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
      'ip6tables: create SALLYPORT_IN with 19 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
      'write /etc/sallyport/netfilter.v4',
      'write /etc/sallyport/netfilter.v6',
      'write /etc/systemd/system/sallyport-netfilter.service',
      'enable sallyport-netfilter.service',
      'start sallyport-netfilter.service',
    ])
    expect(effects?.packages).to.deep.equal({ iptables: { state: 'installed', manager: 'apt' } })
    expect(Object.keys(effects?.paths ?? {})).to.have.length(3)
    expect(effects?.units).to.deep.equal({ 'sallyport-netfilter': { enabled: true, active: true } })
    const later = module.overlay?.(bare, { packages: { iptables: { state: 'installed', manager: 'apt' } } }, wish)
    expect(later && module.plan(wish, later).changes.map((change) => change.what)).to.deep.equal(
      changes.slice(1).map((change) => change.what),
    )
  })

  it('announces nothing to remove on a host without iptables', () => {
    expect(plan({ state: 'absent' }, readState('@root\n')).changes).to.deep.equal([])
  })

  const refusals: readonly [name: string, seen: State, message: string | RegExp][] = [
    [
      'rules that only nft can show',
      state('', { live: "# Table `filter' is incompatible, use 'nft' tool." }),
      /cannot read \(written with nft\)/,
    ],
    ['no iptables and no package manager', readState('@root\n@systemd\n'), /install iptables by hand/],
  ]
  for (const [name, seen, message] of refusals)
    it(`refuses: ${name}`, () => expect(plan({}, seen).refuse).to.match(new RegExp(message)))

  it('names the other variant, tables of nftables and what is not persisted', () => {
    const seen = readState(
      '@tool nft iptables v1.8.9 (nf_tables)\n@tool-ipv6\n@root\n@ipv6\n@ssh-ports\n@live-ipv4\n:INPUT ACCEPT\n@live-ipv6\n@elsewhere-ipv4 3\n@nft-chains\n' +
        'table inet mine {\n\tchain in {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\ntable ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\ntable ip nat {\n\tchain PREROUTING {\n\t\ttype nat hook prerouting priority dstnat;\n\t}\n}\n',
    )
    const { warnings } = plan({}, seen)
    expect(warnings).to.have.length(4)
    expect(warnings?.join('\n'))
      .to.match(/^3 rules of iptables \(legacy\) filter too/)
      .and.to.contain('the nftables table inet mine filters input too')
      .and.to.contain('no systemd here: the rules do not survive a reboot')
      .and.to.contain('no SSH port was found')
  })

  describe('where the recipe was followed by hand', () => {
    const chain =
      ':DROP_LOGGING -\n-A DROP_LOGGING\n-A DROP_LOGGING -m limit --limit 1/sec -j LOG --log-prefix "IPTables/Dropped: "\n-A DROP_LOGGING -j DROP\n'
    const rules = [
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      '-A INPUT -p tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT',
      '-A INPUT -j DROP_LOGGING',
    ]
    const live = `:INPUT ACCEPT\n${chain}${rules.join('\n')}\n`

    it('takes over its chain and its very rules, and leaves the others', () => {
      const { changes, refuse } = plan(persisted, state('', { live }))
      expect(refuse).to.equal(undefined)
      expect(changes[0]?.what).to.contain(
        'take over the recipe followed by hand: remove DROP_LOGGING and 3 rules of INPUT',
      )
      expect(changes[0]?.diff?.after).to.match(
        /^-A INPUT -j SALLYPORT_IN\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n:SALLYPORT_IN\n/,
      )
      expect(changes[0]?.diff?.before).to.contain('-A DROP_LOGGING -j DROP')
    })

    const unclear: readonly [name: string, live: string, line: string][] = [
      [
        'a port that the task closes',
        live.replace('80,443', '80,8443'),
        '--dports 80,8443 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT  (8443 is not in allowed_tcp_ports)',
      ],
      [
        'another rule in its chain',
        `${live}-A DROP_LOGGING -s 10.0.0.0/8 -j ACCEPT`,
        '-A DROP_LOGGING -s 10.0.0.0/8 -j ACCEPT  (not of the recipe)',
      ],
      [
        'a rule elsewhere that leads to it',
        `${live}-A FORWARD -j DROP_LOGGING`,
        '-A FORWARD -j DROP_LOGGING  (another rule leads from FORWARD to it)',
      ],
    ]
    for (const [name, text, line] of unclear)
      it(`refuses with the list: ${name}`, () => {
        const { refuse, changes } = plan(persisted, state('', { live: text }))
        expect(refuse).to.contain(line)
        expect(changes).to.deep.equal([])
      })

    it('is not taken for the recipe where the chain logs something else', () => {
      const other = live.replace('IPTables/Dropped: ', 'dropped ')
      expect(plan(persisted, state('', { live: other })).changes[0]?.what).not.to.contain('recipe')
    })
  })
})

describe('what passes through', () => {
  const docker = `:FORWARD DROP\n-A FORWARD -j DOCKER-USER\n:DOCKER-USER -\n-A DOCKER-USER -j RETURN`
  const live = `:INPUT ACCEPT\n${docker}`

  it('is led to a chain of its own, before what is there', () =>
    expect(plan({ ...persisted, ipv6: false, chains: ['forward'] }, state('', { live })).changes[0]?.what).to.equal(
      'iptables: create SALLYPORT_FWD with 7 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_FWD as rule 1 of FORWARD',
    ))

  it('goes no longer where that is no longer wished', () => {
    const ours = `${live}\n-A DOCKER-USER -j SALLYPORT_DOCKER\n:SALLYPORT_DOCKER -`
    const [change] = plan({ ...persisted, ipv6: false }, state('', { live: ours })).changes
    expect(change?.what).to.match(/; remove 1 jump from DOCKER-USER; .*; remove SALLYPORT_DOCKER$/)
    expect(change?.diff?.after).not.to.contain('SALLYPORT_DOCKER')
  })

  it('is told of where Docker sends it', () => {
    const told = (chains: string[], text = live) => plan({ ...persisted, chains }, state('', { live: text })).warnings
    expect(told(['forward'])).to.deep.equal([
      "iptables: what Docker's containers send out passes through as well, and is dropped unless it is accepted",
    ])
    expect(told(['docker-user'])).to.deep.equal([
      'ip6tables: DOCKER-USER is not there, as Docker does not filter IPv6 here: left out',
    ])
    expect(
      told(
        ['docker-user'],
        live.replace('-A DOCKER-USER -j', '-A DOCKER-USER -s 192.0.2.1 -j ACCEPT\n-A DOCKER-USER -j'),
      ),
    ).to.have.length(1)
    expect(told(['input'])).to.deep.equal([])
  })

  it("is refused for published ports by ferm, which takes Docker's chains away", () => {
    const seen = { ...state('', { live }), seat: seats.ferm, fermIncludes: true }
    expect(plan({ chains: ['docker-user'] }, seen).refuse).to.match(
      /^ferm replaces the whole filter table .*leave docker-user out/,
    )
    expect(plan({ chains: ['forward'] }, seen).refuse).to.equal(undefined)
  })
})

describe('a dump', () => {
  it('sees a target only outside of comments', () => {
    const dump = parseDump([':INPUT ACCEPT', '-A INPUT -m comment --comment "x -j SALLYPORT_IN" -j ACCEPT'])
    const args = wishOf(module.args.parse(persisted))
    const seen = state()
    const families = { ...seen.families, ipv4: { ...seen.families.ipv4, live: dump } }
    expect(planRules(args, { ...seen, families }).changes[0]?.what).not.to.contain('remove')
  })
})
