import { legacy, netfilterOnHosts } from '../modules/netfilter/on-hosts.ts'

describe('netfilter on real hosts', function () {
  this.timeout(300_000)
  netfilterOnHosts([
    { name: 'nf13', suite: 'trixie', variant: /v1\.8\.11 \(nf_tables\)/, installs: true, user: 'sudo' },
    {
      name: 'nf11',
      suite: 'bullseye',
      packages: ['iptables'],
      prepare: legacy,
      variant: /v1\.8\.7 \(legacy\)/,
      installs: false,
      user: 'root',
    },
  ])
})
