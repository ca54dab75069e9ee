import { UserError } from '../errors.ts'
import { type JumpSpec, parsePort, parseSshArgs, type SshArgs } from './ssh-args.ts'
import { expandPath, parseSeconds, parseYesNo } from './ssh-words.ts'
import type { HostKeyPolicy, Target } from './transport.ts'

/** What holds for hosts whose variables say nothing else: the command line, the configuration, the person. */
export interface TargetDefaults {
  /** From `-u`, the play's `remote_user` or the configuration. */
  readonly remoteUser?: string | undefined
  /** From the configuration: where neither a variable nor an ssh option says. */
  readonly remotePort?: number | undefined
  /** From `--private-key`. */
  readonly privateKeyFile?: string | undefined
  /** From `-c`: used where `ansible_connection` is not set. */
  readonly connection?: string | undefined
  readonly sshArgs?: string | undefined
  readonly sshCommonArgs?: string | undefined
  readonly sshExtraArgs?: string | undefined
  /** Seconds. */
  readonly timeout: number
  readonly hostKeyChecking: HostKeyPolicy['checking']
  /** From `-k`. */
  readonly password?: string | undefined
  readonly passphrase?: Target['passphrase']
  /** The agent's socket. */
  readonly agent?: string | undefined
  /** Of the person who runs this; `targetDefaults` finds them out. */
  readonly localUser: string
  readonly home: string
  /** The usual identity files, as far as they exist. */
  readonly identityFiles: readonly string[]
}

/** Rendered values of `ansible_*` variables; others are not looked at. */
export type ConnectionVars = Readonly<Record<string, unknown>>

/** Seconds between keepalives where `ServerAliveInterval` is not given. */
const usualKeepalive = 15

/**
 * Where and how to log in to a host, from its connection variables (names and precedence are Ansible's: a variable wins
 * over the command line, and both over the ssh options).
 * @throws UserError on a value that makes no sense, or an ssh option that would have to be ignored
 */
export function resolveTarget(name: string, vars: ConnectionVars, defaults: TargetDefaults): Target {
  const read = reader(name, vars)
  const kind = connectionKind(read.text('ansible_connection') ?? defaults.connection ?? 'ssh', name)
  const args = mergeArgs(
    [
      { source: 'ansible_ssh_args', text: read.text('ansible_ssh_args') ?? defaults.sshArgs },
      { source: 'ansible_ssh_common_args', text: read.text('ansible_ssh_common_args') ?? defaults.sshCommonArgs },
      { source: 'ansible_ssh_extra_args', text: read.text('ansible_ssh_extra_args') ?? defaults.sshExtraArgs },
    ].map(({ source, text }) => parseSshArgs(text ?? '', { home: defaults.home, source: `${name}: ${source}` })),
  )
  const keyFile = read.text('ansible_ssh_private_key_file', 'ansible_private_key_file') ?? defaults.privateKeyFile
  const expand = (path: string) => expandPath(path, { home: defaults.home, source: name })
  const named = [...(keyFile === undefined ? [] : [expand(keyFile)]), ...args.identityFiles]
  const keyFiles = args.useKeys === false ? [] : named.length > 0 ? named : defaults.identityFiles
  const password = read.text('ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass') ?? defaults.password
  const agent = args.identityAgent === undefined ? defaults.agent : args.identityAgent
  const port = read.value('ansible_port', 'ansible_ssh_port')
  const timeout = read.value('ansible_ssh_timeout', 'ansible_timeout')
  const base = {
    kind,
    privateKeyFiles: [...new Set(keyFiles)],
    ...(args.identitiesOnly === undefined ? {} : { identitiesOnly: args.identitiesOnly }),
    ...(defaults.passphrase === undefined ? {} : { passphrase: defaults.passphrase }),
    ...(agent && args.useKeys !== false ? { agent } : {}),
    connectTimeout:
      (timeout === undefined ? args.connectTimeout : parseSeconds(timeout, `${name}: ansible_timeout`)) ||
      defaults.timeout,
    keepalive: args.keepalive ?? usualKeepalive,
  }
  const hostKeys = hostKeyPolicy(read, args, defaults)
  return {
    ...base,
    name,
    host: read.text('ansible_host', 'ansible_ssh_host') ?? args.hostName ?? name,
    port: port === undefined ? (defaults.remotePort ?? args.port ?? 22) : parsePort(port, `${name}: ansible_port`),
    user: read.text('ansible_user', 'ansible_ssh_user') ?? defaults.remoteUser ?? args.user ?? defaults.localUser,
    ...(password === undefined || args.usePasswords === false ? {} : { password }),
    hostKeys: args.hostKeyAlias === undefined ? hostKeys : { ...hostKeys, alias: args.hostKeyAlias },
    jumps: (args.jumps ?? []).map((jump) => jumpTarget(jump, base, hostKeys, defaults)),
  }
}

/** The target's password is not handed to a jump host; its keys are tried there, which OpenSSH leaves to ssh_config. */
function jumpTarget(
  { user, host, port = 22, identityFiles = [] }: JumpSpec,
  base: Omit<Target, 'name' | 'host' | 'port' | 'user' | 'hostKeys' | 'jumps'>,
  hostKeys: HostKeyPolicy,
  defaults: TargetDefaults,
): Target {
  const privateKeyFiles = [...new Set([...identityFiles, ...base.privateKeyFiles])]
  return { ...base, name: host, host, port, user: user ?? defaults.localUser, privateKeyFiles, hostKeys, jumps: [] }
}

function hostKeyPolicy(read: Reader, args: SshArgs, defaults: TargetDefaults): HostKeyPolicy {
  const wanted = read.value('ansible_ssh_host_key_checking', 'ansible_host_key_checking')
  const usual = args.checking ?? defaults.hostKeyChecking
  // As in Ansible the variable only switches the check off; `true` means "as ssh is configured".
  const check = wanted === undefined ? undefined : parseYesNo(wanted, read.source('ansible_host_key_checking'))
  const checking = check === undefined ? usual : !check ? 'no' : usual === 'no' ? 'accept-new' : usual
  const user = args.userKnownHostsFiles ?? [`${defaults.home}/.ssh/known_hosts`, `${defaults.home}/.ssh/known_hosts2`]
  const global = args.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
  // A new key is added to the first file: it must be the person's, or none.
  return { checking, knownHostsFiles: [...(user.length > 0 ? user : ['/dev/null']), ...global] }
}

function connectionKind(connection: string, name: string): Target['kind'] {
  switch (connection.replace(/^ansible\.(builtin|legacy)\./, '')) {
    case 'ssh':
    case 'smart':
    case 'paramiko':
    case 'paramiko_ssh':
      return 'ssh'
    case 'local':
      return 'local'
    default:
      throw new UserError(`${name}: ansible_connection "${connection}" is not supported`, { hint: 'ssh or local' })
  }
}

/** The first value of each option counts, as if all the strings stood on one command line. */
function mergeArgs(all: readonly SshArgs[]): SshArgs {
  const merged = all.reduceRight<Partial<SshArgs>>((later, earlier) => ({ ...later, ...earlier }), {})
  return { ...merged, identityFiles: all.flatMap(({ identityFiles }) => identityFiles) }
}

interface Reader {
  /** The first of these variables that is set. */
  value(...names: readonly string[]): string | number | boolean | undefined
  text(...names: readonly string[]): string | undefined
  source(name: string): string
}

function reader(host: string, vars: ConnectionVars): Reader {
  const value: Reader['value'] = (...names) => {
    const name = names.find((name) => vars[name] !== undefined && vars[name] !== null && vars[name] !== '')
    const found = name === undefined ? undefined : vars[name]
    if (found === undefined || typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') {
      return found
    }
    throw new UserError(`${host}: ${name} must be a plain value`)
  }
  return {
    value,
    text: (...names) => {
      const found = value(...names)
      return found === undefined ? undefined : String(found)
    },
    source: (name) => `${host}: ${name}`,
  }
}
