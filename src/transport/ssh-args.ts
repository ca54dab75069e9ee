import { UserError } from '../errors.ts'
import { expandPath, parseSeconds, parseYesNo, splitWords } from './ssh-words.ts'

/** What a string of ssh options asks for; a field is missing when the string does not say. */
export interface SshArgs {
  readonly hostName?: string
  readonly user?: string
  readonly port?: number
  readonly checking?: 'yes' | 'accept-new' | 'no'
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly hostKeyAlias?: string
  readonly jumps?: readonly JumpSpec[]
  readonly connectTimeout?: number
  readonly keepalive?: number
  readonly identityFiles: readonly string[]
  readonly identitiesOnly?: boolean
  /** `null`: no agent at all. */
  readonly identityAgent?: string | null
  readonly useKeys?: boolean
  readonly usePasswords?: boolean
}

export interface JumpSpec {
  readonly user?: string
  readonly host: string
  readonly port?: number
  readonly identityFiles?: readonly string[]
}

export interface ArgsContext {
  /** The home directory, for `~` and `%d`. */
  readonly home: string
  /** What the string is called, for messages: `ansible_ssh_common_args`. */
  readonly source: string
}

type Draft = { -readonly [K in keyof SshArgs]: SshArgs[K] }
type Setter = (draft: Draft, value: string, context: ArgsContext) => void

/** Reads ssh options as people write them for Ansible. As in ssh, the first value of an option counts. @throws UserError */
export function parseSshArgs(text: string, context: ArgsContext): SshArgs {
  const draft: Draft = { identityFiles: [] }
  const words = splitWords(text, context.source)
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const letter = word.slice(0, 2)
    const setter = flagsWithValue[letter]
    if (setter !== undefined) {
      const value = word.length > 2 ? word.slice(2) : words.shift()
      if (value === undefined) throw new UserError(`${context.source}: ${letter} wants a value`)
      setter(draft, value, context)
    } else if (!/^-[CqvTxnak]+$/.test(word)) {
      // The letters above ask for what is so anyway, or for what only a terminal would show.
      throw unknown(word, context)
    }
  }
  return draft
}

/** ProxyJump's `[user@]host[:port],…`; an empty list for `none`. @throws UserError */
export function parseJumps(text: string, source: string): JumpSpec[] {
  if (text.toLowerCase() === 'none') return []
  return text.split(',').map((hop) => {
    const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:[\]@]+)(?::(\d+))?\/?$/.exec(hop.trim())
    const [, user, host, port] = match ?? []
    if (host === undefined) throw new UserError(`${source}: "${hop}" is no jump host`, { hint: 'user@host:port' })
    return {
      host: host.replace(/^\[|\]$/g, ''),
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port: parsePort(port, source) }),
    }
  })
}

/** @throws UserError */
export function parsePort(value: string | number | boolean, source: string): number {
  const port = /^\d+$/.test(String(value)) ? Number(value) : NaN
  if (!(port >= 1 && port <= 65535)) throw new UserError(`${source}: "${value}" is no port`)
  return port
}

const flagsWithValue: Readonly<Record<string, Setter>> = {
  '-o': (draft, value, context) => setOption(draft, value, context),
  '-J': (draft, value, { source }) => void (draft.jumps ??= parseJumps(value, source)),
  '-p': (draft, value, { source }) => void (draft.port ??= parsePort(value, source)),
  '-l': (draft, value) => void (draft.user ??= value),
  '-i': (draft, value, context) => void (draft.identityFiles = [...draft.identityFiles, expandPath(value, context)]),
}

function setOption(draft: Draft, text: string, context: ArgsContext): void {
  const [, name, value] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new UserError(`${context.source}: -o ${text} has no value`)
  const key = name.toLowerCase()
  const setter = options[key]
  const single = listOptions.has(key) ? value : value.replace(/^"(.*)"$/, '$1')
  if (setter) return setter(draft, single.trim(), context)
  const accepted = meaningless[key]
  if (accepted === undefined || (accepted !== 'any' && !accepted.includes(value.toLowerCase()))) {
    throw unknown(`-o ${name}=${value}`, context)
  }
}

function unknown(what: string, { source }: ArgsContext): UserError {
  return new UserError(`${source}: the ssh option "${what}" is not supported`, {
    hint: 'the built-in SSH client would ignore it, so it must not stand there',
  })
}

const files: (value: string, context: ArgsContext) => string[] = (value, context) =>
  value.toLowerCase() === 'none' ? [] : splitWords(value, context.source).map((file) => expandPath(file, context))

const options: Readonly<Record<string, Setter>> = {
  hostname: (draft, value) => void (draft.hostName ??= value),
  user: (draft, value) => void (draft.user ??= value),
  port: (draft, value, { source }) => void (draft.port ??= parsePort(value, source)),
  stricthostkeychecking: (draft, value, { source }) => void (draft.checking ??= parseChecking(value, source)),
  userknownhostsfile: (draft, value, context) => void (draft.userKnownHostsFiles ??= files(value, context)),
  globalknownhostsfile: (draft, value, context) => void (draft.globalKnownHostsFiles ??= files(value, context)),
  hostkeyalias: (draft, value) => void (draft.hostKeyAlias ??= value),
  proxyjump: (draft, value, { source }) => void (draft.jumps ??= parseJumps(value, source)),
  proxycommand: (draft, value, context) => void (draft.jumps ??= jumpsOfProxyCommand(value, context)),
  connecttimeout: (draft, value, { source }) => void (draft.connectTimeout ??= parseSeconds(value, source)),
  serveraliveinterval: (draft, value, { source }) => void (draft.keepalive ??= parseSeconds(value, source)),
  identityfile: (draft, value, context) => {
    if (value.toLowerCase() !== 'none') draft.identityFiles = [...draft.identityFiles, expandPath(value, context)]
  },
  identitiesonly: (draft, value, { source }) => void (draft.identitiesOnly ??= parseYesNo(value, source)),
  identityagent: (draft, value, context) => {
    if (value === 'SSH_AUTH_SOCK' || draft.identityAgent !== undefined) return
    draft.identityAgent = value.toLowerCase() === 'none' ? null : expandPath(value, context)
  },
  pubkeyauthentication: (draft, value, { source }) => void (draft.useKeys ??= parseYesNo(value, source)),
  passwordauthentication: (draft, value, { source }) => void (draft.usePasswords ??= parseYesNo(value, source)),
}

/** Their values are words, which may be quoted one by one. */
const listOptions: ReadonlySet<string> = new Set(['userknownhostsfile', 'globalknownhostsfile'])

/** @throws UserError */
export function parseChecking(value: string, source: string): 'yes' | 'accept-new' | 'no' {
  switch (value.toLowerCase()) {
    case 'yes':
    // A run with many hosts cannot ask about each: what ssh would ask about is refused.
    case 'ask':
      return 'yes'
    case 'accept-new':
      return 'accept-new'
    case 'no':
    case 'off':
      return 'no'
    default:
      throw new UserError(`${source}: StrictHostKeyChecking is yes, accept-new or no, not "${value}"`)
  }
}

/** `ssh -W %h:%p … user@bastion`, which is what ProxyJump was called before OpenSSH 7.3. */
function jumpsOfProxyCommand(value: string, context: ArgsContext): JumpSpec[] {
  if (value.toLowerCase() === 'none') return []
  const source = `${context.source}: ProxyCommand`
  const [program, ...words] = splitWords(value, source)
  const forward = words.indexOf('-W')
  const host = words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1])).at(-1)
  if (program === undefined || !/(^|\/)ssh$/.test(program) || words[forward + 1] !== '%h:%p' || host === undefined) {
    throw new UserError(`${source} can only be "ssh -W %h:%p [user@]host"`, {
      hint: 'write it as -o ProxyJump=user@host',
    })
  }
  const rest = words.filter((word, index) => index !== forward && index !== forward + 1 && word !== host)
  const args = parseSshArgs(rest.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '), { ...context, source })
  const [last] = parseJumps(host, source)
  if (last === undefined) return []
  const user = last.user ?? args.user
  const port = last.port ?? args.port
  return [
    ...(args.jumps ?? []),
    {
      host: last.host,
      ...(user === undefined ? {} : { user }),
      ...(port === undefined ? {} : { port }),
      ...(args.identityFiles.length === 0 ? {} : { identityFiles: args.identityFiles }),
    },
  ]
}

const takesValue = (word: string | undefined) => word === '-W' || (word !== undefined && word in flagsWithValue)

/**
 * Options that people have in their inventories for OpenSSH and that change nothing here: either one connection per
 * host is kept open anyway, or it is what happens in any case. Where only some values are harmless, they are listed.
 */
const meaningless: Readonly<Record<string, 'any' | readonly string[]>> = {
  controlmaster: 'any',
  controlpersist: 'any',
  controlpath: 'any',
  preferredauthentications: 'any',
  serveralivecountmax: 'any',
  tcpkeepalive: 'any',
  compression: 'any',
  loglevel: 'any',
  batchmode: 'any',
  numberofpasswordprompts: 'any',
  connectionattempts: ['1'],
  checkhostip: 'any',
  hashknownhosts: 'any',
  updatehostkeys: 'any',
  visualhostkey: 'any',
  verifyhostkeydns: ['no'],
  addkeystoagent: 'any',
  addressfamily: ['any'],
  exitonforwardfailure: 'any',
  clearallforwardings: 'any',
  escapechar: 'any',
  requesttty: ['no', 'auto'],
  forwardagent: ['no'],
  forwardx11: ['no'],
  forwardx11trusted: 'any',
  permitlocalcommand: ['no'],
  gssapiauthentication: ['no'],
  gssapidelegatecredentials: ['no'],
  hostbasedauthentication: ['no'],
  kbdinteractiveauthentication: 'any',
  challengeresponseauthentication: 'any',
  hostkeyalgorithms: ['+ssh-rsa'],
  pubkeyacceptedkeytypes: ['+ssh-rsa'],
  pubkeyacceptedalgorithms: ['+ssh-rsa'],
  ipqos: 'any',
}
