import { expect } from 'chai'
import { plan, readState } from '../../../src/modules/netfilter/host-rules.ts'
import { module } from './box.ts'

const args = { backend: 'nftables', allowed_tcp_ports: [80, '8000:8100'], allowed_udp_ports: [53] }
const file = '/etc/sallyport/netfilter.nft'

describe('netfilter beside nftables.service', () => {
  const configuration = '#!/usr/sbin/nft -f\n\nflush ruleset\n'
  const include = `\n# Rules of Sallyport: it puts these two lines here, and takes them away again.\ninclude "${file}"\n`
  const seen = (text: string, more = '') =>
    readState(`@charge nftables nftables
nftables.service is enabled
@looked nftables
@root
@systemd
@running
@nft-tool
@ssh-ports
22
@units
Id=nftables.service
ActiveState=active
UnitFileState=enabled
@nft-configuration 755 0 0 ${text.length}
${text.replace(/^/gm, ' ')}
@nft-configuration-path
/etc/nftables.conf
${more}`)
  const parsed = (more: object) => module.args.parse({ ...args, ...more })

  it('is loaded by it, and by no unit of our own', () => {
    const { changes } = plan(parsed({}), seen(configuration))
    expect(changes.map((change) => change.what)).to.deep.equal([
      'nftables: create table inet sallyport with 11 rules',
      `write ${file}`,
      '/etc/nftables.conf: content',
    ])
    expect(changes[2]?.diff?.after).to.equal(configuration + include)
  })

  for (const [name, text] of [
    ['as it was', configuration],
    ['with what was written meanwhile', `${configuration}table ip mine { }\n`],
  ] as const)
    it(`leaves the configuration ${name}`, () => {
      const now = text.replace(configuration, configuration + include)
      const { changes } = plan(parsed({ state: 'absent' }), seen(now))
      expect(changes.map((change) => change.diff?.after)).to.deep.equal([text])
    })
})
