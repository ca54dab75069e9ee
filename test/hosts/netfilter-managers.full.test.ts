import { inTurn } from '../support/turns.ts'
import { type Managed, throughManagers } from '../modules/netfilter/through-manager.ts'

type Manager = Omit<Managed, 'name' | 'suite'>

/** nftables.service as Debian ships it, with a table of somebody else. */
const nftables: Manager = {
  ...{ backend: 'nftables', packages: ['nftables'] },
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
  open: true,
  opens: ':',
  byHand: {
    script:
      'nft add chain inet mine DROP_LOGGING && nft add rule inet mine DROP_LOGGING log && nft insert rule inet mine input jump DROP_LOGGING',
    left: 'inet mine input: jump DROP_LOGGING',
    undo: `nft delete rule inet mine input handle $(nft -a list table inet mine | sed -n 's/.*jump DROP_LOGGING # handle //p')
nft delete chain inet mine DROP_LOGGING`,
  },
  ready: 'systemctl is-active nftables',
}

/** Every rule of both families without counters and dates, and none of ours; with `-legacy` where ferm takes that. */
const rules = (suffix: string) =>
  `for t in iptables ip6tables; do $t${suffix}-save | grep -vE '^#|SALLYPORT' | sed 's/ \\[.*//'; done`

const ufw: Manager = {
  ...{ backend: 'ufw', packages: ['ufw'] },
  prepare: 'ufw allow 22/tcp && ufw allow 2121/tcp && ufw --force enable',
  everything: `${rules('')}; cd /etc/ufw && sha256sum *.rules ufw.conf && stat -c "%n %a %u %g" *.rules; ls /etc/sallyport 2>&1; true`,
  others: rules(''),
  drift: [
    'iptables -D ufw-after-input -j SALLYPORT_IN',
    'ip6tables -F SALLYPORT_IN',
    "sed -i '/dports 80,8000/d' /etc/ufw/after.rules",
    'ufw reload; iptables -A SALLYPORT_LOG -j ACCEPT',
  ],
  open: false,
  opens: 'ufw default allow incoming',
  closes: 'ufw default deny incoming && ufw delete allow 22/tcp',
  byHand: {
    script: `sed -i '0,/^COMMIT/s//:DROP_LOGGING - [0:0]\\n-A ufw-after-input -j DROP_LOGGING\\n-A DROP_LOGGING -j LOG --log-prefix "IPTables\\/Dropped: "\\nCOMMIT/' /etc/ufw/after.rules && ufw reload`,
    left: 'iptables -A ufw-after-input -j DROP_LOGGING',
    undo: "sed -i '/DROP_LOGGING/d' /etc/ufw/after.rules && ufw reload && iptables -F DROP_LOGGING && iptables -X DROP_LOGGING",
  },
  ready: 'systemctl is-active ufw && iptables -C ufw-after-input -j SALLYPORT_IN',
}

const ferm: Manager = {
  ...{ backend: 'ferm', packages: ['ferm'] },
  // Left to itself it lets all of ICMP in, before ours.
  prepare: "sed -i '/proto icmp ACCEPT/d' /etc/ferm/ferm.conf && systemctl restart ferm",
  everything: `${rules('-legacy')}; cat /etc/ferm/ferm.conf; ls -l /etc/ferm/ferm.d; ls /etc/sallyport 2>&1; true`,
  others: rules('-legacy'),
  drift: [
    'iptables-legacy -D INPUT -j SALLYPORT_IN',
    'ip6tables-legacy -F SALLYPORT_IN',
    "sed -i '/8000/d' /etc/ferm/ferm.d/sallyport.ferm",
    'systemctl reload ferm; iptables-legacy -A SALLYPORT_LOG -j ACCEPT',
  ],
  open: false,
  opens: "sed -i 's/policy DROP/policy ACCEPT/' /etc/ferm/ferm.conf && systemctl reload ferm",
  closes:
    "sed -i '/chain INPUT/,/policy/s/policy ACCEPT/policy DROP/; /dport ssh/d' /etc/ferm/ferm.conf && systemctl reload ferm",
  byHand: {
    script: `printf "table filter {\n chain INPUT jump DROP_LOGGING;\n chain DROP_LOGGING LOG log-prefix 'IPTables/Dropped: ';\n}\n" >/etc/ferm/ferm.d/hand.ferm && systemctl reload ferm`,
    left: 'iptables -A INPUT -j DROP_LOGGING',
    undo: 'rm /etc/ferm/ferm.d/hand.ferm && systemctl reload ferm',
  },
  ready: 'systemctl is-active ferm',
}

const zones = `firewall-cmd --list-all-zones | sort; firewall-cmd --permanent --list-all-zones | sort`

const firewalld: Manager = {
  ...{ backend: 'firewalld', packages: ['firewalld', 'iptables', 'nftables'] },
  prepare: `systemctl start firewalld && firewall-cmd -q --permanent --add-port=2121/tcp && firewall-cmd -q --reload
firewall-cmd -q --zone=public --add-rich-rule='rule priority="100" family="ipv4" source address="192.0.2.1" accept'
firewall-cmd -q --permanent --zone=public --add-rich-rule='rule priority="100" family="ipv4" source address="192.0.2.1" accept'`,
  everything: `${zones}; nft -s list table inet firewalld; cd /etc/firewalld/zones && stat -c "%n %a %u %g" *.xml && cat *.xml; ls /etc/sallyport 2>&1; true`,
  others: `{ ${zones}; } | grep -v 'priority="322'`,
  drift: [
    `firewall-cmd -q --zone=public --remove-rich-rule='rule priority="32289" port port="80" protocol="tcp" accept'`,
    `firewall-cmd -q --permanent --zone=public --remove-rich-rule='rule priority="32289" port port="80" protocol="tcp" accept'`,
    `firewall-cmd -q --zone=public --add-rich-rule='rule priority="32250" port port="3306" protocol="tcp" accept'`,
    `systemctl restart firewalld; firewall-cmd -q --zone=public --add-rich-rule='rule priority="32289" port port="7999" protocol="tcp" accept'`,
  ],
  open: false,
  opens: 'firewall-cmd -q --permanent --zone=public --set-target=ACCEPT && firewall-cmd -q --reload',
  closes:
    'firewall-cmd -q --permanent --zone=public --set-target=default && firewall-cmd -q --permanent --zone=public --remove-service=ssh; firewall-cmd -q --reload',
  byHand: {
    script: `firewall-cmd -q --direct --add-chain ipv4 filter DROP_LOGGING
firewall-cmd -q --direct --add-rule ipv4 filter DROP_LOGGING 0 -j LOG --log-prefix 'IPTables/Dropped: '
firewall-cmd -q --direct --add-rule ipv4 filter INPUT 99 -j DROP_LOGGING`,
    left: 'ip filter INPUT: counter jump DROP_LOGGING',
    undo: `firewall-cmd -q --direct --remove-rules ipv4 filter INPUT
firewall-cmd -q --direct --remove-rules ipv4 filter DROP_LOGGING; firewall-cmd -q --direct --remove-chain ipv4 filter DROP_LOGGING`,
  },
  ready: 'firewall-cmd -q --state',
}

const suites = { bullseye: '11', bookworm: '12', trixie: '13' } as const

const all = [nftables, firewalld, ufw, ferm].flatMap((manager) =>
  Object.entries(suites).map(([suite, version]) => ({ manager, suite: suite as Managed['suite'], version })),
)

// By fours: each turn has three managers, each on another Debian.
for (const { manager, suite, version } of inTurn(all, 4))
  describe(`netfilter through ${manager.backend} on ${suite}`, function () {
    this.timeout(600_000)
    const name = `${manager.backend.slice(0, 4)}${version}`
    throughManagers([{ ...manager, suite, name }])
  })
