import { attempt } from '../lab/command.ts'
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

const format = '%H\\t%P\\t%y\\t%m\\t%U:%G\\t%i\\t%s %T@ %C@ %l\\n'

/**
 * Everything that differs from the host's base (its overlay's upper layer) and all that is in memory (/run, /tmp),
 * read by the machine: no process of the host is asked.
 */
export async function observe(host: LabHost): Promise<Observation> {
  const all = await list({ [host.upper]: '', [host.root('/run')]: '/run', [host.root('/tmp')]: '/tmp' })
  return new Map(all.filter(([path]) => !noise.some((pattern) => pattern.test(path))))
}

/** The whole merged disk, once: what a path was that shows up in the upper layer later. */
export async function observeBase(host: LabHost): Promise<Observation> {
  return new Map(await list({ [host.root('/')]: '' }))
}

/** What is in the folders, each with the prefix of its paths on the host. */
async function list(folders: Readonly<Record<string, string>>): Promise<[string, Seen][]> {
  const args = [...Object.keys(folders), '-xdev', '-mindepth', '1', '-printf', format]
  // It complains of a file that ends while it looks: that is noise as well.
  const { stdout } = await attempt('find', args)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [folder = '', path = '', type = '', mode = '', account = '', inode = '', ...rest] = line.split('\t')
      return [`${folders[folder]}/${path}`, { type, mode, account, inode, rest: rest.join('\t') }]
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

/** A host's rules and processes as its own tools show them. */
export interface Running {
  /** Packet filter rules with their counters left out, and the tables there are. */
  readonly rules: string
  /** Processes, but for those that ask. */
  readonly processes: readonly string[]
}

const ask = `for t in iptables ip6tables; do ! command -v $t-save >/dev/null || $t-save | grep -v '^#'; done
! command -v nft >/dev/null || nft list ruleset
cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null
echo '= processes'
ps -eo pid=,args=`

export async function runningOn(host: LabHost): Promise<Running> {
  const { stdout } = await host.exec(ask)
  const [rules = '', processes = ''] = stdout.split('= processes\n')
  return {
    rules: rules.replace(/\[\d+:\d+\]|packets \d+ bytes \d+/g, ''),
    processes: processes
      .split('\n')
      .filter((line) => !/ps -eo|<defunct>|systemd-(udevd|journald|userwork)|\(.*\)$/.test(line)),
  }
}
