import { Unreachable } from './transport.ts'

/** How far a login has come; a time-out or a closed connection is told by it. */
export type LoginStage = 'tcp' | 'banner' | 'kex' | 'login'

export function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** What a failed attempt to open a TCP connection means. */
export function dialError(error: unknown, host: string, port: number): Unreachable {
  const where = addressOf(host, port)
  switch (codeOf(error)) {
    case 'ENOTFOUND':
      return new Unreachable('resolve', `the name ${host} does not resolve`, 'correct ansible_host, or the DNS')
    case 'EAI_AGAIN':
      return new Unreachable(
        'resolve',
        `the name ${host} cannot be resolved just now`,
        "check this machine's DNS",
        'soon',
      )
    case 'ECONNREFUSED':
      return new Unreachable(
        'connect',
        `${where} refused the connection`,
        'is sshd running there, on that port?',
        'perhaps',
      )
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new Unreachable(
        'connect',
        `no route to ${where}`,
        'check the network, a VPN, or whether the host is up',
        'perhaps',
      )
    case 'ETIMEDOUT':
      return new Unreachable(
        'timeout',
        `${where} does not answer`,
        'is the host up, and does a firewall let us through?',
        'perhaps',
      )
    case 'EACCES':
    case 'EPERM':
      return new Unreachable('connect', `this machine does not allow a connection to ${where}`, 'check its firewall')
    case 'EMFILE':
    case 'ENFILE':
      return new Unreachable(
        'connect',
        'this machine has no file descriptors left',
        'use fewer --forks, or ulimit -n',
        'soon',
      )
    default:
      return new Unreachable(
        'connect',
        `cannot connect to ${where}: ${firstLine(messageOf(error))}`,
        undefined,
        codeOf(error) === 'ECONNRESET' ? 'soon' : 'perhaps',
      )
  }
}

/** Nothing came of it in `seconds`. */
export function loginTimeout(stage: LoginStage, where: string, seconds: number): Unreachable {
  const after = `within ${seconds} s`
  switch (stage) {
    case 'tcp':
      return new Unreachable(
        'timeout',
        `${where} does not answer ${after}`,
        'is the host up, and does a firewall let us through?',
        'perhaps',
      )
    case 'banner':
      return new Unreachable(
        'timeout',
        `${where} accepts connections but sends no SSH banner ${after}`,
        'is it sshd that listens there, and is the host overloaded?',
        'perhaps',
      )
    case 'kex':
      return new Unreachable(
        'timeout',
        `${where} did not finish the key exchange ${after}`,
        'is the host overloaded?',
        'perhaps',
      )
    case 'login':
      return new Unreachable(
        'timeout',
        `${where} did not finish the login ${after}`,
        'sshd may be waiting for DNS (UseDNS) or PAM; ansible_timeout gives it longer',
        'perhaps',
      )
  }
}

export interface ClosedEarly {
  readonly stage: LoginStage
  readonly where: string
  /** What the server sent before its banner, or as a login banner. */
  readonly said: string
  readonly error: unknown
  /** Which client may do better. */
  readonly otherClient?: string
}

/** The connection ended while we were logging in. */
export function closedDuringLogin({ stage, where, said, error, otherClient }: ClosedEarly): Unreachable {
  const message = messageOf(error)
  const words = firstLine(said)
  const saying = words === '' ? '' : `, saying "${words}"`
  const matchless = /no matching (.*)$/.exec(message)
  if (matchless) {
    return new Unreachable(
      'handshake',
      `${where} and this client share no ${matchless[1]}`,
      `the host is very old, or hardened beyond this client: ${otherClient ? `try ${otherClient}, or ` : ''}widen its sshd_config's algorithms`,
    )
  }
  if (/Too many authentication failures/i.test(message)) {
    return new Unreachable(
      'login',
      `${where} ended the login after too many refused keys`,
      'name the right key (--private-key) and add -o IdentitiesOnly=yes to ansible_ssh_common_args',
    )
  }
  if (stage === 'banner' && words !== '' && !/MaxStartups|not allowed/i.test(words)) {
    return new Unreachable('handshake', `what listens on ${where} does not speak SSH${saying}`, 'correct ansible_port')
  }
  if (stage === 'banner' || stage === 'tcp') {
    return new Unreachable(
      'handshake',
      `${where} closed the connection before its SSH banner${saying}`,
      'too many logins at once (MaxStartups, PerSourcePenalties)? Use fewer --forks; or a ban (fail2ban)?',
      'soon',
    )
  }
  if (stage === 'kex') {
    const cut = codeOf(error) === 'ECONNRESET' || /Connection lost before handshake/.test(message)
    return new Unreachable(
      'handshake',
      `the key exchange with ${where} failed: ${firstLine(message)}`,
      undefined,
      cut ? 'soon' : 'never',
    )
  }
  return new Unreachable(
    'login',
    `${where} closed the connection during the login${saying || `: ${firstLine(message)}`}`,
  )
}

/** The host refused a channel. `reason` is RFC 4254's: 1 prohibited, 2 connect failed, 3 unknown type, 4 resource shortage. */
export function channelRefused(error: unknown, where: string): Unreachable {
  const reason = typeof error === 'object' && error !== null && 'reason' in error ? error.reason : undefined
  const detail = firstLine(messageOf(error).replace('(SSH) Channel open failure: ', ''))
  if (detail === 'Unable to exec') {
    return new Unreachable(
      'channel',
      `${where} refused to run a command`,
      'is the account restricted, to SFTP for instance?',
    )
  }
  if (reason === undefined) return new Unreachable('lost', `the connection to ${where} was lost: ${detail}`)
  return new Unreachable(
    'channel',
    `${where} refused to open a channel (${detail})`,
    "MaxSessions in the host's sshd_config may be too low (1 is enough for a play, 2 for big files and for becoming a user)",
  )
}

/** The host could not, or would not, connect to another one for us. */
export function forwardRefused(error: unknown, where: string, to: string): Unreachable {
  const reason = typeof error === 'object' && error !== null && 'reason' in error ? error.reason : undefined
  const detail = firstLine(messageOf(error).replace('(SSH) Channel open failure: ', ''))
  if (reason === undefined)
    return new Unreachable('lost', `the connection to ${where} was lost: ${detail}`, undefined, 'soon')
  return reason === 1 || reason === 3
    ? new Unreachable(
        'forbidden',
        `${where} does not allow forwarding to ${to}`,
        'AllowTcpForwarding yes in its sshd_config',
      )
    : new Unreachable(
        'channel',
        `${where} cannot reach ${to} (${detail})`,
        undefined,
        reason === 4 ? 'soon' : 'perhaps',
      )
}

/** The connection stood and is gone. */
export function connectionLost(error: unknown, where: string): Unreachable {
  const message = firstLine(messageOf(error))
  if (/Keepalive timeout/.test(message)) {
    return new Unreachable(
      'lost',
      `${where} no longer answers`,
      'did the host go down, or a firewall change cut us off?',
      'perhaps',
    )
  }
  const how =
    error === undefined ? 'closed by the host' : codeOf(error) === 'ECONNRESET' ? 'reset by the host' : message
  return new Unreachable('lost', `the connection to ${where} was lost (${how})`, undefined, 'soon')
}

/** Says which jump host a failure belongs to. */
export function behindJump(error: Unreachable, jump: string): Unreachable {
  return new Unreachable(error.phase, `jump host ${jump}: ${error.message}`, error.hint, error.retry)
}

export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(codeOf).find((code) => code !== undefined)
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the server closed it'
}

/** One line without control characters: what a server sends must not play tricks on a terminal. */
export function firstLine(text: string): string {
  const line = text.split(/[\r\n]/).find((part) => part.trim() !== '') ?? ''
  return line
    .replace(/\p{Cc}/gu, '?')
    .trim()
    .slice(0, 200)
}
