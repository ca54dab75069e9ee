import type { Value } from '../../source/value.ts'
import { distributionFacts } from './distribution.ts'
import { assignments, first, type Sections } from './sections.ts'

/** Who and what the host is: Ansible's subset `min`. */
export const platformQuestions: Readonly<Record<string, string>> = {
  system: 'uname -s',
  nodename: 'uname -n',
  kernel: 'uname -r',
  kernel_version: 'uname -v',
  machine: 'uname -m',
  // The hosts file first: a resolver that is out of reach would take ten seconds to say so.
  fqdn: `_n=$(uname -n); _q=$(awk -v n="$_n" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == n) { print $2; exit } }' /etc/hosts)
if [ -n "$_q" ]; then printf '%s\\n' "$_q"; elif command -v timeout >/dev/null; then timeout 5 hostname -f; fi`,
  bits: 'getconf LONG_BIT',
  machine_id: 'cat /etc/machine-id || cat /var/lib/dbus/machine-id',
  os_release: 'cat /etc/os-release || cat /usr/lib/os-release',
  debian_version: 'cat /etc/debian_version',
  redhat_release: 'cat /etc/redhat-release',
  alpine_release: 'cat /etc/alpine-release',
  user: 'id -un; id -u; id -g; id -ru; id -rg; getent passwd "$(id -u)" || awk -F: -v u="$(id -u)" \'$3 == u\' /etc/passwd',
  env: "env -0 | tr '\\n\\000' '\\001\\n'",
  date: "date '+%Y-%m-%dT%H:%M:%S %s %Z %z %A %w %W'; date -u '+%Y-%m-%dT%H:%M:%S %N'",
  uptime: 'cat /proc/uptime',
  loadavg: 'cat /proc/loadavg',
  cmdline: 'cat /proc/cmdline',
  resolv: 'cat /etc/resolv.conf',
  init: 'cat /proc/1/comm; ls -d /run/systemd/system /run/openrc /sbin/openrc /etc/init.d /sbin/procd',
  managers: 'for _m in apt-get dnf5 dnf yum zypper apk pacman xbps-install emerge; do command -v $_m; done',
  selinux: 'cat /sys/fs/selinux/enforce; cat /sys/fs/selinux/policyvers; cat /etc/selinux/config',
  selinux_on: '[ ! -d /sys/fs/selinux ] || ls /sys/fs/selinux/enforce',
  apparmor: 'ls -d /sys/kernel/security/apparmor',
  fips: 'cat /proc/sys/crypto/fips_enabled',
  chroot: 'stat -c %d:%i / /proc/1/root/.',
  ssh_keys: 'for _f in /etc/ssh/ssh_host_*_key.pub; do printf "%s " "$_f"; cat "$_f"; done',
}

export function platformFacts(sections: Sections): Record<string, Value> {
  const nodename = first(sections, 'nodename')
  const fqdn = first(sections, 'fqdn') || nodename
  const machine = first(sections, 'machine')
  const bits = first(sections, 'bits')
  const distribution = distributionFacts({
    release: assignments(sections.get('os_release')),
    debianVersion: first(sections, 'debian_version'),
    redhatRelease: first(sections, 'redhat_release'),
    alpineRelease: first(sections, 'alpine_release'),
    kernel: first(sections, 'kernel'),
  })
  return {
    system: first(sections, 'system'),
    kernel: first(sections, 'kernel'),
    kernel_version: first(sections, 'kernel_version'),
    machine,
    architecture: /^i[3-6]86$/.test(machine) ? 'i386' : machine,
    userspace_bits: bits,
    userspace_architecture: bits === '32' && machine === 'x86_64' ? 'i386' : machine,
    nodename,
    hostname: nodename.split('.')[0] ?? '',
    fqdn,
    domain: fqdn.split('.').slice(1).join('.'),
    machine_id: first(sections, 'machine_id'),
    ...distribution,
    ...userFacts(sections.get('user') ?? []),
    env: environment(sections.get('env') ?? []),
    date_time: dateTime(sections.get('date') ?? []),
    uptime_seconds: Math.floor(Number(first(sections, 'uptime').split(' ')[0] ?? 0)),
    loadavg: loads(first(sections, 'loadavg')),
    cmdline: kernelArguments(first(sections, 'cmdline')),
    proc_cmdline: kernelArguments(first(sections, 'cmdline')),
    dns: resolver(sections.get('resolv') ?? []),
    service_mgr: serviceManager(sections.get('init') ?? []),
    pkg_mgr: packageManager(sections.get('managers') ?? [], distribution['os_family']),
    selinux: selinux(sections),
    apparmor: { status: first(sections, 'apparmor') === '' ? 'disabled' : 'enabled' },
    fips: first(sections, 'fips') === '1',
    is_chroot: new Set(sections.get('chroot') ?? []).size > 1,
    ...hostKeys(sections.get('ssh_keys') ?? []),
  }
}

function userFacts([name = '', uid = '0', gid = '0', realUid = '0', realGid = '0', entry = '']: readonly string[]) {
  const [, , , group = gid, gecos = '', home = '', shell = ''] = entry.split(':')
  return {
    user_id: name,
    user_uid: Number(uid),
    user_gid: Number(group),
    user_gecos: gecos,
    user_dir: home,
    user_shell: shell,
    effective_user_id: Number(uid),
    effective_group_id: Number(gid),
    real_user_id: Number(realUid),
    real_group_id: Number(realGid),
  }
}

/** Line breaks in values travel as \\x01; what the session itself sets is none of the user's. */
function environment(rows: readonly string[]): Record<string, Value> {
  const pairs = rows.flatMap((row) => {
    const at = row.indexOf('=')
    const name = row.slice(0, at)
    if (at <= 0 || name.startsWith('_sp')) return []
    return [[name, row.slice(at + 1).replaceAll('\x01', '\n')] as const]
  })
  return Object.fromEntries(pairs)
}

function dateTime([local = '', utc = '']: readonly string[]): Record<string, Value> {
  const [stamp = '', epoch = '', zone = '', offset = '', weekday = '', weekdayNumber = '', week = ''] = local.split(' ')
  const [date = '', time = ''] = stamp.split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const [hour = '', minute = '', second = ''] = time.split(':')
  const [utcStamp = '', nanos = ''] = utc.split(' ')
  const micros = /^\d+$/.test(nanos) ? nanos.slice(0, 6) : '000000'
  const basic = stamp.replace(/[-:]/g, '')
  return {
    year,
    month,
    weekday,
    weekday_number: weekdayNumber,
    weeknumber: week,
    day,
    hour,
    minute,
    second,
    epoch,
    epoch_int: epoch,
    date,
    time,
    iso8601_micro: `${utcStamp}.${micros}Z`,
    iso8601: `${utcStamp}Z`,
    iso8601_basic: `${basic}${micros}`,
    iso8601_basic_short: basic,
    tz: zone,
    tz_offset: offset,
  }
}

function loads(line: string): Record<string, Value> {
  const [one, five, fifteen] = line.split(' ').map(Number)
  return { '1m': one ?? 0, '5m': five ?? 0, '15m': fifteen ?? 0 }
}

function kernelArguments(line: string): Record<string, string | true> {
  const words = line.split(/\s+/).filter((word) => word !== '')
  const pairs = words.map((word): [string, string | true] => {
    const at = word.indexOf('=')
    return at < 0 ? [word, true] : [word.slice(0, at), word.slice(at + 1)]
  })
  return Object.fromEntries(pairs)
}

function resolver(rows: readonly string[]): Record<string, Value> {
  const facts: Record<string, Value> = {}
  const nameservers: string[] = []
  for (const row of rows) {
    const [word = '', ...values] = row
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (word === 'nameserver') nameservers.push(...values)
    if (word === 'domain') facts['domain'] = values[0] ?? ''
    if (word === 'search') facts['search'] = values
  }
  return { ...facts, ...(nameservers.length > 0 && { nameservers }) }
}

function serviceManager([comm = '', ...paths]: readonly string[]): string {
  if (paths.includes('/run/systemd/system')) return 'systemd'
  if (paths.includes('/run/openrc') || paths.includes('/sbin/openrc')) return 'openrc'
  if (paths.includes('/sbin/procd')) return 'openwrt_init'
  if (comm !== '' && comm !== 'init' && !/sh$/.test(comm)) return comm
  return paths.includes('/etc/init.d') ? 'sysvinit' : 'service'
}

const managerNames: Readonly<Record<string, string>> = { 'apt-get': 'apt', 'xbps-install': 'xbps', emerge: 'portage' }
const familyManagers: Readonly<Record<string, readonly string[]>> = {
  Debian: ['apt'],
  RedHat: ['dnf5', 'dnf', 'yum'],
  Suse: ['zypper'],
  Alpine: ['apk'],
}

function packageManager(paths: readonly string[], family: Value | undefined): string {
  const found = paths.map((path) => path.split('/').at(-1) ?? '').map((name) => managerNames[name] ?? name)
  const own = (typeof family === 'string' ? familyManagers[family] : undefined)?.find((name) => found.includes(name))
  return own ?? found[0] ?? 'unknown'
}

function selinux(sections: Sections): Record<string, Value> {
  const rows = sections.get('selinux') ?? []
  const config = assignments(rows)
  if (first(sections, 'selinux_on') === '') return { status: 'disabled' }
  const numbers = rows.filter((row) => /^\d+$/.test(row))
  return {
    status: 'enabled',
    mode: numbers[0] === '1' ? 'enforcing' : 'permissive',
    policyvers: Number(numbers[1] ?? 0),
    config_mode: config['SELINUX'] ?? 'unknown',
    type: config['SELINUXTYPE'] ?? 'unknown',
  }
}

function hostKeys(rows: readonly string[]): Record<string, Value> {
  const facts: Record<string, Value> = {}
  for (const row of rows) {
    const [path = '', keyType = '', key = ''] = row.split(' ')
    const kind = /ssh_host_([a-z0-9]+)_key\.pub$/.exec(path)?.[1]
    if (kind === undefined || key === '') continue
    facts[`ssh_host_key_${kind}_public`] = key
    facts[`ssh_host_key_${kind}_public_keytype`] = keyType
  }
  return facts
}
