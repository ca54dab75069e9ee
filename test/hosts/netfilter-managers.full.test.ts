import { type Managed, throughManagers } from '../modules/netfilter/through-manager.ts'

/** nftables.service as Debian ships it, with a table of somebody else. */
const nftables = (name: string, suite: Managed['suite']): Managed => ({
  ...{ name, suite, backend: 'nftables', packages: ['nftables'] },
  prepare: `printf 'table inet mine {\\n\\tchain input {\\n\\t\\ttype filter hook input priority 10; policy accept;\\n\\t\\ttcp dport 23 counter drop\\n\\t}\\n}\\n' >>/etc/nftables.conf
systemctl enable -q --now nftables`,
  everything:
    'nft -s list ruleset; cat /etc/nftables.conf; stat -c "%a %u %g" /etc/nftables.conf; ls /etc/sallyport 2>&1; true',
  others: 'nft -s list table inet mine; nft -s list tables | grep -v sallyport',
  drift: [
    'nft flush table inet sallyport',
    'nft insert rule inet sallyport SALLYPORT_IN tcp dport 3306 accept',
    "sed -i '/sallyport/d' /etc/nftables.conf",
    'nft -f /etc/nftables.conf; nft delete table inet sallyport',
  ],
  ready: 'systemctl is-active nftables',
})

describe('netfilter through the manager in charge', function () {
  this.timeout(300_000)
  throughManagers([nftables('mn11', 'bullseye'), nftables('mn12', 'bookworm'), nftables('mn13', 'trixie')])
})
