import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupRoot, killCgroup, removeCgroup } from './cgroup.ts'
import { attemptSync } from './command.ts'
import { bridgeName, cgroupName, linkGroup, type Run } from './names.ts'
import { pause } from './poll.ts'

/**
 * Removes everything that a run made on the machine, found by the names that carry its index; the caller may be another
 * process than the one that made it. Returns what could not be removed.
 */
export function clearTraces(run: Run): string[] {
  const problems: string[] = []
  const step = (what: string, work: () => void): void => {
    try {
      work()
    } catch (error) {
      problems.push(`${what} (${error instanceof Error ? error.message : String(error)})`)
    }
  }
  const cgroup = join(cgroupRoot(), cgroupName(run.index))
  step('processes', () => killCgroup(cgroup))
  step('links', () => removeLinks(run.index))
  step('packet filter', () => void attemptSync('nft', ['delete', 'table', 'inet', bridgeName(run.index)]))
  step('namespaces', () => removeNamespaces(`${bridgeName(run.index)}-`))
  step('traces of nspawn', () => removeNspawnTraces(run))
  step('cgroups', () => removeCgroup(cgroup))
  step('run folder', () => removeRunFolder(run.dir))
  return problems
}

/** Throws, with the folder left as it is, when a mount in it does not come off: deleting would empty what it shows. */
export function removeRunFolder(dir: string): void {
  unmountBelow(dir)
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
}

// All at once, as the kernel takes its time for each. By their group: with its namespace a link would go too, but later.
function removeLinks(index: number): void {
  const bridge = bridgeName(index)
  attemptSync('ip', ['link', 'delete', 'group', String(linkGroup(index))])
  if (attemptSync('ip', ['link', 'show', bridge]).code === 0) throw new Error(`${bridge} is still there`)
}

function removeNamespaces(prefix: string): void {
  const folder = '/run/netns'
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(prefix)) : []
  if (names.length === 0) return
  const paths = names.map((name) => join(folder, name))
  // What `ip netns delete` does, for all of them.
  attemptSync('umount', ['--lazy', ...paths])
  for (const path of paths) rmSync(path, { force: true })
}

// A supervisor that is killed leaves its lock files, named by the inode of the root it held, and a folder per machine.
function removeNspawnTraces(run: Run): void {
  const [propagate, hosts] = ['/run/systemd/nspawn/propagate', join(run.dir, 'hosts')]
  for (const name of existsSync(propagate) ? readdirSync(propagate) : []) {
    if (name.startsWith(`${bridgeName(run.index)}-`)) rmSync(join(propagate, name), { recursive: true, force: true })
  }
  for (const name of existsSync(hosts) ? readdirSync(hosts) : []) {
    const root = statSync(join(hosts, name, 'root'), { throwIfNoEntry: false })
    if (root) rmSync(`/run/systemd/nspawn/locks/inode-${root.dev}:${root.ino}`, { force: true })
  }
}

/** Mount points below `dir`, the innermost first. */
function mountsBelow(dir: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${dir}/`))
    .reverse()
}

function unmountBelow(dir: string): void {
  const points = mountsBelow(dir)
  if (points.length === 0 || attemptSync('umount', points).code === 0) return
  pause(100)
  const left = mountsBelow(dir)
  const second = attemptSync('umount', ['--lazy', ...left])
  if (second.code !== 0) throw new Error(second.stderr.trim())
}
