import { run } from '../lab/command.ts'
import type { LabHost } from '../lab/lab.ts'

/** A path as seen from outside the host. The change time tells of every write, by whatever name. */
export interface Seen {
  readonly type: string
  readonly mode: string
  readonly account: string
  readonly inode: string
  readonly rest: string
}

export type Observation = ReadonlyMap<string, Seen>

/** What a running system writes by itself. */
const noise = [
  /^\/run\/(systemd|udev|log|user|dbus|utmp|credentials|lock|host|shm)\b/,
  /^\/run\/agetty\.reload$/,
  /^\/run\/sallyport\.lock$/,
  /^\/var\/log\/(journal|wtmp|btmp|lastlog)\b/,
  /^\/var\/lib\/(systemd|private)\b/,
  /^\/tmp\/systemd-private-/,
  // The packages of the repository that a fixture makes: dnf links to them while it installs.
  /^\/srv\/law-repo\//,
  // The shared memory of rpm's database: whatever query of root makes it, `rpm -qa` too.
  /^\/var\/lib\/rpm\/(__db\.\d+|rpmdb\.sqlite-(shm|wal))$/,
]

const format = '%P\\t%y\\t%m\\t%U:%G\\t%i\\t%s %T@ %C@ %l\\n'

/**
 * Everything that differs from the host's base (its overlay's upper layer) and all that is in memory (/run, /tmp),
 * read by the machine: no process of the host is asked.
 */
export async function observe(host: LabHost): Promise<Observation> {
  const all = await Promise.all([
    list(host.upper, ''),
    list(host.root('/run'), '/run'),
    list(host.root('/tmp'), '/tmp'),
  ])
  return new Map(all.flat().filter(([path]) => !noise.some((pattern) => pattern.test(path))))
}

/** The whole merged disk, once: what a path was that shows up in the upper layer later. */
export async function observeBase(host: LabHost): Promise<Observation> {
  return new Map(await list(host.root('/'), ''))
}

async function list(folder: string, prefix: string): Promise<[string, Seen][]> {
  // A file that ends while find looks is noise as well.
  const output = await run('sh', [
    '-c',
    `find "$1/" -xdev -mindepth 1 -printf '${format}' 2>/dev/null || :`,
    '-',
    folder,
  ])
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', type = '', mode = '', account = '', inode = '', ...rest] = line.split('\t')
      return [`${prefix}/${path}`, { type, mode, account, inode, rest: rest.join('\t') }]
    })
}

/** Paths that are not what they were, sorted. A directory counts only by its own attributes, not by what is in it. */
export function changedPaths(base: Observation, before: Observation, after: Observation): string[] {
  const changed = [...after].filter(([path, now]) => {
    const then = before.get(path) ?? (now.type === 'd' ? base.get(path) : undefined)
    if (!then || then.type !== now.type || then.mode !== now.mode || then.account !== now.account) return true
    return now.type !== 'd' && then.rest !== now.rest
  })
  const gone = [...before.keys()].filter((path) => !after.has(path))
  return [...changed.map(([path]) => path), ...gone].sort()
}

const rules = `for t in iptables ip6tables; do ! command -v $t-save >/dev/null || $t-save | grep -v '^#'; done
! command -v nft >/dev/null || nft list ruleset
cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null || :`

/** Packet filter rules with their counters left out, and the tables there are. */
export async function rulesOf(host: LabHost): Promise<string> {
  const { stdout } = await host.exec(rules)
  return stdout.replace(/\[\d+:\d+\]|packets \d+ bytes \d+/g, '')
}

/** The host's processes, but for those that ask. */
export async function processesOf(host: LabHost): Promise<string[]> {
  const { stdout } = await host.exec('ps -eo pid=,args=')
  return stdout.split('\n').filter((line) => !/ps -eo|systemd-(udevd|journald|userwork)|\(.*\)$/.test(line))
}
