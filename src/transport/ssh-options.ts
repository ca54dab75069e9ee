import { UserError } from '../errors.ts'
import { jumpOfCommand, parseJumps, type JumpSpec } from './ssh-jump-specs.ts'
import { oneWord, type OptionLine } from './ssh-option-line.ts'
import { checkTokens, pathTokens } from './ssh-tokens.ts'
import { parsePort, parseSeconds, parseYesNo } from './ssh-words.ts'

/**
 * What OpenSSH's options ask for, on a command line or in its configuration; a field is missing when nothing says.
 * Paths and commands still hold their tokens (`%h`, `~`).
 */
export interface ClientOptions {
  readonly hostName?: string
  readonly user?: string
  readonly port?: number
  readonly checking?: 'yes' | 'accept-new' | 'no'
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly hostKeyAlias?: string
  readonly hashKnownHosts?: boolean
  readonly proxy?: Proxy
  /** Seconds. */
  readonly connectTimeout?: number
  readonly keepalive?: number
  readonly keepaliveTries?: number
  /** `none` among them is no file, but keeps the usual ones away. */
  readonly identityFiles: readonly string[]
  readonly identitiesOnly?: boolean
  /** `null`: no agent at all. */
  readonly identityAgent?: string | null
  readonly useKeys?: boolean
  readonly usePasswords?: boolean
  readonly algorithms?: Algorithms
  /** In place of the usual configuration files (`-F`); `none`: no file at all. */
  readonly configFile?: string
}

/** Lists as OpenSSH writes them: in place of the usual one, or changing it with `+`, `-` or `^`. */
export interface Algorithms {
  readonly ciphers?: string
  readonly kexAlgorithms?: string
  readonly hostKeyAlgorithms?: string
  readonly macs?: string
}

/** The way to the host; whichever of ProxyJump and ProxyCommand comes first counts, but see `noJumps`. */
export type Proxy =
  | { readonly kind: 'jumps'; readonly jumps: readonly JumpSpec[] }
  | { readonly kind: 'command'; readonly command: string }

/** `ProxyJump none`: no later ProxyJump counts, a ProxyCommand still does. */
const noJumps: Proxy = { kind: 'jumps', jumps: [] }

export type Draft = { -readonly [K in keyof ClientOptions]: ClientOptions[K] }

export interface OptionContext {
  readonly env: NodeJS.ProcessEnv
}

type Setter = (draft: Draft, line: OptionLine, context: OptionContext) => void

/**
 * Sets an option unless it is set: as in ssh the first value counts. False when it is one that would have to be ignored.
 * @throws UserError on a wrong value
 */
export function setOption(draft: Draft, line: OptionLine, context: OptionContext): boolean {
  const setter = setters[line.key]
  if (setter === undefined) return isHarmless(line)
  setter(draft, line, context)
  return true
}

/** Options that say something about the connection here, whichever transport makes it. */
export const isUnderstood = ({ key }: OptionLine): boolean => key in setters

const files: (line: OptionLine, context: OptionContext) => string[] = ({ words, source }, { env }) =>
  words.length === 1 && words[0]?.toLowerCase() === 'none'
    ? []
    : words.map((file) => checkTokens(file, pathTokens, { source, env }))

const list =
  (key: keyof Algorithms): Setter =>
  (draft, line) =>
    void (draft.algorithms = { [key]: oneWord(line), ...draft.algorithms })

const setters: Readonly<Record<string, Setter>> = {
  hostname: (draft, line, { env }) =>
    void (draft.hostName ??= checkTokens(oneWord(line), 'h', { source: line.source, env })),
  user: (draft, line) => void (draft.user ??= oneWord(line)),
  port: (draft, line) => void (draft.port ??= parsePort(oneWord(line), line.source)),
  stricthostkeychecking: (draft, line) => void (draft.checking ??= parseChecking(oneWord(line), line.source)),
  userknownhostsfile: (draft, line, context) => void (draft.userKnownHostsFiles ??= files(line, context)),
  globalknownhostsfile: (draft, line, context) => void (draft.globalKnownHostsFiles ??= files(line, context)),
  hashknownhosts: (draft, line) => void (draft.hashKnownHosts ??= parseYesNo(oneWord(line), line.source)),
  hostkeyalias: (draft, line) => void (draft.hostKeyAlias ??= oneWord(line)),
  proxyjump: (draft, line) => {
    const jumps = parseJumps(oneWord(line), line.source)
    draft.proxy ??= jumps.length === 0 ? noJumps : { kind: 'jumps', jumps }
  },
  proxycommand: (draft, line, context) => {
    if (draft.proxy === undefined || draft.proxy === noJumps) draft.proxy = proxyOf(line, context)
  },
  connecttimeout: (draft, line) => {
    // As in ssh, `none` leaves it to a later line.
    if (!/^none$/i.test(line.value)) draft.connectTimeout ??= parseSeconds(oneWord(line), line.source)
  },
  serveraliveinterval: (draft, line) => void (draft.keepalive ??= parseSeconds(oneWord(line), line.source)),
  serveralivecountmax: (draft, line) => void (draft.keepaliveTries ??= whole(line)),
  identityfile: (draft, line, { env }) => {
    const path = checkTokens(oneWord(line), pathTokens, { source: line.source, env })
    if (!draft.identityFiles.includes(path)) draft.identityFiles = [...draft.identityFiles, path]
  },
  identitiesonly: (draft, line) => void (draft.identitiesOnly ??= parseYesNo(oneWord(line), line.source)),
  identityagent: (draft, line, context) => {
    const agent = agentOf(line, context)
    if (draft.identityAgent === undefined && agent !== undefined) draft.identityAgent = agent
  },
  pubkeyauthentication: (draft, line) =>
    // `unbound` and `host-bound` say how keys are used, not whether.
    void (draft.useKeys ??= /bound$/.test(line.value) || parseYesNo(oneWord(line), line.source)),
  passwordauthentication: (draft, line) => void (draft.usePasswords ??= parseYesNo(oneWord(line), line.source)),
  ciphers: list('ciphers'),
  kexalgorithms: list('kexAlgorithms'),
  hostkeyalgorithms: list('hostKeyAlgorithms'),
  macs: list('macs'),
}

/** @throws UserError */
export function parseChecking(value: string, source: string): 'yes' | 'accept-new' | 'no' {
  switch (value.toLowerCase()) {
    case 'yes':
    case 'true':
    // A run with many hosts cannot ask about each: what ssh would ask about is refused.
    case 'ask':
      return 'yes'
    case 'accept-new':
      return 'accept-new'
    case 'no':
    case 'false':
    case 'off':
      return 'no'
    default:
      throw new UserError(`${source}: StrictHostKeyChecking is yes, accept-new or no, not "${value}"`)
  }
}

function proxyOf({ value, source }: OptionLine, { env }: OptionContext): Proxy {
  if (value.toLowerCase() === 'none') return { kind: 'jumps', jumps: [] }
  const jumps = jumpOfCommand(value, `${source}: ProxyCommand`)
  if (jumps) return { kind: 'jumps', jumps }
  // Its variables are for the command's shell to expand.
  checkTokens(value.replaceAll('$', ''), 'hnpr', { source, env })
  return { kind: 'command', command: value }
}

function agentOf(line: OptionLine, { env }: OptionContext): string | null | undefined {
  const agent = oneWord(line)
  if (agent === 'SSH_AUTH_SOCK') return undefined
  if (agent.toLowerCase() === 'none') return null
  const [, name] = /^\$(\w+)$/.exec(agent) ?? []
  return name === undefined ? checkTokens(agent, pathTokens, { source: line.source, env }) : (env[name] ?? null)
}

function whole(line: OptionLine): number {
  const word = oneWord(line)
  if (/^\d+$/.test(word)) return Number(word)
  throw new UserError(`${line.source}: ${line.name} is a whole number, not "${word}"`)
}

/**
 * Options that people have for OpenSSH and that change nothing here: either one connection per host is kept open
 * anyway, or it is what happens in any case. Where only some values are harmless, they are listed.
 */
function isHarmless({ key, words }: OptionLine): boolean {
  const values = harmless[key]
  return values === 'any' || (values !== undefined && words.every((word) => values.includes(word.toLowerCase())))
}

const harmless: Readonly<Record<string, 'any' | readonly string[]>> = {
  controlmaster: 'any',
  controlpersist: 'any',
  controlpath: 'any',
  preferredauthentications: 'any',
  tcpkeepalive: 'any',
  compression: 'any',
  loglevel: 'any',
  batchmode: 'any',
  numberofpasswordprompts: 'any',
  connectionattempts: ['1'],
  checkhostip: 'any',
  updatehostkeys: 'any',
  visualhostkey: 'any',
  verifyhostkeydns: ['no'],
  addkeystoagent: 'any',
  addressfamily: ['any'],
  canonicalizehostname: ['no', 'none'],
  exitonforwardfailure: 'any',
  clearallforwardings: 'any',
  enableescapecommandline: 'any',
  escapechar: 'any',
  requesttty: ['no', 'auto'],
  forwardagent: ['no'],
  forwardx11: ['no'],
  forwardx11trusted: 'any',
  forwardx11timeout: 'any',
  permitlocalcommand: ['no'],
  // ssh tries Kerberos first and goes on without it.
  gssapiauthentication: 'any',
  gssapidelegatecredentials: 'any',
  gssapikeyexchange: ['no'],
  hostbasedauthentication: ['no'],
  kbdinteractiveauthentication: 'any',
  challengeresponseauthentication: 'any',
  pubkeyacceptedkeytypes: ['+ssh-rsa'],
  pubkeyacceptedalgorithms: ['+ssh-rsa'],
  ipqos: 'any',
  // Debian's own ssh_config; what is read of a host's output is in C anyway.
  sendenv: ['lang', 'lc_*', 'color', 'no_color'],
}
