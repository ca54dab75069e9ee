import { knownHostName } from './known-hosts.ts'
import type { SshLog } from './openssh-log.ts'
import { closedDuringLogin, dialError, firstLine } from './ssh-errors.ts'
import { type Target, Unreachable } from './transport.ts'

/** What a login is told with, beside what ssh has said. */
export interface LoginAbout {
  readonly target: Target
  /** The host's address as messages show it. */
  readonly where: string
  /** What our own answers to ssh's questions have to say. */
  readonly notes: readonly string[]
}

/** Words of the C library, and Node's names for what they mean. */
const systemErrors: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/, 'ECONNREFUSED'],
  [/No route to host|Host is (down|unreachable)/, 'EHOSTUNREACH'],
  [/Network is (unreachable|down)/, 'ENETUNREACH'],
  [/timed out/, 'ETIMEDOUT'],
  [/Permission denied|Operation not permitted/, 'EACCES'],
  [/Too many open files/, 'EMFILE'],
]

/** Why ssh could not log in, from its own words: the same errors as those of the other transport. */
export function loginFailed(log: SshLog, about: LoginAbout): Unreachable {
  const { target, where } = about
  const find = (shape: RegExp, lines: readonly string[] = log.said): RegExpExecArray | undefined =>
    lines.map((line) => shape.exec(line)).find((match) => match !== null)

  const unknown = find(/^ssh: Could not resolve hostname (.+?): (.+)$/)
  if (unknown) {
    const code = /[Tt]emporary|try again/.test(unknown[2] ?? '') ? 'EAI_AGAIN' : 'ENOTFOUND'
    return dialError(withCode(code, unknown[2]), unknown[1] ?? target.host, target.port)
  }
  const viaProxy = find(/^Executing proxy command: (.*)$/, log.debug) !== undefined
  const dial = find(/^ssh: connect to host (.+) port (\d+): (.+)$/)
  if (dial && !viaProxy) {
    const code = systemErrors.find(([words]) => words.test(dial[3] ?? ''))?.[1]
    return dialError(withCode(code, dial[3]), dial[1] ?? target.host, Number(dial[2] ?? target.port))
  }
  const [, mismatch] = find(/^Unable to negotiate with .*: no matching (.+?) found\. Their offer: /) ?? []
  if (mismatch !== undefined) {
    const error = new Error(`no matching ${mismatch === 'key exchange method' ? 'key exchange algorithm' : mismatch}`)
    return closedDuringLogin({ stage: 'kex', where, said: '', error })
  }
  if (find(/^(Host key verification failed|.*RevokedHostKeys? )/)) return hostKeyRefused(log, about)
  const disconnected = find(/^Received disconnect from .*: ?Too many authentication failures/i)
  if (disconnected) {
    return closedDuringLogin({ stage: 'login', where, said: '', error: new Error('Too many authentication failures') })
  }
  const [, left] = find(/^.*: Permission denied \(([^)]*)\)\.?$/) ?? []
  if (left !== undefined) return refused(log, about, left)

  const mistake = find(/^(command-line.*|.* line \d+: .*|.*Bad configuration option.*|.*(unknown|invalid) option.*)$/)
  if (mistake && log.stage === 'tcp')
    return new Unreachable('connect', `ssh does not understand its options: ${firstLine(mistake[0])}`)
  const last = log.said.at(-1) ?? ''
  if (target.proxyCommand && log.stage === 'banner') {
    const words = log.said.filter((line) => !/^(kex|ssh|banner)[_ ]exchange|UNKNOWN port/.test(line))
    if (words.length > 0) {
      return new Unreachable(
        'connect',
        `the ProxyCommand for ${where} failed: ${firstLine(words.at(-1) ?? '')}`,
        undefined,
        'perhaps',
      )
    }
  }
  const [, banner = ''] = find(/^(?:kex|ssh)_exchange_identification: banner line \d+: (.*)$/, log.debug) ?? []
  if (/(closed|reset) (by|while)|Connection (closed|reset)|Broken pipe|banner line|invalid format/i.test(last)) {
    const error = withCode(
      'ECONNRESET',
      last.replace(/^Connection (closed|reset) by .* port \d+$/, 'the server closed it'),
    )
    return closedDuringLogin({ stage: log.stage, where, said: banner, error })
  }
  return new Unreachable(
    log.stage === 'login' ? 'login' : 'handshake',
    `ssh could not log in to ${where}: ${firstLine(last) || 'it says nothing'}`,
  )
}

/** ssh does not trust the key that the host showed. */
function hostKeyRefused(log: SshLog, { target }: LoginAbout): Unreachable {
  const all = [...log.debug, ...log.said].join('\n')
  const shown = /^Server host key: (\S+) (SHA256:\S+)/m.exec(all)
  const authority = /^Server host certificate: .* CA (\S+) (SHA256:\S+)/m.exec(all)
  const label = shown ? `${keyLabel(shown[1] ?? '')} ${shown[2]}` : 'its key'
  const name = target.hostKeys.alias ?? knownHostName(target.host, target.port)
  const offending = /^(?:Offending|Matching) .*key in (.+:\d+)$/m.exec(all)?.[1]
  const place = offending === undefined ? '' : ` at ${offending}`
  const file = offending?.replace(/:\d+$/, '')
  if (/REVOKED HOST KEY|is marked as revoked|is revoked|revoked by file/i.test(all)) {
    return new Unreachable(
      'host-key',
      `the host key of ${name} (${label}) is revoked${place}`,
      'somebody may be using a stolen key: do not log in; give the host a new key',
    )
  }
  if (/HOST IDENTIFICATION HAS CHANGED|DNS SPOOFING/.test(all)) {
    return new Unreachable(
      'host-key',
      `the host key of ${name} has CHANGED: it shows ${label}, recorded is another${place}`,
      `somebody may be listening in; if the host was reinstalled: ssh-keygen ${file ? `-f ${file} ` : ''}-R '${name}'`,
    )
  }
  const invalid = /^Certificate invalid: (.*)$/m.exec(all)
  if (invalid) {
    return new Unreachable(
      'host-key',
      `the host certificate of ${name} does not hold: ${firstLine(invalid[1] ?? '')}`,
      'compare its principals and dates (ssh-keygen -L -f) with the name that is logged in to',
    )
  }
  if (authority) {
    return new Unreachable(
      'host-key',
      `the host certificate of ${name} is by an authority (${keyLabel(authority[1] ?? '')} ${authority[2]}) that known_hosts does not name`,
      'compare its fingerprint, then add a line for it: @cert-authority *.example.org KEY',
    )
  }
  return new Unreachable(
    'host-key',
    `the host key of ${name} (${label}) is not in ${target.hostKeys.knownHostsFiles[0] ?? 'any known_hosts file'}`,
    `compare the fingerprint with the host's own, then log in once with ssh, or use ssh-keyscan`,
  )
}

/** The host has refused all that ssh had: names it, and what the host would take. */
function refused(log: SshLog, { target, where, notes }: LoginAbout, left: string): Unreachable {
  const who = `${target.user}@${where}`
  const takes = left.split(',')
  const trouble = log.said.filter((line) =>
    /^(Load key|sign_and_send_pubkey|Permissions \d+ for|Certificate |agent |Warning: Identity file)/.test(line),
  )
  const aside = [...new Set([...notes, ...trouble.map(firstLine)])].map((note) => `; ${note}`).join('')
  const offered = log.debug.flatMap((line) => {
    const [, file, type, print] = /^Offering public key: (.*) (\S+) (SHA256:\S+)/.exec(line) ?? []
    return file === undefined ? [] : [`${file} (${type} ${print})`]
  })
  const keys = takes.includes('publickey') ? offered : []
  const password =
    target.password !== undefined && (takes.includes('password') || takes.includes('keyboard-interactive'))
  const tried = [...new Set([...keys, ...(password ? ['the password'] : [])])]
  if (log.said.some((line) => /^Authenticated using .* with partial success/.test(line))) {
    return new Unreachable('login', `${who} wants a second proof after the first (${takes.join(', ')})${aside}`)
  }
  if (tried.length === 0) {
    return new Unreachable(
      'login',
      `ssh has nothing that ${who} takes (${takes.join(', ')})${aside}`,
      'give it a key (--private-key FILE, ssh-add), a certificate, or a password (-k)',
    )
  }
  return new Unreachable(
    'login',
    `${who} refused ${tried.join(', ')}${aside}`,
    keys.length === 0
      ? 'is it the right user? root may need PermitRootLogin yes'
      : `is it the right user? The public key must be in its ~/.ssh/authorized_keys: ssh-copy-id`,
  )
}

/** Why a connection that stood has ended; undefined where ssh does not say. */
export function lastWords(log: SshLog): Error | undefined {
  const all = [...log.debug, ...log.said]
  if (all.some((line) => /^Timeout, server .* not responding/.test(line))) return new Error('Keepalive timeout')
  if (all.some((line) => /Connection reset by|Broken pipe/.test(line))) return withCode('ECONNRESET', 'reset')
  return undefined
}

const keyLabel = (type: string): string =>
  /ed25519|ecdsa|rsa|dss/i.exec(type)?.[0].toUpperCase().replace('DSS', 'DSA') ?? type

function withCode(code: string | undefined, message = ''): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}
