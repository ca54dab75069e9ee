import { expect } from 'chai'
import { law } from '../../../fixtures/modules/netfilter/law.ts'
import { shells } from '../../../support/modules.ts'
import { Box, module, type Variant } from '../box.ts'

/** The fixture that the law suite runs on hosts, in bare namespaces and with both variants of iptables. */
export function lawsSuite(variant: Variant): void {
  for (const { name, args, arrange, drift } of law.cases)
    describe(`netfilter laws (${variant}): ${name}`, function () {
      this.timeout(120_000)
      let box: Box
      beforeEach(async () => void (box = await Box.open(variant)))
      afterEach(() => box.close())

      arrange.forEach((script, index) => {
        const shell = Object.keys(shells)[index % 3]
        it(`converges from start state ${index} (${shell})`, async () => {
          await box.text(`:\n${script}`)
          expect((await box.converge(args, shell)).again.changes).to.deep.equal([])
        })
      })

      it('sees every drift and brings the host back', async () => {
        await box.converge(args)
        for (const { what, script } of drift) {
          await box.text(script)
          const { plan, again } = await box.converge(args)
          expect(plan.changes, what).not.to.deep.equal([])
          expect(again.changes, what).to.deep.equal([])
        }
      })

      it('probes without changing anything', async () => {
        await box.converge(args)
        const parsed = module.args.parse(args)
        const look = `${fileList}; for t in iptables ip6tables; do $t-save -c; done | grep -v '^#'; nft list ruleset; cat /proc/net/*_tables_names; ls -la /run`
        const before = await box.text(look)
        await box.probe(parsed)
        expect(await box.text(look)).to.equal(before)
      })

      it('probes a root that is mounted read-only, and makes no table where there is none', async () => {
        const parsed = module.args.parse(args)
        const before = await box.probe(parsed)
        // With "bind" the flag is this namespace's own; the machine's root stays as it is.
        await box.text('for mount in / /etc /run; do mount -o remount,ro,bind $mount; done')
        const tables = await box.text('cat /proc/net/*_tables_names; nft list ruleset')
        const step = await box.run(module.probe(parsed))
        expect(step.stderr.toString()).to.equal('')
        expect(module.parse(step.stdout.toString(), parsed).found).to.deep.equal(before.found)
        expect(await box.text('cat /proc/net/*_tables_names; nft list ruleset')).to.equal(tables)
      })
    })
}

const fileList = `find /etc /run -type f -exec sha256sum {} + | sort; find /etc /run -printf '%p %m %T@\\n' | sort`
