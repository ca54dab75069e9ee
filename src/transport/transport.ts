import type { Duplex, Readable, Writable } from 'node:stream'

/** Where and as whom to log in; everything already rendered and plain. */
export interface Target {
  /** The inventory's name, for messages. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly kind: 'ssh' | 'local'
  readonly privateKeyFiles: readonly string[]
  readonly password?: string
  /** Asked once per key file when a key is encrypted; `undefined` means there is nobody to ask. */
  readonly passphrase?: (keyFile: string) => Promise<string | undefined>
  readonly agent?: string
  readonly hostKeys: HostKeyPolicy
  readonly jumps: readonly Target[]
  /** Seconds for TCP, key exchange and login together. */
  readonly connectTimeout: number
  /** Seconds between keepalives. */
  readonly keepalive: number
}

export interface HostKeyPolicy {
  readonly checking: 'yes' | 'accept-new' | 'no'
  readonly knownHostsFiles: readonly string[]
  /** Name to look up instead of host and port (HostKeyAlias). */
  readonly alias?: string
}

/** A login that stands. Never throws after `connect`: what happens to it is told by `lost` and by its channels. */
export interface Connection {
  /** Starts a command through the login shell on the host; bytes go both ways unchanged. */
  exec(command: string): Promise<Channel>
  /** A TCP connection from the host's place in the network (direct-tcpip). */
  forward(host: string, port: number): Promise<Duplex>
  /** Settles when the connection ends, with the reason when it was not we who closed it. */
  readonly lost: Promise<Unreachable | undefined>
  /** Warnings of the login, such as "nothing was verified". */
  readonly warnings: readonly string[]
  close(): void
}

export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** `code` is null when the connection dropped or a signal ended the command: never to be taken for success. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  destroy(): void
}

export type UnreachablePhase =
  'resolve' | 'connect' | 'host-key' | 'handshake' | 'login' | 'channel' | 'become' | 'lost' | 'timeout'

/** The host cannot be worked on; `message` is one clear line, `hint` the next step. */
export class Unreachable extends Error {
  readonly phase: UnreachablePhase
  readonly hint: string | undefined

  constructor(phase: UnreachablePhase, message: string, hint?: string) {
    super(message)
    this.name = 'Unreachable'
    this.phase = phase
    this.hint = hint
  }
}

export interface Transport {
  connect(target: Target, signal?: AbortSignal): Promise<Connection>
}
