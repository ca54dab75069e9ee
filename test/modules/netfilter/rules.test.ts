import { expect } from 'chai'
import fc from 'fast-check'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Family, families } from '../../../src/modules/netfilter/intent.ts'
import { fermDomain } from '../../../src/modules/netfilter/iptables/ferm.ts'
import { savedRules } from '../../../src/modules/netfilter/iptables/saved.ts'
import { ufwText } from '../../../src/modules/netfilter/iptables/ufw.ts'
import { savedText } from '../../../src/modules/netfilter/nftables/saved.ts'
import { type Wish, wishOf } from '../../../src/modules/netfilter/wish.ts'
import { sh } from '../../../src/shell/script.ts'
import { Box, module, variants } from './box.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/modules/netfilter/', import.meta.url))

const render = (args: unknown, family: 'ipv4' | 'ipv6', sshPorts: readonly number[] = [22]) =>
  savedRules(wishOf(module.args.parse(args)), family, sshPorts)

const goldens: Readonly<Record<string, { readonly args: unknown; readonly sshPorts?: readonly number[] }>> = {
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
  nothing: { args: { allowed_tcp_ports: [], chain: 'A', log_chain: 'b-2_c' }, sshPorts: [] },
}

/** What UFW and ferm load. */
const others = {
  ufw: (wish: Wish, family: Family, sshPorts: readonly number[]) => ufwText(wish, family, sshPorts),
  ferm: (wish: Wish, family: Family, sshPorts: readonly number[]) => fermDomain(wish, family, sshPorts),
}

const nftText = ({ args, sshPorts = [22] }: { readonly args: unknown; readonly sshPorts?: readonly number[] }) =>
  savedText(wishOf(module.args.parse(args)), sshPorts)

describe('netfilter rules as text', () => {
  for (const [name, { args, sshPorts = [22] }] of Object.entries(goldens))
    for (const [tool, render] of Object.entries(others))
      it(`${name}, ${tool}`, async () => {
        const file = `${fixtures}${name}.${tool}`
        const wish = wishOf(module.args.parse(args))
        const text = families.map((family) => render(wish, family, sshPorts)).join('')
        if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
        expect(text).to.equal(await readFile(file, 'utf8'))
      })

  for (const [name, golden] of Object.entries(goldens))
    it(`${name}, nftables`, async () => {
      const file = `${fixtures}${name}.nft`
      const text = nftText(golden)
      if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
      expect(text).to.equal(await readFile(file, 'utf8'))
    })

  for (const [name, { args, sshPorts }] of Object.entries(goldens))
    for (const family of families)
      it(`${name}, ${family}`, async () => {
        const file = `${fixtures}${name}.${family}.rules`
        const text = render(args, family, sshPorts)
        if (process.env['UPDATE_GOLDENS']) await writeFile(file, text)
        expect(text).to.equal(await readFile(file, 'utf8'))
      })
})

/** Any arguments that are valid. */
const port = fc.integer({ min: 1, max: 65535 })
const ports = fc.array(
  fc.oneof(
    port,
    fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
  ),
  { maxLength: 40 },
)
const anyArgs = fc
  .record({
    word: fc.stringMatching(/^[!#$%&()*+,./0-9;<=>?@A-Z[\]^_`a-z{|}~-]{1,18}$/),
    log_limit: fc.constantFrom(
      '1/s',
      '60/min',
      '7/min',
      '10000/sec',
      '90/min',
      '1/hour',
      '100/day',
      '59/m',
      '3600/h',
      '333/d',
    ),
    log_level: fc.integer({ min: 0, max: 7 }),
    allowed_tcp_ports: ports,
    allowed_udp_ports: ports,
    drop: fc.boolean(),
    icmp: fc.boolean(),
    ipv6: fc.boolean(),
    position: fc.oneof(fc.constantFrom('first', 'last'), fc.integer({ min: 1, max: 9 })),
  })
  .map(({ word, ...rest }) => ({ ...rest, log_prefix: `IPTables/${word}: ` }))

describe("netfilter rules and the host's nft", function () {
  this.timeout(240_000)
  let box: Box
  before(async () => void (box = await Box.open()))
  after(() => box.close())

  for (const [name, golden] of Object.entries(goldens))
    it(`takes the text of ${name}`, () => box.text(sh`printf %s ${nftText(golden)} | nft -c -f -`))
})

for (const variant of variants)
  describe(`netfilter rules and the host's tool (${variant})`, function () {
    this.timeout(240_000)
    let box: Box
    before(async () => void (box = await Box.open(variant)))
    after(() => box.close())

    for (const [name, { args, sshPorts }] of Object.entries(goldens))
      it(`takes the text of ${name}`, async () => {
        for (const [family, tool] of [
          ['ipv4', 'iptables'],
          ['ipv6', 'ip6tables'],
        ] as const)
          await box.text(sh`printf %s ${render(args, family, sshPorts)} | ${tool}-restore --noflush --test`)
      })

    it('knows its own rules again, whatever the wish', async () => {
      await box.text(
        'for n in 1 2 3; do iptables -A INPUT -p tcp --dport $n; ip6tables -A INPUT -p udp --dport $n; done',
      )
      await fc.assert(
        fc.asyncProperty(anyArgs, async (args) => {
          const { again } = await box.converge(args)
          expect(again.changes).to.deep.equal([])
        }),
        { numRuns: 25, endOnFailure: true },
      )
    })

    it('says what the tool has against the rules, before anything is changed', async () => {
      await box.text(
        `printf '#!/bin/sh\\necho "iptables-restore: no LOG here" >&2\\nexit 2\\n' >/run/broken; chmod 755 /run/broken; ln -sf /run/broken /etc/alternatives/ip6tables-restore`,
      )
      expect((await box.plan({})).refuse).to.equal(
        "this host's ip6tables refuses the rules: iptables-restore: no LOG here",
      )
    })
  })

for (const variant of variants)
  describe(`netfilter without network namespaces (${variant})`, function () {
    this.timeout(240_000)
    let box: Box
    before(async () => {
      box = await Box.open(variant)
      await box.text('mount --bind /bin/false /usr/bin/unshare')
    })
    after(() => box.close())

    it('converges all the same, and says what it cannot compare', async () => {
      const { again } = await box.converge({ log_level: 'notice' })
      expect(again.changes).to.deep.equal([])
      expect(again.warnings).to.deep.equal(
        ['iptables', 'ip6tables'].map(
          (tool) => `${tool}: no network namespace to be had here, so the order of the rules is not compared`,
        ),
      )
    })

    for (const drift of [
      'iptables -D SALLYPORT_IN 3',
      'iptables -F SALLYPORT_LOG',
      'iptables -I SALLYPORT_IN -p tcp --dport 3306 -j ACCEPT',
      'iptables -R SALLYPORT_IN 1 -i eth9 -j ACCEPT',
      'iptables -D INPUT -j SALLYPORT_IN',
      'iptables -F; iptables -X',
    ])
      it(`sees and repairs: ${drift}`, async () => {
        await box.text(drift)
        const { plan, again } = await box.converge({ log_level: 'notice' })
        expect(plan.changes).to.have.length(1)
        expect(again.changes).to.deep.equal([])
      })
  })
