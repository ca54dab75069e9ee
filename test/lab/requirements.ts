import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupRoot } from './cgroup.ts'
import { attempt } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import { withLock } from './lock.ts'
import { stateDir } from './names.ts'

// command → the Debian package that has it
const NEEDED: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nft: 'nftables',
  'ssh-keygen': 'openssh-client',
  openssl: 'openssl',
  nsenter: 'util-linux',
  mount: 'mount',
}

const SEARCH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

function found(command: string): boolean {
  return SEARCH.some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const missing = (): string[] => Object.keys(NEEDED).filter((command) => !found(command))

/**
 * Makes sure that this machine can carry a lab; on Debian the missing packages are installed, and a line says so.
 * Throws LabUnavailable with the reason otherwise.
 */
export async function ensureRequirements(say: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux') throw new LabUnavailable(`needs Linux, this is ${process.platform}`)
  if (process.getuid?.() !== 0) throw new LabUnavailable('needs root (network namespaces, overlay mounts)')
  if (!existsSync('/etc/debian_version')) throw new LabUnavailable('needs a Debian machine with its apt sources')
  await installMissing(say)
  cgroupRoot() // throws where cgroup v2 is not mounted
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n')) {
    const loaded = await attempt('modprobe', ['overlay']).catch(() => undefined)
    if (loaded?.code !== 0) throw new LabUnavailable('the kernel has no overlay file system')
  }
}

async function installMissing(say: (line: string) => void): Promise<void> {
  if (missing().length === 0) return
  // Two labs that start together must not run apt at once.
  await withLock(join(stateDir, 'packages.lock'), async () => {
    const packages = [...new Set(missing().map((command) => NEEDED[command] ?? command))]
    if (packages.length === 0) return
    say(`installing on this machine: ${packages.join(' ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = ['-q', '-y', '--no-install-recommends', 'install', ...packages]
    if ((await attempt('apt-get', install, { env })).code === 0) return
    await attempt('apt-get', ['-q', 'update'], { env })
    const second = await attempt('apt-get', install, { env })
    if (second.code !== 0) {
      throw new LabUnavailable(
        `missing packages ${packages.join(' ')}: ${second.stderr.trim().split('\n').at(-1) ?? ''}`,
      )
    }
  })
}
