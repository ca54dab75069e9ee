import { expect } from 'chai'
import { readBus } from '../../../src/modules/netfilter/firewalld/busctl.ts'
import { firewalld } from '../../../src/modules/netfilter/firewalld/backend.ts'
import { isOurs } from '../../../src/modules/netfilter/firewalld/places.ts'
import { type State, readState } from '../../../src/modules/netfilter/firewalld/state.ts'
import { readHost } from '../../../src/modules/netfilter/host.ts'
import { readSections } from '../../../src/modules/netfilter/sections.ts'
import type { Script } from '../../../src/shell/script.ts'
import { wishOf } from '../../../src/modules/netfilter/wish.ts'
import { module } from './box.ts'

describe('what busctl prints', () => {
  const rows: readonly [line: string, value: unknown][] = [
    ['s "public"', 'public'],
    ['s ""', ''],
    ['as 0', []],
    ['as 2 "a b" "c"', ['a b', 'c']],
    ['s "rule priority=\\"1\\" \\\\ \\n"', 'rule priority="1" \\ \n'],
    ['s "M\\303\\274nchen"', 'München'],
    ['s "München"', 'München'],
    ['b true', true],
    ['i -3', -3],
    [
      'a(ss) 2 "80" "tcp" "53" "udp"',
      [
        ['80', 'tcp'],
        ['53', 'udp'],
      ],
    ],
    ['a(sas) 1 "x" 1 "y"', [['x', ['y']]]],
    ['a{sas} 1 "interfaces" 1 "eth0"', { interfaces: ['eth0'] }],
    ['a{sa{sas}} 1 "public" 1 "sources" 0', { public: { sources: [] } }],
    [
      'a{sv} 3 "target" s "default" "forward" b false "rules_str" as 1 "rule"',
      { target: 'default', forward: false, rules_str: ['rule'] },
    ],
    ['', undefined],
    ['as 2 "a"', undefined],
    ['s', undefined],
  ]
  for (const [line, value] of rows) it(line, () => expect(readBus(line)).to.deep.equal(value))
})

/** A firewalld as its probe tells of it. */
interface Told {
  readonly version?: string
  readonly condition?: string
  readonly runtime?: string
  readonly permanent?: string
  readonly active?: string
  readonly more?: string
}

const settings = (target: string, rules: readonly string[]) =>
  `a{sv} 2 "target" s "${target}" "rules_str" as ${rules.length} ${rules.map((rule) => JSON.stringify(rule)).join(' ')}`

function told({
  version = '2.3.1',
  condition = 'RUNNING',
  runtime,
  permanent,
  active = '',
  more = '',
}: Told = {}): State {
  const plain = settings('default', [])
  const sections = readSections(
    `@ipv6\n@ssh-ports\n22\n@firewalld-listener-types\n@firewalld public\ns "${version}"\ns "${condition}"\n@firewalld-active\n${active}\n@firewalld-runtime-public\n${runtime ?? plain}\n@firewalld-permanent-public\n${permanent ?? plain}\n${more}`,
  )
  return readState(sections, readHost(sections))
}

const wish = (args: unknown = {}) => wishOf(module.args.parse(args))
const plan = (args: unknown, state: State) => firewalld.plan(wish(args), state)
const what = (args: unknown, state: State) => plan(args, state).changes.map((change) => change.what)

/** What the recipe's rules are on this host. */
const recipe = plan({}, told()).changes[0]?.diff?.after.trim().split('\n') ?? []
const foreign = 'rule priority="100" port port="25" protocol="tcp" accept'
const done = settings('default', [...recipe].reverse().concat(foreign))

describe('the plan through firewalld', () => {
  it('adds the rules now and for the next boot', () =>
    expect(what({}, told())).to.deep.equal(['firewalld: zone public: add 23 rules']))

  it('is empty where they are, in whatever order and spelling, beside those of others', () => {
    const bare = done.replace('burst=\\"60\\"', 'burst=60')
    expect(bare).not.to.equal(done)
    expect(what({}, told({ runtime: bare, permanent: done }))).to.deep.equal([])
  })

  it('tells what is missing in force from what is missing in the files', () => {
    const fewer = settings('default', recipe.slice(1))
    expect(what({}, told({ runtime: fewer, permanent: done }))).to.deep.equal([
      'firewalld: zone public, runtime: 1 rule missing',
    ])
    expect(what({}, told({ runtime: done, permanent: fewer }))).to.deep.equal([
      'firewalld: zone public, permanent: 1 rule missing',
    ])
    expect(what({ persist: false }, told({ runtime: done, permanent: done }))).to.deep.equal([
      'firewalld: zone public, permanent: remove 23 rules',
    ])
  })

  /** What is done in force, one call a line, zone and quotes left out. */
  const calls = (script: Script | undefined) =>
    (script?.text ?? '')
      .split('\n')
      .flatMap((line) => /^(add|remove)_runtime public '(.*)'$/.exec(line)?.slice(1).join(' ') ?? [])

  it('takes away what goes, then adds what accepts, what logs, and what drops', () => {
    const state = told({ runtime: settings('default', [recipe[0] ?? '', 'rule priority="32250" drop']) })
    const made = calls(firewalld.memory(wish(), state))
    expect(made).to.deep.equal(['remove rule priority="32250" drop', ...recipe.slice(1).map((rule) => `add ${rule}`)])
    expect(made.slice(1, -2).every((call) => call.endsWith(' accept'))).to.equal(true)
    expect(made.slice(-2).map((call) => /priority="\d+" (\w+)/.exec(call)?.[1])).to.deep.equal(['log', 'drop'])
  })

  it('lets the drop be where only the log changes', () => {
    const state = told({ runtime: done, permanent: done })
    expect(
      calls(firewalld.memory(wish({ log_prefix: 'IPTables/Other: ' }), state)).map((call) => call.slice(0, 40)),
    ).to.deep.equal(['remove rule priority="32298" log prefix=', 'add rule priority="32298" log prefix="IP'])
  })

  it('puts all in anew where an accept is to be logged, and the way back too; but for SSH and the drop', () => {
    const state = told({ runtime: done, permanent: done })
    const args = { accept: [{ ports: [80], log: 'IPTables/Accepted: ' }] }
    const made = calls(firewalld.memory(wish(args), state))
    const undone = calls(firewalld.restore(wish(args), state))
    expect(made.filter((call) => call.startsWith('remove '))).to.have.length(recipe.length - 2)
    expect(made.filter((call) => call.startsWith('add '))).to.have.length(recipe.length)
    expect(made.filter((call) => / drop$|priority="32288"/.test(call))).to.deep.equal([])
    expect(undone.filter((call) => call.startsWith('remove '))).to.have.length(2)
    expect(undone.filter((call) => call.startsWith('add '))).to.have.members(recipe.map((rule) => `add ${rule}`))
  })

  it('takes the drop away before anything else, now and for the next boot: wherever that is cut off, nobody is out', () => {
    const state = told({ runtime: done, permanent: done })
    const first = (script: Script | undefined, verb: string) =>
      (script?.text ?? '').split('\n').find((line) => line.startsWith(verb))
    const absent = wish({ state: 'absent' })
    expect(first(firewalld.memory(absent, state), 'remove_runtime ')).to.match(/"32299" drop'$/)
    expect(first(firewalld.persist(absent, state), 'remove_permanent ')).to.match(/"32299" drop'$/)
    expect(first(firewalld.restore(wish(), told()), 'remove_runtime ')).to.match(/"32299" drop'$/)
  })

  it('moves from another zone, and takes nothing of others along', () => {
    const more = `@firewalld-runtime-work\n${settings('ACCEPT', ['rule priority="32289" drop', foreign])}\n@firewalld-permanent-work\n${settings('ACCEPT', [])}`
    expect(what({}, told({ runtime: done, permanent: done, more }))).to.deep.equal([
      'firewalld: zone work, runtime: remove 1 rule',
    ])
  })

  it('filters the zones that are named, each to its own target', () => {
    const more = `@firewalld-runtime-work\n${settings('DROP', [])}\n@firewalld-permanent-work\n${settings('DROP', [])}`
    const state = { ...told({ runtime: done, permanent: done, more }), meant: ['public', 'work'] }
    expect(what({ zones: ['public', 'work'] }, state)).to.deep.equal(['firewalld: zone work: add 23 rules'])
    const texts = plan({ zones: ['public', 'work'], drop: false }, state).changes.map(
      (change) => change.diff?.after ?? '',
    )
    expect(texts.map((text) => /port="80" protocol="tcp" (\w+)/.exec(text)?.[1])).to.deep.equal(['reject', 'drop'])
    expect(firewalld.title(state)).to.equal('firewalld (zones public, work)')
  })

  it('takes ours out of the files of a firewalld at rest', () => {
    const sections = readSections(
      `@firewalld-idle-public\n${foreign}\nrule priority="32299" log prefix="x" level="warning" limit value="60/m" burst=60 drop\n`,
    )
    const state = readState(sections, readHost(sections))
    expect(what({ state: 'absent' }, state)).to.deep.equal(['firewalld: zone public, in its file: remove 1 rule'])
    expect(firewalld.memory(wish({ state: 'absent' }), state)).to.equal(undefined)
  })

  it('does in log-only what the zone would do', () => {
    const rule = (target: string) =>
      plan({ drop: false }, told({ runtime: settings(target, []) })).changes[0]?.diff?.after.split('\n') ?? []
    expect(rule('default')[0]).to.match(
      /family="ipv4" port port="22" protocol="tcp" reject type="icmp-admin-prohibited"$/,
    )
    expect(rule('%%REJECT%%').filter((line) => line.endsWith('accept'))).to.deep.equal([])
    expect(rule('DROP')[0]).to.equal('rule priority="32288" port port="22" protocol="tcp" drop')
    expect(rule('ACCEPT')[0]).to.equal('rule priority="32288" port port="22" protocol="tcp" accept')
    for (const target of ['default', '%%REJECT%%', 'DROP', 'ACCEPT'])
      expect(rule(target).at(-2)).to.match(/^rule priority="32298" log prefix="IPTables\/Dropped: " [^d]*"$/)
  })

  it('knows ours by their priorities alone', () =>
    expect(
      [32210, 32211, 32250, 32299, 32300, -32250].map((priority) => isOurs(`rule priority="${priority}" accept`)),
    ).to.deep.equal([false, true, true, true, false, false]))
})

describe('what firewalld cannot do', () => {
  const refusals: readonly [args: unknown, told: Told, refuse: string][] = [
    [{}, { version: '0.8.2' }, 'firewalld 0.8.2 is too old: 0.9 is needed'],
    [{}, { condition: 'FAILED' }, 'firewalld is failed, not running'],
    [{}, { runtime: '' }, 'firewalld has no zone "public" here'],
    [{}, { permanent: '' }, 'firewalld has the zone "public" for now only'],
    [{ log_target: 'NFLOG' }, { version: '0.9.3' }, 'firewalld 0.9.3 has no NFLOG'],
    [{ chains: ['input', 'forward'] }, {}, 'decided by its policies, which are not written here: leave forward out'],
    [{ log_limit: '1/day' }, {}, 'firewalld takes no limit as slow as 1/day'],
    [{ accept: [{ interface: 'docker0' }] }, {}, 'put docker0 into a zone of its own'],
    [{ accept: [{ protocol: 'icmp', icmp_types: [17] }] }, {}, 'firewalld has no name for type 17 of icmp'],
    [
      {
        accept: Array.from({ length: 80 }, (_, index) => ({
          ports: [index + 1],
          ...(index % 2 ? { log: 'IPTables/Accepted: ' } : {}),
        })),
      },
      {},
      'no room for so many accepts that are logged',
    ],
  ]
  for (const [args, state, refuse] of refusals)
    it(refuse, () => expect(plan(args, told(state)).refuse).to.contain(refuse))

  it('is refused where it does not answer', () => {
    const sections = readSections('')
    expect(plan({}, readState(sections, readHost(sections))).refuse).to.contain('does not answer on the system bus')
  })

  const warnings: readonly [args: unknown, told: Told, warning: string | undefined][] = [
    [{}, {}, undefined],
    [{ log_burst: 5 }, { version: '1.2.0' }, 'firewalld 1.2.0 writes every packet to the log that a rule logs'],
    [{}, { version: '1.3.3' }, 'firewalld 1.3.3 cannot set log_burst (2.3 can): it is 5'],
    [{ log_burst: 5 }, { version: '1.3.3' }, undefined],
    [
      {},
      {
        active: 'a{sa{sas}} 2 "public" 1 "interfaces" 1 "eth0" "work" 2 "interfaces" 1 "eth1" "sources" 1 "10.0.0.0/8"',
      },
      'the zone work (eth1, 10.0.0.0/8) stays as it is',
    ],
  ]
  for (const [args, state, warning] of warnings)
    it(`${JSON.stringify(state)}: ${warning ?? 'no warning'}`, () => {
      const { warnings = [] } = plan(args, told(state))
      expect(warnings).to.have.length(warning === undefined ? 0 : 1)
      expect(warnings[0] ?? '').to.contain(warning ?? '')
    })
})
