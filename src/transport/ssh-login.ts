import type { Duplex } from 'node:stream'
import type { Algorithms, Client } from 'ssh2'
import { onAbort, reasonOf } from './abort.ts'
import { type HostKeyCheck, noKnownKeyType } from './host-keys.ts'
import { authenticator, type Refusal } from './ssh-auth.ts'
import type { LoginPlan } from './ssh-login-plan.ts'
import { closedDuringLogin, type LoginStage } from './ssh-errors.ts'
import type { Keyring } from './ssh-keyring.ts'
import { onRefusal, shortenLogin } from './ssh-pipelining.ts'
import type { Ssh2 } from './ssh2.ts'
import { type Target, Unreachable } from './transport.ts'

export interface LoginContext {
  readonly ssh2: Ssh2
  readonly target: Target
  /** The address as messages show it. */
  readonly where: string
  readonly plan: LoginPlan
  readonly keyring: Keyring
  readonly hostKey: HostKeyCheck
  readonly algorithms: Algorithms
  readonly signal: AbortSignal
  readonly onStage: (stage: LoginStage) => void
  readonly pause: <T>(waiting: Promise<T>) => Promise<T>
}

export interface LoggedIn {
  readonly client: Client
  readonly warnings: readonly string[]
}

/** Unanswered keepalives after which a connection is given up. */
const usualTries = 3

/**
 * Speaks SSH on an open connection until the login stands. The stream is destroyed when it does not.
 * @throws Unreachable; or the signal's reason when it is aborted
 */
export async function login(stream: Duplex, context: LoginContext): Promise<LoggedIn> {
  const { ssh2, target, where, hostKey, signal } = context
  const ssh = new ssh2.NodeSSH()
  const warnings: string[] = []
  let stage: LoginStage = 'banner'
  let ended: Error | undefined
  let socketError: unknown
  let untrusted = false
  let refusal: Refusal | undefined
  let said = ''

  /** The first reason counts: what follows is only the noise of the connection going down. */
  const fail = (error: Error): void => {
    ended ??= error
    stream.destroy()
  }
  const enter = (next: LoginStage): void => {
    stage = next
    context.onStage(next)
  }
  const next = authenticator({ ...context, untrusted: () => untrusted, fail })
  const verify = (key: Buffer): boolean => {
    try {
      const finding = hostKey.verify(key)
      warnings.push(...finding.warnings)
      untrusted = finding.untrusted
      return true
    } catch (error) {
      ended ??= error instanceof Error ? error : new Error(String(error))
      return false
    }
  }
  const abort = (): void => fail(reasonOf(signal))

  const connecting = ssh.connect({
    sock: stream,
    host: target.host,
    username: target.user,
    // Our own clock covers all phases and stops while a person types.
    readyTimeout: 0,
    keepaliveInterval: target.keepalive * 1000,
    keepaliveCountMax: target.keepaliveTries ?? usualTries,
    // Without one, ssh2 accepts every host key.
    hostVerifier: verify,
    algorithms: context.algorithms,
    authHandler: (left, partial, give) => {
      next(refusal ?? (left ? { left, partial } : undefined), give)
    },
  })
  const client = ssh.connection
  if (client === null) return connecting.then(() => Promise.reject(new Error('node-ssh made no client')))
  // From here on nothing that happens to the connection may be an uncaught exception.
  client.on('error', (error) => (socketError ??= error))
  // A stream through a jump host stays half open for ever when only the far side has closed it.
  client.on('end', () => stream.destroy())
  shortenLogin(client)
  onRefusal(client, (left, partial) => (refusal = { left, partial }))
  const greet = (chunk: Buffer): void => {
    if (stage === 'banner') said = (said + chunk.toString('latin1')).slice(0, 1000)
    // The last line may be the SSH banner itself, whole or cut.
    if (/(^|\n)SSH-/.test(said)) {
      stream.removeListener('data', greet)
      said = ''
      enter('kex')
    }
  }
  stream.on('data', greet)
  client.once('handshake', () => enter('login'))
  client.on('banner', (message) => (said = message))
  client.on('change password', () => {
    fail(
      new Unreachable('login', `the password of ${target.user}@${where} has expired`, 'log in by hand and change it'),
    )
  })
  const callOff = onAbort(signal, abort)

  try {
    await connecting
    return { client, warnings }
  } catch (error) {
    stream.destroy()
    throw ended ?? explain(error)
  } finally {
    callOff()
    stream.removeListener('data', greet)
  }

  function explain(error: unknown): Unreachable {
    const cause = socketError ?? error
    if (hostKey.knownTypes.length > 0 && /no matching host key format/.test(String(cause))) {
      return noKnownKeyType(target, hostKey.knownTypes)
    }
    return closedDuringLogin({ stage, where, said, error: cause, otherClient: 'ansible_connection: openssh' })
  }
}
