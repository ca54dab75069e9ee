import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { addOpensshArgs, forJumps, type OnlySsh, quoted, sessionOptions } from './openssh-args.ts'
import { addSshArgs } from './ssh-args.ts'
import { addressFor, type Person, type SshConfig, tokensFor } from './ssh-config.ts'
import type { JumpSpec } from './ssh-jump-specs.ts'
import type { ClientOptions, Draft } from './ssh-options.ts'
import { expandPath, expandTokens, type Tokens } from './ssh-tokens.ts'
import { parseCount, parsePort, parseSeconds, parseYesNo } from './ssh-words.ts'
import type { HostKeyPolicy, OpensshOptions, Target } from './transport.ts'

/** What holds for hosts whose variables say nothing else: the command line, the configuration, the person. */
export interface TargetDefaults extends Person {
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
  readonly timeout?: number | undefined
  /** How often a failed login is tried again. */
  readonly retries?: number | undefined
  /** `host_key_checking`: off beats what ssh_config says, on leaves it to that. */
  readonly hostKeyChecking?: boolean | undefined
  /** From `-k`. */
  readonly password?: string | undefined
  readonly passphrase?: Target['passphrase']
  /** The agent's socket. */
  readonly agent?: string | undefined
  /** The usual identity files, as far as they exist. */
  readonly identityFiles: readonly string[]
  /** OpenSSH's configuration files, below all of the above. */
  readonly sshConfig: SshConfig
}

const connectionVariables = [
  'ansible_connection',
  'ansible_host',
  'ansible_host_key_checking',
  'ansible_password',
  'ansible_port',
  'ansible_private_key_file',
  'ansible_ssh_args',
  'ansible_ssh_common_args',
  'ansible_ssh_extra_args',
  'ansible_ssh_host',
  'ansible_ssh_host_key_checking',
  'ansible_ssh_pass',
  'ansible_ssh_password',
  'ansible_ssh_port',
  'ansible_ssh_private_key_file',
  'ansible_ssh_retries',
  'ansible_ssh_timeout',
  'ansible_ssh_user',
  'ansible_timeout',
  'ansible_user',
] as const

type ConnectionVariable = (typeof connectionVariables)[number]

const known = new Set<string>(connectionVariables)

/** True for the variables that say how to connect; no other is looked at, so none need be known that early. */
export const isConnectionVariable = (name: string): boolean => known.has(name)

/** Rendered values of these variables; others are not looked at. */
export type ConnectionVars = Readonly<Record<string, unknown>>

/** Seconds between keepalives where `ServerAliveInterval` is not given. */
const usualKeepalive = 15
/** Seconds for a login where nothing says. */
const usualTimeout = 10

/**
 * Where and how to log in to a host, from its connection variables (names and precedence are Ansible's: a variable wins
 * over the command line, both over the ssh options, and those over ssh_config).
 * @throws UserError on a value that makes no sense, or an ssh option that would have to be ignored
 */
export function resolveTarget(
  name: string,
  vars: ConnectionVars,
  defaults: TargetDefaults,
  placeOf: PlaceOf = () => undefined,
): Target {
  const read = reader(name, vars, placeOf)
  const kind =
    read.parsed(['ansible_connection'], connectionKind) ??
    connectionKind(defaults.connection ?? 'ssh', `${name}: connection`)
  const options: Draft = { identityFiles: [] }
  const keyFile = read.text('ansible_ssh_private_key_file', 'ansible_private_key_file') ?? defaults.privateKeyFile
  if (keyFile !== undefined) options.identityFiles = [keyFile]
  const { env } = defaults
  const only: OnlySsh = { words: [], lines: [] }
  for (const [source, usual] of [
    ['ansible_ssh_args', defaults.sshArgs],
    ['ansible_ssh_common_args', defaults.sshCommonArgs],
    ['ansible_ssh_extra_args', defaults.sshExtraArgs],
  ] as const) {
    const add = (text: string, source: string): void =>
      kind === 'openssh'
        ? addOpensshArgs(options, only, text, { env, source })
        : addSshArgs(options, text, { env, source })
    if (read.value(source) === undefined) add(usual ?? '', `${name}: ${source}`)
    else read.parsed([source], (value, source) => add(String(value), source))
  }
  const port = read.parsed(['ansible_port', 'ansible_ssh_port'], parsePort)
  const seconds = read.parsed(['ansible_ssh_timeout', 'ansible_timeout'], parseSeconds)
  const retries = read.parsed(['ansible_ssh_retries'], parseCount) ?? defaults.retries
  const checking = checkingOf(read, defaults, options.checking)
  // As Ansible hands them to ssh, these lie over the files.
  assign(options, {
    port: port ?? defaults.remotePort ?? options.port,
    user: read.text('ansible_user', 'ansible_ssh_user') ?? defaults.remoteUser ?? options.user,
    connectTimeout: seconds ?? options.connectTimeout ?? defaults.timeout,
    checking,
  })
  const password = read.text('ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass') ?? defaults.password
  const address = read.text('ansible_host', 'ansible_ssh_host') ?? name
  const context: LoginContext = { kind, given: { ...options }, only, defaults, behind: [] }
  const target = targetOf(name, address, options, context)
  return {
    ...target,
    ...(retries === undefined ? {} : { retries }),
    ...(password === undefined || options.usePasswords === false ? {} : { password }),
  }
}

interface LoginContext {
  readonly kind: Target['kind']
  /** What variables and options say, without the files. */
  readonly given: ClientOptions
  /** What the options say to ssh alone. */
  readonly only: OnlySsh
  readonly defaults: TargetDefaults
  /** The hosts on whose way this one stands, for finding loops. */
  readonly behind: readonly string[]
}

/** The host that `ssh ADDRESS` would reach, with what `options` says already. */
function targetOf(name: string, address: string, options: Draft, context: LoginContext): Target {
  const { kind, only, defaults } = context
  const own = options.identityFiles.length
  const said: ClientOptions = { ...options }
  const lines = [...only.lines]
  if (kind === 'ssh') defaults.sshConfig.apply(options, address)
  if (kind === 'openssh') defaults.sshConfig.apply(options, address, (line) => lines.push(line))
  const keepaliveSaid = options.keepalive !== undefined
  const user = options.user ?? defaults.localUser
  const tokens = tokensFor(options, address, user, defaults)
  const path = (text: string): string => expandPath(text, tokens, defaults)
  const { identityAgent } = options
  const agent = identityAgent === undefined ? defaults.agent : identityAgent === null ? undefined : path(identityAgent)
  const { useKeys = true, identitiesOnly, keepalive = usualKeepalive, keepaliveTries, algorithms } = options
  const files = options.identityFiles
    .filter((file) => file.toLowerCase() !== 'none')
    .map((file, index) => ({ file: path(file), required: index < own }))
    .flatMap(({ file, required }) => (required ? [file] : defaults.sshConfig.existing(file)))
  const usedKeys = !useKeys ? [] : options.identityFiles.length > 0 ? files : defaults.identityFiles
  const hostKeys = hostKeyPolicy(options, path, defaults)
  const way = wayOf(options, tokens, address, context)
  return {
    name,
    host: addressFor(options, address),
    port: options.port ?? 22,
    user,
    kind,
    privateKeyFiles: [...new Set(usedKeys)],
    ...(identitiesOnly === undefined ? {} : { identitiesOnly }),
    ...(defaults.passphrase === undefined ? {} : { passphrase: defaults.passphrase }),
    ...(agent && useKeys ? { agent } : {}),
    hostKeys,
    ...way,
    ...(kind === 'openssh' ? { openssh: opensshOf(hostKeys, way) } : {}),
    connectTimeout: options.connectTimeout || usualTimeout,
    keepalive,
    ...(keepaliveTries === undefined ? {} : { keepaliveTries }),
    ...(algorithms === undefined ? {} : { algorithms }),
  }

  /** A variable goes before the options: in ssh the first one counts. */
  function opensshOf({ checking }: HostKeyPolicy, { jumps }: Pick<Target, 'jumps'>): OpensshOptions {
    const first = { User: said.user, Port: said.port, StrictHostKeyChecking: checking }
    const options = [
      ...Object.entries(first).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      ...said.identityFiles.map((file) => `IdentityFile=${quoted(file)}`),
    ]
    // The way through jump hosts is ours to make, and theirs are their own options.
    const words = only.words.filter(
      ({ key }) => key !== 'identityfile' && !(jumps.length > 0 && /^proxy(jump|command)$/.test(key)),
    )
    return {
      destination: address,
      args: [
        ...options.flatMap((option) => ['-o', option]),
        ...words.flatMap(({ words }) => words),
        ...(keepaliveSaid ? [] : ['-o', `ServerAliveInterval=${usualKeepalive}`]),
      ],
      keyFiles: said.identityFiles.filter((file) => file.toLowerCase() !== 'none').map(path),
      ...sessionOptions(lines, defaults.env),
    }
  }

  function wayOf(
    { proxy }: ClientOptions,
    tokens: Tokens,
    address: string,
    { behind }: LoginContext,
  ): Pick<Target, 'jumps' | 'proxyCommand'> {
    if (proxy?.kind === 'command') {
      const shell = defaults.env.SHELL || '/bin/sh'
      return { jumps: [], proxyCommand: [shell, '-c', `exec ${expandTokens(proxy.command, tokens)}`] }
    }
    const jumps = (proxy?.jumps ?? []).map((jump, index) => {
      if (behind.includes(jump.host) || jump.host === address) {
        throw new UserError(`${name}: the way through the jump host ${jump.host} leads back to it`, {
          hint: `give it a way of its own in ssh_config: Host ${jump.host} with ProxyJump none`,
        })
      }
      return jumpTarget(jump, index, { ...context, behind: [...behind, address] })
    })
    // Before the first one stand those that ssh_config has for the way to it.
    return { jumps: [...(jumps[0]?.jumps ?? []), ...jumps.map((jump) => ({ ...jump, jumps: [] }))] }
  }
}

/**
 * The target's password is not handed to a jump host; its keys are tried there, which OpenSSH leaves to ssh_config.
 * What the files say holds for each host by its own name.
 */
function jumpTarget(jump: JumpSpec, index: number, context: LoginContext): Target {
  const identityFiles = [...(jump.identityFiles ?? []), ...context.given.identityFiles]
  const options: Draft = { ...context.given, identityFiles }
  for (const own of ['hostName', 'hostKeyAlias', 'user', 'port', 'proxy'] as const) delete options[own]
  assign(options, { user: jump.user, port: jump.port })
  // As with ssh, only the first one may have a way of its own.
  if (index > 0) options.proxy = { kind: 'jumps', jumps: [] }
  const only = { words: forJumps(context.only.words), lines: [] }
  return targetOf(jump.host, jump.host, options, { ...context, only })
}

/** Sets what is defined. */
function assign(draft: Draft, values: { readonly [K in keyof Draft]?: Draft[K] | undefined }): void {
  Object.assign(draft, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)))
}

/** As in Ansible the variable and the setting only switch the check off; `true` means "as ssh is configured". */
function checkingOf(read: Reader, defaults: TargetDefaults, given: ClientOptions['checking']) {
  const check = read.parsed(['ansible_ssh_host_key_checking', 'ansible_host_key_checking'], parseYesNo)
  if (check === false) return 'no'
  if (given !== undefined) return check && given === 'no' ? 'accept-new' : given
  return check === undefined && defaults.hostKeyChecking === false ? 'no' : undefined
}

function hostKeyPolicy(
  options: ClientOptions,
  path: (text: string) => string,
  { hostKeyChecking }: TargetDefaults,
): HostKeyPolicy {
  const user = options.userKnownHostsFiles ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
  const global = options.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
  return {
    checking: options.checking ?? (hostKeyChecking ? 'yes' : 'accept-new'),
    // A new key is added to the first file: it must be the person's, or none.
    knownHostsFiles: [...(user.length > 0 ? user : ['/dev/null']), ...global].map(path),
    ...(options.hashKnownHosts ? { hashed: true } : {}),
    ...(options.hostKeyAlias === undefined ? {} : { alias: options.hostKeyAlias }),
  }
}

function connectionKind(connection: PlainValue, source: string): Target['kind'] {
  switch (String(connection).replace(/^ansible\.(builtin|legacy)\./, '')) {
    case 'ssh':
    case 'smart':
    case 'paramiko':
    case 'paramiko_ssh':
      return 'ssh'
    case 'openssh':
      return 'openssh'
    case 'local':
      return 'local'
    default:
      throw new UserError(`${source} "${connection}" is not supported`, { hint: 'ssh, openssh or local' })
  }
}

type PlainValue = string | number | boolean

/** Where a variable was set. */
export type PlaceOf = (name: string) => Position | undefined

interface Reader {
  /** The first of these variables that is set. */
  value(...names: readonly ConnectionVariable[]): PlainValue | undefined
  text(...names: readonly ConnectionVariable[]): string | undefined
  /** What `parse` makes of it; its mistakes stand where the variable was set. */
  parsed<T>(names: readonly ConnectionVariable[], parse: (value: PlainValue, source: string) => T): T | undefined
}

function reader(host: string, vars: ConnectionVars, placeOf: PlaceOf): Reader {
  const set = (names: readonly ConnectionVariable[]) =>
    names.find((name) => vars[name] !== undefined && vars[name] !== null && vars[name] !== '')
  const plain = (name: string): PlainValue => {
    const found = vars[name]
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return found
    throw new UserError(`${host}: ${name} must be a plain value`, { at: placeOf(name) })
  }
  const value: Reader['value'] = (...names) => {
    const name = set(names)
    return name === undefined ? undefined : plain(name)
  }
  return {
    value,
    text: (...names) => {
      const found = value(...names)
      return found === undefined ? undefined : String(found)
    },
    parsed(names, parse) {
      const name = set(names)
      if (name === undefined) return undefined
      const found = plain(name)
      try {
        return parse(found, `${host}: ${name}`)
      } catch (error) {
        if (!(error instanceof UserError) || error.at) throw error
        throw new UserError(error.message, { at: placeOf(name), hint: error.hint })
      }
    },
  }
}
