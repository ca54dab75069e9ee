import { expect } from 'chai'
import { printedRate } from '../../../src/modules/netfilter/rate.ts'
import { lines, sh } from '../../../src/shell/script.ts'
import { shells } from '../../support/modules.ts'
import { Box, bothVariants, module, what } from './box.ts'

const rates = ['60/minute', '1/second', '100/hour', '90/minute', '7/day', '120/minute', '48/day', '9999/second'].concat(
  ['1000/minute', '13/hour', '7200/hour'],
)

for (const variant of bothVariants) {
  describe(`netfilter on iptables (${variant})`, function () {
    this.timeout(120_000)
    let box: Box
    beforeEach(async () => void (box = await Box.open(variant)))
    afterEach(() => box.close())

    for (const shell of Object.keys(shells)) {
      it(`converges under ${shell}, and absent leaves nothing`, async () => {
        const before = await box.text('find /etc -newer /run | sort')
        const { plan, again } = await box.converge({}, shell)
        expect(what(plan)).to.deep.equal([
          'iptables: create SALLYPORT_IN with 9 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
          'ip6tables: create SALLYPORT_IN with 19 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
          'write /etc/sallyport/netfilter.v4',
          'write /etc/sallyport/netfilter.v6',
          'write /etc/systemd/system/sallyport-netfilter.service',
          'enable sallyport-netfilter.service',
        ])
        expect(plan.warnings).to.deep.equal([])
        expect(again).to.deep.include({ changes: [], warnings: [] })
        const gone = await box.converge({ state: 'absent' }, shell)
        expect(gone.again.changes).to.deep.equal([])
        expect(await box.rules()).not.to.match(/SALLYPORT|-A/)
        expect(await box.text('ls -A /etc/sallyport 2>&1; find /etc -newer /run ! -type d | sort; true'))
          .to.contain('No such file')
          .and.not.contain('sallyport-netfilter')
        expect(before).to.contain('/etc')
      })
    }

    it('loads the wish nowhere while the live rules are those very words, and does when they are not', async () => {
      await box.converge()
      const args = module.args.parse({})
      const look = async () => {
        const step = await box.run(
          lines(sh`exec 3>&2; unshare() { echo asked >&3; command unshare "$@"; }`, module.probe(args)),
        )
        return [step.stderr.toString(), what(module.plan(args, module.parse(step.stdout.toString(), args)))]
      }
      expect(await look()).to.deep.equal(['', []])
      // The same rules in another order.
      await box.text('iptables -D SALLYPORT_IN 1; iptables -A SALLYPORT_IN -i lo -j ACCEPT')
      const [asked, changes] = await look()
      expect(asked).to.equal('asked\n')
      expect(changes).to.have.length(1)
    })

    it('knows how the tool prints a rate', async () => {
      const text = rates.map((rate) => `-A INPUT -m limit --limit ${rate} -j ACCEPT\n`).join('')
      const dump = await box.text(
        sh`printf %s ${`*filter\n${text}COMMIT\n`} | iptables-restore; iptables-save -t filter`,
      )
      const printed = [...dump.matchAll(/ --limit (\S+)/g)].map((match) => match[1])
      expect(rates.map(printedRate)).to.deep.equal(printed)
    })
  })
}
