import { expect } from 'chai'
import type { ChildProcess } from 'node:child_process'
import { shippedIcmpTypes } from '../../../src/modules/netfilter/firewalld/places.ts'
import { richRules, unspeakable } from '../../../src/modules/netfilter/firewalld/rules.ts'
import { fermDomain } from '../../../src/modules/netfilter/iptables/ferm.ts'
import { families } from '../../../src/modules/netfilter/intent.ts'
import { wishOf } from '../../../src/modules/netfilter/wish.ts'
import { sh } from '../../../src/shell/script.ts'
import type { Suite } from '../../lab/lab.ts'
import { until } from '../../lab/poll.ts'
import { type Box, module, type Variant } from './box.ts'

/** A way to have the rules in force in a bare namespace. */
export interface FrontEnd {
  readonly name: string
  readonly variant: Variant
  /** Daemons that it lives by. */
  readonly start?: (box: Box) => Promise<ChildProcess[]>
  /** Puts it in charge; by itself it lets everything in. */
  readonly prepare: string
  /** What it cannot say there, and why. */
  readonly cannot?: Readonly<Partial<Record<Suite, Readonly<Partial<Record<string, string>>>>>>
  /** Gives why this version of it cannot say such a thing. */
  readonly load: (box: Box, args: object) => Promise<string | undefined>
}

/** Through the module, twice: the second time there is nothing to change. */
const converge =
  (backend: string) =>
  async (box: Box, args: object): Promise<undefined> => {
    const { plan, again } = await box.converge({ ...args, backend })
    expect(plan.changes).not.to.deep.equal([])
    expect(again.changes).to.deep.equal([])
  }

/** Its service is what shows that it is in charge, so here its file is written as the module would, and loaded. */
async function throughFerm(box: Box, args: object): Promise<undefined> {
  const wish = wishOf(module.args.parse(args))
  const text = families.map((family) => fermDomain(wish, family, [22])).join('')
  await box.text(sh`printf %s ${text} >/etc/ferm/ferm.d/sallyport.ferm && ferm /etc/ferm/ferm.conf`)
}

const target = 'ACCEPT'

async function startFirewalld(box: Box): Promise<ChildProcess[]> {
  await box.text('mkdir -p /run/dbus')
  const bus = box.spawn(['dbus-daemon', '--system', '--nofork', '--nopidfile'])
  await until('the bus', 10_000, async () => (await box.run('[ -S /run/dbus/system_bus_socket ]')).code === 0)
  const daemon = box.spawn(['firewalld', '--nofork', '--nopid'])
  await until('firewalld', 30_000, async () => (await box.run('firewall-cmd --state')).code === 0)
  return [bus, daemon]
}

/** As with ferm: its service is what shows that it is in charge. In the order in which the module brings them. */
async function throughFirewalld(box: Box, args: object): Promise<string | undefined> {
  const version = (await box.text('firewall-cmd --version')).trim().split('.').map(Number)
  const [major = 0, minor = 0, patch = 0] = version
  const listenerTypes = (await box.run(sh`[ -e ${`${shippedIcmpTypes}/mld-listener-query.xml`} ]`)).code === 0
  const dialect = { version: [major, minor, patch] as const, listenerTypes, target }
  const { intent } = wishOf(module.args.parse(args))
  const refused = unspeakable(intent, dialect)
  if (refused !== undefined) return refused
  await box.text('firewall-cmd --reload')
  const rules = richRules(intent, dialect, [22]).map((rule) => `--add-rich-rule=${rule}`)
  await box.text(sh`firewall-cmd --zone=public ${rules}`)
  return undefined
}

export const frontEnds: readonly FrontEnd[] = [
  { name: 'iptables (nft)', variant: 'nft', prepare: ':', load: converge('iptables') },
  { name: 'iptables (legacy)', variant: 'legacy', prepare: ':', load: converge('iptables') },
  { name: 'nftables', variant: 'nft', prepare: ':', load: converge('nftables') },
  {
    name: 'UFW',
    variant: 'nft',
    prepare: 'ufw default allow incoming && ufw default allow routed && ufw --force enable',
    load: converge('auto'),
  },
  {
    name: 'ferm',
    variant: 'nft',
    // By itself it lets all of ICMP in, before ours.
    prepare:
      "sed -i 's/policy DROP/policy ACCEPT/; /proto icmp ACCEPT/d' /etc/ferm/ferm.conf && ferm /etc/ferm/ferm.conf",
    load: throughFerm,
  },
  {
    name: 'firewalld',
    variant: 'nft',
    start: startFirewalld,
    prepare: `firewall-cmd --permanent --zone=public --set-target=${target} && firewall-cmd --reload`,
    load: throughFirewalld,
    cannot: {
      bullseye: { NFLOG: 'firewalld 0.9.3 has no NFLOG (it came with 1.2): say log_target: LOG for this host' },
    },
  },
]

/** All in one disk; none of them runs there by itself. */
export const frontEndPackages = ['ferm', 'firewalld', 'iptables', 'nftables', 'ufw', 'ulogd2']
