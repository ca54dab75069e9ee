import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { removeCgroup } from './cgroup.ts'

export interface Machine {
  /** Where the system's root directory is mounted. */
  readonly root: string
  readonly hostname: string
  /** A name of the machine's own under /run/netns, and nspawn's for the guest. */
  readonly netns: string
  readonly cgroup: string
  /** Takes what the system prints on its console. */
  readonly console: string
}

/** One boot of a system: from the start of its supervisor to the end of it. */
export interface Guest {
  readonly nspawn: ChildProcess
  readonly exited: Promise<number | null>
  pid1?: number
}

// What nspawn exits with when the system inside asked for a reboot.
export const REBOOT = 133

// $1 its cgroup. The supervisor asks for SIGTERM when its parent dies: then hosts shut down even after our SIGKILL.
const ENTER = 'echo $$ >"$1/cgroup.procs" && shift && exec setpriv --pdeathsig TERM "$@"'

export function startNspawn(machine: Machine): Guest {
  // A group of its own per boot: two systemds in one group would end each other's services.
  removeCgroup(machine.cgroup)
  mkdirSync(machine.cgroup, { recursive: true })
  const output = openSync(machine.console, 'a')
  const nspawn = spawn(
    'sh',
    [
      ...['-c', ENTER, 'sh', machine.cgroup],
      ...['systemd-nspawn', '--quiet', '--boot', '--register=no', '--keep-unit', '--settings=no'],
      ...[`--directory=${machine.root}`, `--machine=${machine.netns}`, `--hostname=${machine.hostname}`],
      ...[`--network-namespace-path=/run/netns/${machine.netns}`, '--capability=CAP_NET_ADMIN,CAP_NET_RAW'],
      ...['--resolv-conf=off', '--timezone=off', '--link-journal=no'],
    ],
    {
      // A session of its own: a Ctrl-C at the terminal is for us, and we end the hosts in order.
      detached: true,
      stdio: ['ignore', output, output],
      // Unified: trixie does not boot with cgroup v1. Network: sysctls of the host's own network stack are its own.
      env: {
        PATH: process.env['PATH'],
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
      },
    },
  )
  closeSync(output)
  // A forgotten lab must not keep a process alive.
  nspawn.unref()
  return { nspawn, exited: new Promise((resolve) => nspawn.once('exit', (code) => resolve(code))) }
}

/** The end of the guest; whoever waits for it keeps the process alive. */
export function guestEnd(guest: Guest): Promise<number | null> {
  guest.nspawn.ref()
  return guest.exited
}

/** The machine's pid of the guest's PID 1, once it runs its init. */
export function findPid1(guest: Guest): number | undefined {
  const supervisor = guest.nspawn.pid
  try {
    for (const child of readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)) {
      const status = readFileSync(`/proc/${child}/status`, 'utf8')
      if (/^NSpid:\s+\d+\s+1$/m.test(status) && /^Name:\s+(systemd|init)$/m.test(status)) return Number(child)
    }
  } catch {
    // It has not come so far, or has just ended.
  }
  return undefined
}
