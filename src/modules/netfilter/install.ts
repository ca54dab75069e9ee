import type { Script } from '../../shell/script.ts'
import type { Effects } from '../effects.ts'
import { applyPackages } from '../packages/apply.ts'
import { parseSpec } from '../packages/spec.ts'
import type { BackendName } from './backend.ts'
import type { HostFacts } from './host.ts'

/** The package that brings the tool bears this name with every manager (dnf resolves iptables to iptables-nft). */
export const packageOf = { iptables: 'iptables', nftables: 'nftables' } as const satisfies Partial<
  Record<BackendName, string>
>

export type Installable = keyof typeof packageOf

/** Packages that bring an iptables of their own accord. */
const bringsIptables = ['iptables', 'iptables-nft', 'iptables-legacy', 'iptables-services', 'iptables-persistent']
const brings: Readonly<Record<Installable, readonly string[]>> = { iptables: bringsIptables, nftables: ['nftables'] }

/** An earlier task of this check run brings the tool. */
export const comes = (name: Installable, effects: Effects): boolean =>
  brings[name].some((one) => effects.packages?.[one]?.state === 'installed')

/** undefined where this host has no package manager that is known here. */
export function installScript(name: Installable, { packageManager: manager }: HostFacts): Script | undefined {
  if (!manager) return undefined
  return applyPackages(
    { specs: [parseSpec(packageOf[name])], want: 'present' },
    { manager, listsKnown: true, packages: {} },
  ).script
}

export const packageEffects = (name: Installable | undefined, { packageManager: manager }: HostFacts): Effects =>
  name === undefined || !manager ? {} : { packages: { [packageOf[name]]: { state: 'installed', manager } } }

export const cannotInstall = (name: Installable): string =>
  `this host has neither ${packageOf[name]} nor a package manager that is known here (apt, dnf, yum, zypper, apk): install ${packageOf[name]} by hand`
