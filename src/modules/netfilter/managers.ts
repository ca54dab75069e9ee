import { type Script, sh } from '../../shell/script.ts'
import type { Manager as PackageManager } from '../packages/state.ts'
import { type Sections, linesOf, said } from './sections.ts'

/** Who else rules over this host's packet filter, and what this host offers to live on beside them. */
export interface HostFacts {
  readonly root: boolean
  /** systemd is installed; `running`: it is this host's init now. */
  readonly systemd: boolean
  readonly running: boolean
  /** The host has an IPv6 stack. */
  readonly ipv6: boolean
  readonly packageManager: PackageManager | undefined
  readonly units: Readonly<Record<string, UnitState>>
  readonly ufwEnabled: boolean
  /** Tables of nftables, not made by iptables, that filter input. */
  readonly inputTables: readonly string[]
  readonly sshPorts: readonly number[]
}

export interface UnitState {
  readonly active: boolean
  readonly enabled: boolean
}

export interface Manager {
  readonly name: 'firewalld' | 'ufw' | 'ferm' | 'nftables'
  /** How one sees that it is in charge. */
  readonly because: string
}

/** Sets `units`, which other parts of the probe read; so it comes first. */
export const askUnits: Script = sh`has() { command -v "$1" >/dev/null 2>&1; }
units=''
if has systemctl; then
  echo @systemd
  if [ -d /run/systemd/system ]; then
    echo @running
    units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p Listen \\
      firewalld.service ufw.service ferm.service nftables.service netfilter-persistent.service iptables.service \\
      ssh.socket sshd.socket sallyport-netfilter.service 2>/dev/null)
  fi
fi
printf '@units\\n%s\\n' "$units"`

/** Needs `ssh_ports`. */
export const askHost: Script = sh`if [ "$(id -u)" = 0 ]; then echo @root; fi
if [ -e /proc/net/if_inet6 ]; then echo @ipv6; fi
for manager in apt-get dnf yum zypper apk; do
  if has "$manager"; then
    printf '@packages %s\\n' "$manager"
    break
  fi
done
if has ufw && grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then echo @ufw; fi
echo @nft-chains
if has nft; then nft list chains 2>/dev/null; fi
printf '@ssh-ports\\n%s\\n' "$ssh_ports"`

const packageManagers: Readonly<Record<string, PackageManager>> = {
  'apt-get': 'apt',
  dnf: 'dnf',
  yum: 'yum',
  zypper: 'zypper',
  apk: 'apk',
}

export function readHost(sections: Sections): HostFacts {
  return {
    root: said(sections, 'root'),
    systemd: said(sections, 'systemd'),
    running: said(sections, 'running'),
    ipv6: said(sections, 'ipv6'),
    packageManager: packageManagers[sections.get('packages')?.attributes[0] ?? ''],
    units: readUnits(sections.get('units')?.lines ?? []),
    ufwEnabled: said(sections, 'ufw'),
    inputTables: readInputTables(linesOf(sections, 'nft-chains')),
    sshPorts: linesOf(sections, 'ssh-ports')
      .map(Number)
      .filter((port) => port > 0),
  }
}

/** Tables that hook input, from `nft list chains`; without those that iptables itself makes where it is the nft variant. */
function readInputTables(lines: readonly string[]): string[] {
  const tables = new Set<string>()
  let table = ''
  for (const line of lines) {
    table = /^table (.*) \{/.exec(line)?.[1] ?? table
    if (/^\s*type .* hook input /.test(line)) tables.add(table)
  }
  return [...tables].filter((name) => !/^ip6? (filter|mangle|nat|security|raw)$/.test(name))
}

/** Blocks of `Key=value` lines, one unit each, an empty line between; the order of the keys is systemd's own. */
function readUnits(lines: readonly string[]): Record<string, UnitState> {
  const units: Record<string, UnitState> = {}
  for (const block of lines.join('\n').split('\n\n')) {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1]
    const id = value('Id')
    if (id) units[id] = { active: value('ActiveState') === 'active', enabled: value('UnitFileState') === 'enabled' }
  }
  return units
}

/** The managers that rewrite the rules on their own terms: whoever writes beside them loses. */
export function managersInCharge(host: HostFacts): Manager[] {
  const managers: Manager[] = []
  const unit = (name: string) => host.units[`${name}.service`]
  if (unit('firewalld')?.active) managers.push({ name: 'firewalld', because: 'firewalld.service is active' })
  if (host.ufwEnabled) managers.push({ name: 'ufw', because: 'ENABLED=yes in /etc/ufw/ufw.conf' })
  if (unit('ferm')?.active) managers.push({ name: 'ferm', because: 'ferm.service is active' })
  const nftables = unit('nftables')
  if (nftables?.active) managers.push({ name: 'nftables', because: 'nftables.service is active' })
  else if (nftables?.enabled) managers.push({ name: 'nftables', because: 'nftables.service is enabled' })
  return managers
}
