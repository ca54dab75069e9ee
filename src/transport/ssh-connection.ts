import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { duplexOf } from './channel-stream.ts'
import { sshChannel } from './ssh-channel.ts'
import { addressOf, channelRefused, connectionLost, forwardRefused } from './ssh-errors.ts'
import type { Channel, Connection, Unreachable } from './transport.ts'

/** How long a closed connection may take to send its last bytes, in milliseconds. */
const farewell = 500

export interface SshConnectionAbout {
  /** The host's address as messages show it. */
  readonly where: string
  readonly warnings: readonly string[]
  /** A better reason than the connection's own, when it ends: the jump host that went away. */
  readonly cause: () => Unreachable | undefined
  /** Called once, however the connection ends. */
  readonly onEnd: (reason: Unreachable | undefined) => void
}

/** A login over ssh2. */
export class SshConnection implements Connection {
  readonly lost: Promise<Unreachable | undefined>
  readonly warnings: readonly string[]
  readonly #client: Client
  readonly #stream: Duplex
  readonly #where: string
  #closed = false

  constructor(client: Client, stream: Duplex, about: SshConnectionAbout) {
    this.#client = client
    this.#stream = stream
    this.#where = about.where
    this.warnings = about.warnings
    let reason: unknown
    // node-ssh has taken its own listener away by now: without this one a reset would end the whole run. Nothing that
    // ssh2 reports this way can be survived, but not all of it closes the stream.
    client.on('error', (error) => {
      reason ??= error
      stream.destroy()
    })
    this.lost = new Promise((resolve) => {
      client.once('close', () => {
        const ended = this.#closed ? undefined : (about.cause() ?? connectionLost(reason, this.#where))
        resolve(ended)
        about.onEnd(ended)
      })
    })
  }

  async exec(command: string): Promise<Channel> {
    try {
      return await new Promise<Channel>((resolve, reject) => {
        this.#client.exec(command, (error, channel) =>
          error ? reject(error) : resolve(sshChannel(channel, this.lost)),
        )
      })
    } catch (error) {
      throw channelRefused(error, this.#where)
    }
  }

  async forward(host: string, port: number): Promise<Duplex> {
    try {
      return await new Promise<Duplex>((resolve, reject) => {
        this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
          if (error) return reject(error)
          resolve(duplexOf(channel, this.lost))
        })
      })
    } catch (error) {
      throw forwardRefused(error, this.#where, addressOf(host, port))
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const stream = this.#stream
    const timer = setTimeout(() => stream.destroy(), farewell)
    timer.unref()
    stream.once('close', () => clearTimeout(timer))
    try {
      this.#client.end()
    } catch {
      // It cannot even say good-bye any more.
    }
    // ssh2 waits for the server to close its side too; we have said good-bye and need no answer.
    if (stream instanceof Socket) stream.destroySoon()
    else stream.destroy()
  }
}
