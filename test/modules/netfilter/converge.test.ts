import { expect } from 'chai'
import { shells } from '../../support/modules.ts'
import { Box, bothVariants, what } from './box.ts'

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
  })
}
