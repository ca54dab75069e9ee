import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machineProxy } from './apt-sources.ts'
import { Bases, sudoUser, type Suite } from './base.ts'
import { serveFiles, type FileServer } from './file-server.ts'
import { Host, type LabHost } from './host.ts'
import { installIdentity, installName } from './identity.ts'
import { Intake, type IntakeOptions } from './intake.ts'
import { KernelLog } from './kernel-log.ts'
import { address4, address6, cacheDir, innerInterface, type Run } from './names.ts'
import { makeBridge, makeNamespace } from './network.ts'
import { Overlay } from './overlay.ts'
import { PackageProxy } from './package-proxy.ts'
import { ensureRequirements } from './requirements.ts'
import { beginRun, endRun } from './run-state.ts'
import { generateKey, installHostKeys, type KeyPair } from './ssh-keys.ts'

export type { Suite } from './base.ts'
export type { LabHost } from './host.ts'
export { LabUnavailable } from './lab-unavailable.ts'

export interface HostSpec {
  readonly name: string
  readonly suite: Suite
  /** Debian's python3 and python3-apt; without it the host has no Python at all. Default false. */
  readonly python?: boolean
  /** Installed before the first boot, in a layer that is built once and cached. */
  readonly packages?: readonly string[]
  /** Root's login shell: a name (its package is installed) or a path. Default: Debian's bash. */
  readonly shell?: string
  /** Start with the mirror's package lists; a fresh machine (the default) has none before its first `apt-get update`. */
  readonly aptLists?: boolean
}

export interface LabOptions {
  /** Names that the hosts resolve to the controller, besides `intake.sekoia.io`. */
  readonly names?: readonly string[]
  /** Progress that takes time (packages, bases), a line each. Default: stderr. */
  readonly say?: (line: string) => void
}

export interface Lab {
  readonly dir: string
  readonly hosts: readonly LabHost[]
  host(name: string): LabHost
  /** Accepted for root and for the sudo user of every host (ed25519, unencrypted, OpenSSH format). */
  readonly privateKeyPath: string
  /** The true host keys of all hosts, by both addresses. */
  readonly knownHostsPath: string
  readonly sudoUser: { readonly name: string; readonly password: string }
  /** The controller as the hosts see it. */
  readonly gateway: string
  readonly gateway6: string
  intake(options?: IntakeOptions): Promise<Intake>
  /** The directories that a host of this suite with these packages would lie on, the topmost first, for overlayfs. */
  layers(suite: Suite, packages: readonly string[]): Promise<readonly string[]>
  /** Files over plain HTTP, by path (`/a.pem`): on the controller's loopback, or where the hosts reach them. */
  serve(files: Readonly<Record<string, string | Buffer>>, to?: 'controller' | 'hosts'): Promise<FileServer>
  /**
   * A new host on a copy of another one's disk as it is now, with a name and addresses of its own and the same machine-id
   * and ssh host keys. What lives in memory only (loaded rules, /run) is not copied: the copy boots.
   */
  clone(host: string, as: string): Promise<LabHost>
  down(): Promise<void>
}

// Positions on the bridge: 1 is the controller.
const BUILDER_POSITION = 2
const FIRST_POSITION = 10
const LAST_POSITION = 254
const NAME = /^[a-z][a-z0-9-]*$/

/** Boots real hosts and returns when all have come up. Throws LabUnavailable where this machine cannot carry them. */
export async function up(specs: readonly HostSpec[], options: LabOptions = {}): Promise<Lab> {
  specs.forEach(({ name }) => checkName(name))
  const say = options.say ?? ((line: string) => void process.stderr.write(`lab: ${line}\n`))
  await ensureRequirements(say)
  const run = await beginRun(join(cacheDir(), 'runs'))
  const lab = new RunningLab(run, options.names ?? [], say)
  try {
    await lab.begin(specs)
    return lab
  } catch (error) {
    await lab.down()
    throw error
  }
}

function checkName(name: string): void {
  if (NAME.test(name) && innerInterface(name).length <= 15) return
  throw new Error(`'${name}': a host's name is lower-case letters, digits and '-', at most 13 of them`)
}

class RunningLab implements Lab {
  readonly dir: string
  readonly privateKeyPath: string
  readonly knownHostsPath: string
  readonly sudoUser = sudoUser
  readonly gateway: string
  readonly gateway6: string
  readonly #run: Run
  readonly #say: (line: string) => void
  readonly #names = new Map<string, readonly string[]>()
  readonly #hosts: Host[] = []
  readonly #hostKeys = new Map<string, readonly string[]>()
  readonly #closers: (() => void | Promise<void>)[] = []
  readonly #proxy: PackageProxy
  readonly #kernelLog: KernelLog
  readonly #onExit = (): void => endRun(this.#run)
  readonly #onInterrupt = (): void => process.exit(130)
  readonly #onTerminate = (): void => process.exit(143)
  #nextPosition = FIRST_POSITION
  #bases: Bases | undefined
  #key: KeyPair | undefined
  #proxyUrl = ''
  #down: Promise<void> | undefined

  constructor(run: Run, names: readonly string[], say: (line: string) => void) {
    this.#run = run
    this.#say = say
    this.dir = run.dir
    this.privateKeyPath = join(run.dir, 'id_ed25519')
    this.knownHostsPath = join(run.dir, 'known_hosts')
    this.gateway = address4(run.index, 1)
    this.gateway6 = address6(run.index, 1)
    for (const name of ['intake.sekoia.io', ...names]) this.#names.set(name, [this.gateway, this.gateway6])
    // One way out for all: exit() by whoever, an uncaught error, a signal. Only a SIGKILL leaves the work to the next run.
    process.on('exit', this.#onExit)
    process.on('SIGINT', this.#onInterrupt)
    process.on('SIGTERM', this.#onTerminate)
    this.#kernelLog = new KernelLog(run.index)
    this.#proxy = new PackageProxy(join(cacheDir(), 'packages'), machineProxy())
  }

  get hosts(): readonly Host[] {
    return this.#hosts
  }

  host(name: string): Host {
    const host = this.#hosts.find((candidate) => candidate.name === name)
    if (!host) throw new Error(`the lab has no host '${name}', only ${this.#hosts.map((each) => each.name).join(', ')}`)
    return host
  }

  async begin(specs: readonly HostSpec[]): Promise<void> {
    await makeBridge(this.#run.index)
    this.#key = await generateKey(this.privateKeyPath, 'ed25519', 'lab')
    this.#proxyUrl = await this.#proxy.listen(this.gateway)
    const netns = await makeNamespace(this.#run.index, BUILDER_POSITION, '_build')
    const builder = { netns, proxy: this.#proxy, proxyUrl: this.#proxyUrl, say: this.#say }
    this.#bases = new Bases(join(cacheDir(), 'bases'), builder)
    const layers: string[][] = []
    for (const spec of specs)
      layers.push(await this.#bases.layers(spec.suite, packagesOf(spec), spec.aptLists ?? false))
    // All, also when one fails: nobody may still be mounting when the lab is cleared.
    const boots = await Promise.allSettled(specs.map((spec, at) => this.#add(spec, layers[at] ?? [])))
    for (const boot of boots) if (boot.status === 'rejected') throw boot.reason
    await this.#writeKnownHosts()
  }

  async intake(options: IntakeOptions = {}): Promise<Intake> {
    const intake = await Intake.listen(this.#run.index, join(this.dir, `intake-${this.#closers.length}`), options)
    this.#closers.push(() => intake.close())
    await this.#resolveOnHosts(intake.name)
    return intake
  }

  async layers(suite: Suite, packages: readonly string[]): Promise<readonly string[]> {
    if (!this.#bases) throw new Error('the lab is not up')
    return this.#bases.layers(suite, packages, false)
  }

  async serve(
    files: Readonly<Record<string, string | Buffer>>,
    to: 'controller' | 'hosts' = 'controller',
  ): Promise<FileServer> {
    const server = await serveFiles(files, to === 'hosts' ? this.gateway : '127.0.0.1')
    this.#closers.push(() => server.close())
    return server
  }

  async clone(host: string, as: string): Promise<LabHost> {
    checkName(as)
    const original = this.host(host)
    const folder = join(this.dir, 'hosts', as)
    const overlay = new Overlay(folder, original.overlay.layers)
    await original.frozen(() => original.overlay.copyTo(overlay))
    const copy = this.#place(as, original.suite, overlay, folder)
    await overlay.mount()
    await installName(overlay, as, this.#names)
    this.#hostKeys.set(as, this.#hostKeys.get(host) ?? [])
    await copy.start()
    await this.#writeKnownHosts()
    return copy
  }

  down(): Promise<void> {
    this.#down ??= this.#takeDown()
    return this.#down
  }

  async #takeDown(): Promise<void> {
    const ended = this.#hosts.map((host) => host.close())
    for (const close of this.#closers.splice(0)) await close()
    this.#proxy.close()
    this.#kernelLog.close()
    process.off('exit', this.#onExit)
    process.off('SIGINT', this.#onInterrupt)
    process.off('SIGTERM', this.#onTerminate)
    endRun(this.#run)
    await Promise.all(ended)
  }

  async #add(spec: HostSpec, layers: readonly string[]): Promise<void> {
    const folder = join(this.dir, 'hosts', spec.name)
    const overlay = new Overlay(folder, layers)
    const host = this.#place(spec.name, spec.suite, overlay, folder)
    await overlay.mount()
    const publicKey = this.#key?.publicKey ?? ''
    const identity = { name: spec.name, publicKey, proxyUrl: this.#proxyUrl, ...(spec.shell && { shell: spec.shell }) }
    await installIdentity(overlay, identity)
    await installName(overlay, spec.name, this.#names)
    this.#hostKeys.set(spec.name, await installHostKeys(overlay, join(folder, 'keys'), spec.name))
    await host.start()
  }

  #place(name: string, suite: Suite, overlay: Overlay, folder: string): Host {
    if (this.#hosts.some((host) => host.name === name)) throw new Error(`two hosts named '${name}'`)
    if (this.#nextPosition > LAST_POSITION) throw new Error('a lab has no room for more hosts')
    const host = new Host(this.#run.index, this.#nextPosition++, { name, suite }, overlay, folder, this.#kernelLog)
    this.#hosts.push(host)
    return host
  }

  async #resolveOnHosts(name: string): Promise<void> {
    if (this.#names.has(name)) return
    this.#names.set(name, [this.gateway, this.gateway6])
    // Added to what is there: by now the file belongs to whoever provisions the host.
    const lines = [this.gateway, this.gateway6].map((address) => `${address} ${name}\n`).join('')
    for (const host of this.#hosts) await appendFile(host.root('/etc/hosts'), lines)
  }

  async #writeKnownHosts(): Promise<void> {
    const lines = this.#hosts.flatMap((host) =>
      (this.#hostKeys.get(host.name) ?? []).map((key) => `${host.address},${host.address6} ${key}`),
    )
    await writeFile(this.knownHostsPath, `${lines.join('\n')}\n`)
  }
}

function packagesOf(spec: HostSpec): string[] {
  const shell = spec.shell && !spec.shell.startsWith('/') ? [spec.shell] : []
  return [...(spec.packages ?? []), ...(spec.python ? ['python3', 'python3-apt'] : []), ...shell]
}
