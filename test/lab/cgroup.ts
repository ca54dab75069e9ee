import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabUnavailable } from './lab-unavailable.ts'
import { pause } from './poll.ts'

/** Where cgroup v2 is mounted. A directory of it per host keeps the systemds of two hosts apart and makes killing exact. */
export function cgroupRoot(): string {
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, mountPoint, type] = line.split(' ')
    if (type === 'cgroup2' && mountPoint) return mountPoint
  }
  throw new LabUnavailable('cgroup v2 is not mounted')
}

const populated = (cgroup: string): boolean =>
  readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('populated 1')

const subgroups = (cgroup: string): string[] =>
  readdirSync(cgroup, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(cgroup, entry.name))

/** Ends every process of the group and of those below it, and returns when they are gone. */
export function killCgroup(cgroup: string): void {
  if (!existsSync(cgroup)) return
  const deadline = Date.now() + 10_000
  while (populated(cgroup)) {
    if (Date.now() > deadline) throw new Error(`${cgroup} still has processes`)
    if (existsSync(join(cgroup, 'cgroup.kill'))) writeFileSync(join(cgroup, 'cgroup.kill'), '1')
    else killEach(cgroup)
    pause(10)
  }
}

// Kernels before 5.14 have no cgroup.kill.
function killEach(cgroup: string): void {
  for (const pid of readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }
  subgroups(cgroup).forEach(killEach)
}

export function removeCgroup(cgroup: string): void {
  if (!existsSync(cgroup)) return
  subgroups(cgroup).forEach(removeCgroup)
  rmdirSync(cgroup)
}

/** Stops every process of the group where it stands (`true`) or lets them go on: a disk that is copied holds still. */
export function freezeCgroup(cgroup: string, frozen: boolean): void {
  const file = join(cgroup, 'cgroup.freeze')
  if (!existsSync(file)) return
  writeFileSync(file, frozen ? '1' : '0')
  const deadline = Date.now() + 5_000
  while (frozen && !readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('frozen 1')) {
    if (Date.now() > deadline) throw new Error(`${cgroup} does not freeze`)
    pause(5)
  }
}
