import type { Client, ParsedKey } from 'ssh2'

/**
 * Two places where ssh2 waits for an answer although the RFCs let a client go on (each costs a round trip on every
 * login), and one where it does needless work. All reach into ssh2's internals, so every use is guarded: with other
 * internals everything still works, only slower (and the test that counts round trips says so).
 *
 * A third round trip cannot be saved: OpenSSH opens a session's window only once the command runs, so no input can
 * travel with the request for it.
 */

type SignCallback = (data: Buffer, done: (signature: Buffer) => void) => void
type AuthPublicKey = (user: string, key: ParsedKey, algorithm?: string, sign?: SignCallback) => void
type Handler = (protocol: unknown, ...rest: readonly unknown[]) => void

interface Internals {
  readonly protocol: { authPK: AuthPublicKey }
  readonly handlers: Record<'SERVICE_ACCEPT' | 'EXT_INFO' | 'GLOBAL_REQUEST' | 'USERAUTH_FAILURE', Handler>
}

/** Makes a login shorter. Call it right after `connect`, before anything has been received. */
export function shortenLogin(client: Client): void {
  const internals = internalsOf(client)
  if (internals === undefined) return
  signAtOnce(internals)
  authenticateBeforeServiceAccept(internals)
  ignoreHostKeyUpdates(internals)
}

/**
 * RFC 4252, section 7: a client may send the signature without first asking whether the key would do. Signing with a
 * key in memory costs less than any round trip. Keys in an agent are still asked for first: signing may need a person.
 */
function signAtOnce({ protocol }: Internals): void {
  const authPK = protocol.authPK.bind(protocol)
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign !== undefined || !key.isPrivateKey()) return authPK(user, key, algorithm, sign)
    authPK(user, key, algorithm, (data, done) => done(key.sign(data, hashOf(algorithm))))
  }
}

function hashOf(algorithm: string | undefined): string | undefined {
  if (algorithm === 'rsa-sha2-256') return 'sha256'
  if (algorithm === 'rsa-sha2-512') return 'sha512'
  return algorithm === 'ssh-rsa' ? 'sha1' : undefined
}

/**
 * RFC 4253, section 10: only after a key exchange with implicit server authentication (none of ours) must a client
 * wait for SERVICE_ACCEPT. EXT_INFO, which comes with the server's NEWKEYS, is awaited: it says with which hash an RSA
 * key may sign (RFC 8308). A server that sends none is served in ssh2's own order.
 */
function authenticateBeforeServiceAccept({ handlers }: Internals): void {
  const { SERVICE_ACCEPT, EXT_INFO } = handlers
  let started = false
  let accepted = false
  handlers.EXT_INFO = (protocol, ...rest) => {
    EXT_INFO(protocol, ...rest)
    // ssh2 has asked for the service while it handled NEWKEYS, which is always before.
    if (started) return
    started = true
    SERVICE_ACCEPT(protocol, 'ssh-userauth')
  }
  handlers.SERVICE_ACCEPT = (protocol, ...rest) => {
    const first = !accepted
    accepted = true
    if (first && started) return
    started = true
    SERVICE_ACCEPT(protocol, ...rest)
  }
}

/**
 * OpenSSH offers all its host keys after a login (UpdateHostKeys), and ssh2 makes it sign with each of them, for
 * nothing: nobody listens. That is milliseconds of CPU on both sides.
 */
function ignoreHostKeyUpdates({ handlers }: Internals): void {
  const { GLOBAL_REQUEST } = handlers
  handlers.GLOBAL_REQUEST = (protocol, name, wantReply, data) => {
    if (name !== 'hostkeys-00@openssh.com' || wantReply === true) GLOBAL_REQUEST(protocol, name, wantReply, data)
  }
}

/**
 * Tells what the server said to each refused attempt: the methods that may go on, and whether the attempt was half of
 * what it wants. ssh2 forgets both when the attempt was made with a key of an agent.
 */
export function onRefusal(client: Client, listener: (left: readonly string[], partial: boolean) => void): void {
  const handlers = internalsOf(client)?.handlers
  if (handlers === undefined) return
  const { USERAUTH_FAILURE } = handlers
  handlers.USERAUTH_FAILURE = (protocol, left, partial) => {
    if (Array.isArray(left)) listener(left.map(String), partial === true)
    USERAUTH_FAILURE(protocol, left, partial)
  }
}

function internalsOf(client: object): Internals | undefined {
  if (!has(client, '_protocol') || !has(client._protocol, '_handlers')) return undefined
  const { _protocol: protocol } = client
  const { _handlers: handlers } = client._protocol
  return isProtocol(protocol) && isHandlers(handlers) ? { protocol, handlers } : undefined
}

const isProtocol = (value: unknown): value is Internals['protocol'] => areFunctions(value, 'authPK')
const isHandlers = (value: unknown): value is Internals['handlers'] =>
  areFunctions(value, 'SERVICE_ACCEPT', 'EXT_INFO', 'GLOBAL_REQUEST', 'USERAUTH_FAILURE')

function areFunctions(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => has(value, name) && typeof value[name] === 'function')
}

function has<K extends string>(value: unknown, name: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && name in value
}
