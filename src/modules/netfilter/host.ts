import { type Script, sh } from '../../shell/script.ts'
import type { Manager as PackageManager } from '../packages/state.ts'
import { askHandMade } from './hand-made.ts'
import { type Sections, linesOf, said } from './sections.ts'

/** What every back-end needs to know of a host. */
export interface HostFacts {
  readonly root: boolean
  /** systemd is installed; `running`: it is this host's init now. */
  readonly systemd: boolean
  readonly running: boolean
  /** The host has an IPv6 stack. */
  readonly ipv6: boolean
  readonly packageManager: PackageManager | undefined
  readonly units: Readonly<Record<string, UnitState>>
  /** Chains of nftables that filter input, those that iptables made included. */
  readonly inputChains: readonly InputChain[]
  /** What somebody's following the recipe by hand left where iptables' own back-end does not look. */
  readonly handMade: readonly string[]
  /** Docker filters here, with chains that nftables can see. */
  readonly docker: boolean
  readonly sshPorts: readonly number[]
}

export interface InputChain {
  /** `inet filter` */
  readonly table: string
  readonly policy: string
}

export const madeByIptables = ({ table }: InputChain): boolean => /^ip6? (filter|mangle|nat|security|raw)$/.test(table)

export interface UnitState {
  readonly active: boolean
  readonly enabled: boolean
}

const services = ['firewalld', 'ferm', 'nftables', 'sallyport-netfilter', 'sallyport-nftables'].map(
  (name) => `${name}.service`,
)

/**
 * Sets `units`, which other parts of the probe read; so it comes first. systemd takes milliseconds for each unit it is
 * asked for, and more for one it has to load first. So only those are named that run or are enabled, by the links that
 * say so; before 236 it had none of those that run. For sockets it has none either: what sshd itself listens on is found
 * with it, so they matter where no sshd runs.
 */
export const askUnits: Script = sh`has() { command -v "$1" >/dev/null 2>&1; }
units=''
if has systemctl; then
  echo @systemd
  if [ -d /run/systemd/system ]; then
    echo @running
    set --
    for unit in ${services} ssh.socket sshd.socket; do
      for link in /run/systemd/units/invocation:"$unit" /etc/systemd/system/*.wants/"$unit" /etc/systemd/system/*.requires/"$unit"; do
        if [ -L "$link" ] || ! [ -d /run/systemd/units ]; then
          set -- "$@" "$unit"
          break
        fi
      done
    done
    if ! [ -L /run/systemd/units/invocation:ssh.service ] && ! [ -L /run/systemd/units/invocation:sshd.service ]; then
      set -- "$@" ssh.socket sshd.socket
    fi
    if [ $# != 0 ]; then
      units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p Listen -- "$@" 2>/dev/null)
    fi
  fi
fi
printf '@units\\n%s\\n' "$units"`

/** Reads `units` into `units_in`, NAME:ACTIVE:ENABLED of each, and `socket_ports`, on which they listen for sshd. */
export const sortUnits: Script = sh`newline='
'
units_in='' socket_ports='' blocks=$units old_ifs=$IFS
while [ -n "$blocks" ]; do
  block=\${blocks%%"$newline$newline"*}
  blocks=\${blocks#"$block"}
  blocks=\${blocks#"$newline$newline"}
  id='' active='' enabled='' listen=''
  IFS=$newline
  for line in $block; do
    case $line in
    Id=*) id=\${line#Id=} ;;
    ActiveState=active) active=yes ;;
    UnitFileState=enabled) enabled=yes ;;
    Listen=*' (Stream)')
      line=\${line% (Stream)}
      listen="$listen \${line##*:}"
      ;;
    esac
  done
  IFS=$old_ifs
  units_in="$units_in $id:$active:$enabled"
  if [ -n "$active$enabled" ]; then socket_ports="$socket_ports$listen"; fi
done`

/** Needs `ssh_ports`, one a word. */
export const askHost: Script = sh`if [ "$(id -u)" = 0 ]; then echo @root; fi
if [ -e /proc/net/if_inet6 ]; then echo @ipv6; fi
for manager in apt-get dnf yum zypper apk; do
  if has "$manager"; then
    printf '@packages %s\\n' "$manager"
    break
  fi
done
nft_chains=''
if has nft; then nft_chains=$(nft list chains 2>/dev/null); fi
printf '@nft-chains\\n%s\\n' "$nft_chains"
${askHandMade}
echo @ssh-ports
for port in $ssh_ports; do printf '%s\\n' "$port"; done`

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
    inputChains: readInputChains(linesOf(sections, 'nft-chains')),
    handMade: [...linesOf(sections, 'hand-made'), ...linesOf(sections, 'hand-made-legacy')],
    docker: linesOf(sections, 'nft-chains').some((line) => /^\s*chain DOCKER-USER \{|^table ip docker-/.test(line)),
    sshPorts: linesOf(sections, 'ssh-ports')
      .map(Number)
      .filter((port) => port > 0),
  }
}

/** From `nft list chains`. */
function readInputChains(lines: readonly string[]): InputChain[] {
  const chains: InputChain[] = []
  let table = ''
  for (const line of lines) {
    table = /^table (.*) \{/.exec(line)?.[1] ?? table
    if (/^\s*type .* hook input /.test(line)) chains.push({ table, policy: /policy (\w+)/.exec(line)?.[1] ?? 'accept' })
  }
  return chains
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
