import type { Client, ClientChannel, ParsedKey } from 'ssh2'

/**
 * Three places where ssh2 waits for an answer although the RFCs let a client go on. Each costs a round trip on every
 * login. They reach into ssh2's internals, so every use is guarded: with other internals everything still works, only
 * slower (and the test that counts round trips says so).
 */

type SignCallback = (data: Buffer, done: (signature: Buffer) => void) => void
type AuthPublicKey = (user: string, key: ParsedKey, algorithm?: string, sign?: SignCallback) => void
type Handler = (protocol: unknown, ...rest: readonly unknown[]) => void

interface Internals {
  readonly protocol: {
    authPK: AuthPublicKey
    session(id: number, window: number, packetSize: number): void
    exec(channel: number, command: string, wantReply: boolean): void
  }
  readonly handlers: Record<'SERVICE_ACCEPT' | 'EXT_INFO' | 'GLOBAL_REQUEST' | 'USERAUTH_FAILURE', Handler>
  readonly channels: { add(opened: unknown): number }
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

export interface EarlyChannel {
  readonly channel: ClientChannel
  /** Settles with the server's answer to the request: true when the command runs. False also when the connection ended. */
  readonly started: Promise<boolean>
}

/** The window that ssh2 keeps books of for every channel it opens. */
const windowSize = 2 * 1024 * 1024
const packetSize = 32 * 1024

/**
 * Opens a channel for a command and hands it over as soon as the command has been *sent*: input may follow at once
 * (RFC 4254, section 5.2: the window is open), so the first exchange saves a round trip.
 */
export function openSession(client: Client, command: string): Promise<EarlyChannel> {
  const internals = internalsOf(client)
  return new Promise((resolve, reject) => {
    if (internals === undefined) {
      client.exec(command, (error, channel) => {
        if (error) reject(error)
        else resolve({ channel, started: Promise.resolve(true) })
      })
      return
    }
    const { protocol, channels } = internals
    const opened = (error: Error | undefined, channel: unknown): void => {
      if (error) return reject(error)
      if (!isChannel(channel)) return reject(new Error('ssh2 has changed its channels'))
      const started = new Promise<boolean>((settle) => channel._callbacks.push((failed) => settle(!failed)))
      channel.subtype = 'exec'
      protocol.exec(channel.outgoing.id, command, true)
      resolve({ channel, started })
    }
    protocol.session(channels.add(Object.assign(opened, { type: 'session' })), windowSize, packetSize)
  })
}

type OpenedChannel = ClientChannel & {
  readonly outgoing: { readonly id: number }
  readonly _callbacks: ((failed: unknown) => void)[]
  subtype: string | undefined
}

function isChannel(channel: unknown): channel is OpenedChannel {
  return has(channel, '_callbacks') && Array.isArray(channel._callbacks) && has(channel, 'outgoing')
}

function internalsOf(client: object): Internals | undefined {
  if (!has(client, '_protocol') || !has(client, '_chanMgr')) return undefined
  const { _protocol: protocol, _chanMgr: channels } = client
  if (!has(protocol, '_handlers')) return undefined
  const { _handlers: handlers } = protocol
  return isProtocol(protocol) && isHandlers(handlers) && isChannels(channels)
    ? { protocol, handlers, channels }
    : undefined
}

const isProtocol = (value: unknown): value is Internals['protocol'] => areFunctions(value, 'authPK', 'session', 'exec')
const isHandlers = (value: unknown): value is Internals['handlers'] =>
  areFunctions(value, 'SERVICE_ACCEPT', 'EXT_INFO', 'GLOBAL_REQUEST', 'USERAUTH_FAILURE')
const isChannels = (value: unknown): value is Internals['channels'] => areFunctions(value, 'add')

function areFunctions(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => has(value, name) && typeof value[name] === 'function')
}

function has<K extends string>(value: unknown, name: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && name in value
}
