import { expect } from 'chai'
import fc from 'fast-check'
import { sh } from '../../../../src/shell/script.ts'
import { Box, type Extent, type Variant } from '../box.ts'
import { goldens, render } from '../goldens.ts'

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

export function hostToolSuite(variant: Variant, extent: Extent): void {
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
        { numRuns: extent === 'whole' ? 25 : 5, endOnFailure: true },
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
}

export function withoutNamespacesSuite(variant: Variant): void {
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
      // Word for word what was wished: there is nothing to compare.
      expect(again.warnings).to.deep.equal([])
      await box.text('iptables -I SALLYPORT_IN 3 -p tcp --dport 3306 -j ACCEPT')
      expect((await box.plan({ log_level: 'notice' })).warnings).to.deep.equal([
        'iptables: no network namespace to be had here, so the order of the rules is not compared',
      ])
      await box.converge({ log_level: 'notice' })
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
}
