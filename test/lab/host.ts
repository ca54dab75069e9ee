import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { cgroupRoot, freezeCgroup, killCgroup } from './cgroup.ts'
import { attempt, type CommandResult } from './command.ts'
import type { Suite } from './base.ts'
import type { KernelLog } from './kernel-log.ts'
import { address4, address6, cgroupName, netnsName } from './names.ts'
import { makeNamespace, removeNamespace } from './network.ts'
import { findPid1, guestEnd, REBOOT, startNspawn, type Guest } from './nspawn.ts'
import type { Overlay } from './overlay.ts'
import { until } from './poll.ts'

/** A whole Debian on this machine: systemd as PID 1, its own sshd, packages and network stack. */
export interface LabHost {
  readonly name: string
  readonly suite: Suite
  readonly address: string
  readonly address6: string
  readonly netns: string
  /** The directory that holds every file changed since the base (an overlay's upper layer). */
  readonly upper: string
  /** Runs a POSIX script as root in the host, from outside: not over ssh, and no matter what the firewall says. */
  exec(script: string, options?: { input?: string | Buffer }): Promise<CommandResult>
  /** The host's PID 1 as the machine numbers it; throws while the host is down. */
  pid1(): number
  /** Where the machine sees the host's file `path`; also while the host is down. */
  root(path: string): string
  /** Resolves when the host has booted; for a host that was told to reboot from inside. */
  ready(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
  /** An orderly stop and start: the network stack is a new one, so rules that were not persisted are gone. */
  reboot(): Promise<void>
  /** Ends every process of the host at once; the disk stays as it is at that moment, the host stays down. */
  powerCut(): Promise<void>
}

const BOOT_MS = 90_000
const STOP_MS = 20_000

const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8']

// Only a child is inside the pid namespace. Not nsenter's own: a shutdown stops every process for a moment, nsenter would
// stop itself when it sees that of its child, and nobody would ever wake it.
const IN_CHILD = 'sh -c "$1"; exit $?'

export class Host implements LabHost {
  readonly name: string
  readonly suite: Suite
  readonly position: number
  readonly address: string
  readonly address6: string
  readonly netns: string
  readonly overlay: Overlay
  readonly #index: number
  readonly #folder: string
  readonly #cgroup: string
  readonly #kernelLog: KernelLog
  #guest: Guest | undefined
  #booting: Promise<void> | undefined
  #closed = false

  constructor(
    index: number,
    position: number,
    identity: { name: string; suite: Suite },
    overlay: Overlay,
    folder: string,
    kernelLog: KernelLog,
  ) {
    this.name = identity.name
    this.suite = identity.suite
    this.position = position
    this.address = address4(index, position)
    this.address6 = address6(index, position)
    this.netns = netnsName(index, identity.name)
    this.overlay = overlay
    this.#index = index
    this.#folder = folder
    this.#cgroup = join(cgroupRoot(), cgroupName(index), identity.name)
    this.#kernelLog = kernelLog
  }

  get upper(): string {
    return this.overlay.upper
  }

  pid1(): number {
    const pid = this.#guest?.pid1
    if (pid === undefined) throw new Error(`${this.name} is down`)
    return pid
  }

  root(path: string): string {
    const root = this.#guest?.pid1 === undefined ? this.overlay.root : `/proc/${this.#guest.pid1}/root`
    return join(root, path)
  }

  async exec(script: string, options: { input?: string | Buffer } = {}): Promise<CommandResult> {
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd']
    const enter = ['--target', String(this.pid1()), ...namespaces, '--no-fork', '--']
    return attempt('nsenter', [...enter, 'env', '-i', ...ENVIRONMENT, 'sh', '-c', IN_CHILD, 'sh', script], options)
  }

  start(): Promise<void> {
    if (this.#guest && !this.#booting) return Promise.resolve()
    this.#booting ??= this.#boot().finally(() => (this.#booting = undefined))
    return this.#booting
  }

  async ready(): Promise<void> {
    // A system on its way down says so; asked in between two boots there is nobody to answer.
    await until(
      `${this.name} up`,
      BOOT_MS,
      async () => this.#guest?.pid1 !== undefined && !this.#booting && this.#booted(),
    )
  }

  async stop(): Promise<void> {
    await this.#booting
    const guest = this.#guest
    if (!guest) return
    guest.nspawn.kill('SIGTERM')
    const patience = setTimeout(() => this.#killPid1(), STOP_MS)
    await guestEnd(guest)
    clearTimeout(patience)
    await this.#dropped()
  }

  async reboot(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async powerCut(): Promise<void> {
    const guest = this.#guest
    if (!guest) return
    this.#killPid1()
    await guestEnd(guest)
    await this.#dropped()
  }

  /** Lets nothing on the host change its disk while `body` runs. */
  async frozen<T>(body: () => Promise<T>): Promise<T> {
    if (this.#guest) freezeCgroup(this.#cgroup, true)
    try {
      return await body()
    } finally {
      if (this.#guest) freezeCgroup(this.#cgroup, false)
    }
  }

  /** The lab goes down: a host that ends now is not started again. Resolves when it has ended, by whoever. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#guest) await guestEnd(this.#guest)
  }

  // PID 1, never nspawn: without its supervisor a system lives on, and nobody knows it.
  #killPid1(): void {
    if (this.#guest?.pid1 !== undefined) process.kill(this.#guest.pid1, 'SIGKILL')
  }

  async #boot(): Promise<void> {
    await removeNamespace(this.#index, this.position, this.name)
    await makeNamespace(this.#index, this.position, this.name)
    const guest = startNspawn({
      root: this.overlay.root,
      hostname: this.name,
      netns: this.netns,
      cgroup: this.#cgroup,
      console: this.#console,
    })
    this.#guest = guest
    void guest.exited.then((code) => this.#ended(guest, code))
    try {
      const pid1 = await until(`${this.name}: its PID 1`, BOOT_MS, () => this.#alive(guest) && findPid1(guest))
      guest.pid1 = pid1
      await until(`${this.name}: a kernel log`, BOOT_MS, () => this.#alive(guest) && this.#attachKernelLog(pid1))
      await until(`${this.name}: an ssh banner`, BOOT_MS, () => this.#alive(guest) && hasBanner(this.address))
      // sshd answers before logins are allowed (/run/nologin) and before the slower services are there.
      await until(`${this.name}: the end of its boot`, BOOT_MS, () => this.#alive(guest) && this.#booted(), 100)
    } catch (error) {
      const console = readFileSync(this.#console, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
      throw new Error(`${error instanceof Error ? error.message : String(error)}\nconsole of ${this.name}:\n${console}`)
    }
  }

  get #console(): string {
    return join(this.#folder, 'console.log')
  }

  #ended(guest: Guest, code: number | null): void {
    if (this.#guest !== guest) return
    this.#guest = undefined
    this.#kernelLog.detach(this.name)
    if (code === REBOOT && !this.#closed) void this.start()
  }

  // After a stop nothing of the host is left: its group is empty and its network stack is gone.
  async #dropped(): Promise<void> {
    killCgroup(this.#cgroup)
    await removeNamespace(this.#index, this.position, this.name)
  }

  #alive(guest: Guest): true {
    if (this.#guest !== guest) throw new Error(`${this.name} ended while it booted`)
    return true
  }

  #attachKernelLog(pid1: number): boolean {
    if (!existsSync(`/proc/${pid1}/root/proc/kmsg`)) return false
    this.#kernelLog.attach(this.name, pid1)
    return true
  }

  async #booted(): Promise<boolean> {
    if (this.#guest?.pid1 === undefined) return false
    const { stdout } = await this.exec('systemctl is-system-running --wait')
    return /^(running|degraded)$/m.test(stdout)
  }
}

function hasBanner(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 })
    const finish = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2_000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('SSH-2.0')))
  })
}
