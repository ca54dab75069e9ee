import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianMirror, machineSources, sourceLines } from './apt-sources.ts'
import { run } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import { withLock } from './lock.ts'
import type { PackageProxy } from './package-proxy.ts'

export type Suite = 'bullseye' | 'bookworm' | 'trixie'

export const sudoUser = { name: 'deploy', password: 'Open sesame 7' } as const

const INCLUDE = 'systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,ca-certificates,netbase'

// Part of the cache key: raise it when a base is made differently.
const RECIPE = 3

const FILES: Readonly<Record<string, string>> = {
  // With penalties (OpenSSH 9.8 and later) a few failed logins on purpose lock the tests out.
  'etc/ssh/sshd_config.d/lab.conf': 'UseDNS no\n',
  'etc/apt/apt.conf.d/90lab': 'Acquire::Languages "none";\nAcquire::Retries "3";\n',
  // rsyslog of trixie gets a /proc of its own, without the FIFO that stands for the kernel log. A matter of the lab only.
  'etc/systemd/system/rsyslog.service.d/lab.conf':
    '[Service]\nProtectKernelTunables=no\nProtectKernelModules=no\nProtectControlGroups=no\n',
  // An empty file means: made by the first boot. One that is there, but empty of servers, fails look-ups at once.
  'etc/resolv.conf': '# no name server in the lab\n',
  'etc/machine-id': '',
}

const CUSTOMIZE = `
set -e
useradd --create-home --shell /bin/bash --groups sudo --password "$1" ${sudoUser.name}
for home in /root /home/${sudoUser.name}; do mkdir -p -m 700 $home/.ssh; done
chown ${sudoUser.name}: /home/${sudoUser.name}/.ssh
mkdir -p /run/sshd
if sshd -T -o PerSourcePenalties=no >/dev/null 2>&1; then echo 'PerSourcePenalties no' >>/etc/ssh/sshd_config.d/lab.conf; fi
rm -rf /run/sshd /etc/ssh/ssh_host_*
# Or every first boot rebuilds the linker cache and the journal catalogue.
touch -d '1 day' /etc/.updated /var/.updated
`

const INSTALL = `
set -e
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt="apt-get -q -o Acquire::http::Proxy=$1"
shift
$apt update
[ $# = 0 ] || $apt install -y --no-install-recommends "$@"
rm -rf /usr/sbin/policy-rc.d /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
touch -d '1 day' /etc/.updated /var/.updated
`

const IN_CHROOT = `
set -e
root=$1 overlay=$2 script=$3
shift 3
[ -z "$overlay" ] || mount -t overlay overlay -o "$overlay" "$root"
mount -t proc proc "$root/proc"
exec chroot "$root" sh -c "$script" sh "$@"
`

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)

export interface Builder {
  /** The network namespace to build in: maintainer scripts of firewalls look at, or change, the rules they find. */
  readonly netns: string
  readonly proxy: PackageProxy
  readonly proxyUrl: string
  readonly say: (line: string) => void
}

/** The read-only layers that hosts lie on, built once and kept in the cache folder. */
export class Bases {
  readonly #folder: string
  readonly #builder: Builder

  constructor(folder: string, builder: Builder) {
    this.#folder = folder
    this.#builder = builder
  }

  /**
   * Directories for overlayfs, the topmost first: the suite's base, over it one layer with `packages`, over it one with
   * today's apt lists if `lists`.
   */
  async layers(suite: Suite, packages: readonly string[], lists: boolean): Promise<string[]> {
    const sources = await this.#sources(suite)
    const base = join(this.#folder, `${suite}-${hash([RECIPE, INCLUDE, FILES, CUSTOMIZE, sources])}`)
    await this.#once(base, (target) => this.#bootstrap(suite, sources, target))
    const wanted = [...new Set(packages)].sort()
    const layers = [base]
    if (wanted.length > 0) layers.unshift(await this.#layer(layers, `with-${hash([wanted, INSTALL])}`, wanted, false))
    // Lists age: packages that the mirror has replaced since are no longer to be had.
    if (lists) layers.unshift(await this.#layer(layers, `lists-${new Date().toISOString().slice(0, 10)}`, [], true))
    return layers
  }

  async #sources(suite: Suite): Promise<string[]> {
    const lines = sourceLines(suite, debianMirror(machineSources()))
    const statuses = await Promise.all(
      lines.map((line) => {
        const [, uri, name] = line.split(' ')
        return this.#builder.proxy.status(`${uri}/dists/${name}/InRelease`.replace(/^https:/, 'http:')).catch(() => 0)
      }),
    )
    if (statuses[0] !== 200) throw new LabUnavailable(`this machine's Debian mirror has no ${suite}`)
    return lines.filter((_, position) => statuses[position] === 200)
  }

  // Built beside its place and renamed, under a lock: two runs never build the same one twice, none sees half of one.
  async #once(path: string, build: (target: string) => Promise<void>): Promise<void> {
    if (existsSync(path)) return
    await mkdir(this.#folder, { recursive: true })
    await withLock(`${path}.lock`, async () => {
      if (existsSync(path)) return
      const target = `${path}.building`
      const remove = (): Promise<unknown> => run('rm', ['-rf', '--one-file-system', target])
      await remove()
      const began = Date.now()
      try {
        await build(target)
        await rename(target, path)
      } catch (error) {
        await remove()
        throw error
      }
      this.#builder.say(`built ${path} in ${Math.round((Date.now() - began) / 1000)} s`)
    })
  }

  async #bootstrap(suite: Suite, sources: readonly string[], target: string): Promise<void> {
    this.#builder.say(`building the ${suite} base (once)`)
    await this.#isolated([
      ...['mmdebstrap', '--quiet', '--mode=root', '--variant=minbase'],
      ...[`--include=${INCLUDE}`, `--aptopt=Acquire::http::Proxy "${this.#builder.proxyUrl}"`],
      // The proxy is the one of this run, on a port of its own.
      ...['--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"', suite, target, ...sources],
    ])
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(join(target, path, '..'), { recursive: true })
      await rm(join(target, path), { force: true })
      await writeFile(join(target, path), content)
    }
    const password = (await run('openssl', ['passwd', '-6', '-stdin'], { input: sudoUser.password })).trim()
    await this.#isolated(['sh', '-c', IN_CHROOT, 'sh', target, '', CUSTOMIZE, password])
  }

  async #layer(lower: readonly string[], suffix: string, packages: readonly string[], lists: boolean): Promise<string> {
    const path = `${lower[0]}-${suffix}`
    await this.#once(path, async (target) => {
      if (lists) await this.#removeOldLists(path)
      else this.#builder.say(`building a layer with ${packages.join(' ')} (once)`)
      const [work, root] = [`${target}.work`, `${target}.root`]
      for (const directory of [target, work, root]) await mkdir(directory, { recursive: true })
      const overlay = `lowerdir=${lower.join(':')},upperdir=${target},workdir=${work}`
      const script = lists ? INSTALL : `${INSTALL}\nrm -rf /var/lib/apt/lists/*`
      try {
        await this.#isolated(['sh', '-c', IN_CHROOT, 'sh', root, overlay, script, this.#builder.proxyUrl, ...packages])
      } finally {
        await run('rm', ['-rf', '--one-file-system', work, root])
      }
    })
    return path
  }

  // In namespaces of its own, and ended when we end: nothing that a build mounts or starts can outlive it.
  #isolated(command: readonly string[]): Promise<string> {
    return run('setpriv', [
      ...['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${this.#builder.netns}`],
      ...[
        'unshare',
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        ...command,
      ],
    ])
  }

  // Yesterday's stay, as a run that began before midnight may lie on them.
  async #removeOldLists(path: string): Promise<void> {
    const stem = path.slice(this.#folder.length + 1).replace(/\d{4}-\d\d-\d\d$/, '')
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    for (const name of await readdir(this.#folder)) {
      const day = /(\d{4}-\d\d-\d\d)$/.exec(name)?.[1]
      if (name.startsWith(stem) && day && day < yesterday)
        await rm(join(this.#folder, name), { recursive: true, force: true })
    }
  }
}
