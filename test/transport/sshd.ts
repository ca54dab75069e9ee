import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Target } from '../../src/transport/transport.ts'

/** A directory with keys, removed by `clean`. */
export interface Keys {
  readonly dir: string
  readonly knownHosts: string
  /** Makes a key pair and returns the private file's path. */
  make(name: string, options?: { type?: string; bits?: number; passphrase?: string; format?: string }): string
  clean(): void
}

export function makeKeys(): Keys {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-transport-'))
  return {
    dir,
    knownHosts: join(dir, 'known_hosts'),
    make(name, { type = 'ed25519', bits, passphrase = '', format } = {}) {
      const file = join(dir, name)
      // ssh-keygen's own 3072 bits for RSA take seconds to find.
      const size = bits === undefined ? (type === 'rsa' ? ['-b', '2048'] : []) : ['-b', String(bits)]
      const style = format === undefined ? [] : ['-m', format]
      execFileSync('ssh-keygen', ['-q', '-t', type, ...size, ...style, '-N', passphrase, '-C', name, '-f', file])
      return file
    },
    clean: () => rmSync(dir, { recursive: true, force: true }),
  }
}

export interface Sshd {
  readonly port: number
  /** Its authorized_keys file. */
  readonly authorizedKeys: string
  /** Its sshd_config file. */
  readonly config: string
  /** What sshd has logged so far. */
  log(): string
  stop(): Promise<void>
}

export interface SshdOptions {
  readonly keys: Keys
  /** Private host key files. */
  readonly hostKeys: readonly string[]
  /** Lines of authorized_keys. */
  readonly authorized: readonly string[]
  /** More lines of sshd_config. */
  readonly config?: readonly string[]
  readonly listen?: string
}

/** Why a real sshd cannot be started here; `undefined` when it can. */
export function noSshd(): string | undefined {
  if (!existsSync('/usr/sbin/sshd')) return 'there is no /usr/sbin/sshd'
  return process.getuid?.() === 0 ? undefined : 'sshd can only be started by root'
}

/** Skips a suite with its reason when there is no sshd; under CI that is a failure. */
export function needSshd(context: Mocha.Context): void {
  const reason = noSshd()
  if (reason === undefined) return
  if (process.env.CI === 'true') throw new Error(`CI must be able to run this: ${reason}`)
  console.log(`      skipped: ${reason}`)
  context.skip()
}

let number = 0

/** Starts an sshd on a free port of 127.0.0.1. */
export async function startSshd({
  keys,
  hostKeys,
  authorized,
  config = [],
  listen = '127.0.0.1',
}: SshdOptions): Promise<Sshd> {
  const base = join(keys.dir, `sshd${++number}`)
  const port = await freePort()
  const log = `${base}.log`
  mkdirSync('/run/sshd', { recursive: true })
  writeFileSync(`${base}.authorized`, authorized.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  const lines = [
    ...config,
    `Port ${port}`,
    `ListenAddress ${listen}`,
    `AuthorizedKeysFile ${base}.authorized`,
    ...hostKeys.map((file) => `HostKey ${file}`),
    // Whatever the account's own shell does when it starts takes longer than all the rest.
    `SetEnv HOME=${keys.dir}`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'LogLevel VERBOSE',
    'PrintMotd no',
  ]
  writeFileSync(`${base}.conf`, lines.map((line) => `${line}\n`).join(''))
  appendFileSync(log, '')
  const child = spawn('/usr/sbin/sshd', ['-f', `${base}.conf`, '-D', '-E', log], { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  // Also when the test run itself crashes.
  const endWithUs = (): void => void child.kill()
  process.once('exit', endWithUs)
  const read = () => readFileSync(log, 'utf8')
  for (let tries = 0; !(await answers(listen, port)); tries++) {
    if (child.exitCode !== null || tries > 100) throw new Error(`sshd did not start: ${read()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    port,
    authorizedKeys: `${base}.authorized`,
    config: `${base}.conf`,
    log: read,
    async stop() {
      process.removeListener('exit', endWithUs)
      child.kill()
      await exited
    },
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export const publicKey = (file: string): string => readFileSync(`${file}.pub`, 'utf8').trim()

/** Records a host key as `ssh-keyscan` would. */
export function trust(keys: Keys, port: number, hostKey: string, host = '127.0.0.1'): void {
  const [type, key] = publicKey(hostKey).split(' ')
  appendFileSync(keys.knownHosts, `[${host}]:${port} ${type} ${key}\n`)
}

/** A target for the system's ssh: what this one says goes to it as arguments, and no configuration file is read. */
export function makeOpensshTarget(keys: Keys, port: number, more: Partial<Target> & { args?: string[] } = {}): Target {
  const { args = [], ...rest } = more
  const target = makeTarget(keys, port, { kind: 'openssh', ...rest })
  const { checking, knownHostsFiles, alias } = target.hostKeys
  const options = [
    ...[`Port=${target.port}`, `User=${target.user}`, `StrictHostKeyChecking=${checking}`, 'GlobalKnownHostsFile=none'],
    `UserKnownHostsFile=${knownHostsFiles.join(' ') || 'none'}`,
    ...target.privateKeyFiles.map((file) => `IdentityFile=${file}`),
    ...(target.privateKeyFiles.length > 0 ? ['IdentitiesOnly=yes'] : ['IdentityFile=none']),
    ...[`IdentityAgent=${target.agent ?? 'none'}`, `ServerAliveInterval=${target.keepalive}`],
    ...(alias === undefined ? [] : [`HostKeyAlias=${alias}`]),
    ...(target.proxyCommand ? [`ProxyCommand=${target.proxyCommand.at(-1)}`] : []),
  ]
  const words = ['-F', 'none', ...args, ...options.flatMap((option) => ['-o', option])]
  const keyFiles = target.privateKeyFiles
  return { ...target, openssh: { destination: target.host, args: words, keyFiles, forwardAgent: false, env: {} } }
}

export function makeTarget(keys: Keys, port: number, more: Partial<Target> = {}): Target {
  return {
    name: 'web1',
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    kind: 'ssh',
    privateKeyFiles: [],
    hostKeys: { checking: 'yes', knownHostsFiles: [keys.knownHosts] },
    jumps: [],
    connectTimeout: 10,
    keepalive: 15,
    ...more,
  }
}
