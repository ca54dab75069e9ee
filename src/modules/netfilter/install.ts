import type { Script } from '../../shell/script.ts'
import { applyPackages } from '../packages/apply.ts'
import { parseSpec } from '../packages/spec.ts'
import type { Manager } from '../packages/state.ts'

/** The package that brings iptables bears this name with every manager (dnf resolves it to iptables-nft). */
export const firewallPackage = 'iptables'

/** Packages that bring an iptables of their own accord. */
export const bringsIptables: readonly string[] = [
  ...['iptables', 'iptables-nft', 'iptables-legacy', 'iptables-services', 'iptables-persistent'],
]

export const installScript = (manager: Manager): Script =>
  applyPackages({ specs: [parseSpec(firewallPackage)], want: 'present' }, { manager, listsKnown: true, packages: {} })
    .script
