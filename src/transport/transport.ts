import type { Duplex, Readable, Writable } from 'node:stream'
import type { Algorithms } from './ssh-options.ts'

/** Where and as whom to log in; everything already rendered and plain. */
export interface Target {
  /** The inventory's name, for messages. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly kind: 'ssh' | 'openssh' | 'local'
  /** Private keys, or public ones whose private half the agent holds; all of them must exist. */
  readonly privateKeyFiles: readonly string[]
  /** Offer nothing from the agent but the keys of `privateKeyFiles`. */
  readonly identitiesOnly?: boolean
  readonly password?: string
  /** Asked once per key file when a key is encrypted; `undefined` means there is nobody to ask. */
  readonly passphrase?: (keyFile: string) => Promise<string | undefined>
  /** Path of the agent's socket. */
  readonly agent?: string
  readonly hostKeys: HostKeyPolicy
  /** The hosts to go through, the nearest first. Their own `jumps` are ignored. */
  readonly jumps: readonly Target[]
  /** Seconds for TCP, key exchange and login together. */
  readonly connectTimeout: number
  /** How often a login that fails is tried again, where another try may help; see `Retry`. */
  readonly retries?: number
  /** In place of a TCP connection: a program and its words, whose input and output speak with the host. */
  readonly proxyCommand?: readonly string[]
  /** Seconds between keepalives. 0 sends none. */
  readonly keepalive: number
  /** Unanswered keepalives before the one that ends the connection; 3 unless said. */
  readonly keepaliveTries?: number
  /** As OpenSSH writes them; what the client does not have is left out. */
  readonly algorithms?: Algorithms
  /** For `openssh`: what variables and options say, as that program is told. */
  readonly openssh?: OpensshOptions
}

export interface OpensshOptions {
  /** The name that it looks up in its configuration. */
  readonly destination: string
  readonly args: readonly string[]
  /** Key files that must exist: ssh itself would go on without them. */
  readonly keyFiles: readonly string[]
  readonly forwardAgent: boolean
  /** What SendEnv and SetEnv hand to commands. */
  readonly env: Readonly<Record<string, string>>
}

export interface HostKeyPolicy {
  readonly checking: 'yes' | 'accept-new' | 'no'
  /** All are read; a new key is added to the first. */
  readonly knownHostsFiles: readonly string[]
  /** New names are written hashed (HashKnownHosts). */
  readonly hashed?: boolean
  /** Name to look up instead of host and port (HostKeyAlias). */
  readonly alias?: string
}

/** A login that stands. Never throws after `connect`: what happens to it is told by `lost` and by its channels. */
export interface Connection {
  /**
   * Starts a command through the login shell on the host; bytes go both ways unchanged. Read both outputs: they
   * share one flow window, and an unread one stalls the other.
   * @throws Unreachable (phase `channel`, or `lost`) when the host gives no channel
   */
  exec(command: string): Promise<Channel>
  /**
   * A TCP connection from the host's place in the network (direct-tcpip).
   * @throws Unreachable when the host cannot make it (phase `channel`), will not (`forbidden`), or is gone (`lost`)
   */
  forward(host: string, port: number): Promise<Duplex>
  /** Settles when the connection ends, with the reason when it was not we who closed it. Never rejects. */
  readonly lost: Promise<Unreachable | undefined>
  /** Warnings of the login, such as "nothing was verified". */
  readonly warnings: readonly string[]
  /** Ends it now, with everything that runs on it; may be called twice. */
  close(): void
}

export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** The command's end as the host reports it; never rejects. See `ChannelEnd`. */
  readonly ended: Promise<ChannelEnd>
  /** Lets go of the channel: the command gets no more input and nobody reads its output (`local` also ends it). */
  destroy(): void
}

/**
 * How a command ended. Told once its output has ended as well, or `outputGrace` after the command itself when a
 * background child holds the output open.
 */
export interface ChannelEnd {
  /** Null when the connection dropped or a signal ended the command: never to be taken for success. */
  readonly code: number | null
  /** `SIGKILL`, …, when a signal ended the command. */
  readonly signal: string | null
}

/** Milliseconds that output may come after a command's end. */
export const outputGrace = 250

export type UnreachablePhase =
  'resolve' | 'connect' | 'host-key' | 'handshake' | 'login' | 'channel' | 'forbidden' | 'become' | 'lost' | 'timeout'

/**
 * Whether another login may fare better: `soon` after "not now" (a full MaxStartups, a reset, a name server that is
 * away), which is tried again unasked; `perhaps` where nobody answers, which may be so for good. `never`: a wrong
 * password, a changed host key.
 */
export type Retry = 'never' | 'perhaps' | 'soon'

/** The host cannot be worked on; `message` is one clear line, `hint` the next step. */
export class Unreachable extends Error {
  readonly phase: UnreachablePhase
  readonly hint: string | undefined
  readonly retry: Retry

  constructor(phase: UnreachablePhase, message: string, hint?: string, retry: Retry = 'never') {
    super(message)
    this.name = 'Unreachable'
    this.phase = phase
    this.hint = hint
    this.retry = retry
  }
}

export interface Transport {
  /**
   * Logs in.
   * @param how `fresh` shares nothing with other connections (no pooled jump host): a new TCP connection all the way
   * @throws Unreachable; or the signal's reason when it is aborted
   */
  connect(target: Target, signal?: AbortSignal, how?: { readonly fresh?: boolean }): Promise<Connection>
  /** Lets go at once of what connections share (jump hosts are kept for a moment after their last use). */
  close(): void
}
