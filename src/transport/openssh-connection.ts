import type { Duplex } from 'node:stream'
import { commandChannel, forwardedStream } from './mux-channel.ts'
import type { MuxProxy } from './mux-proxy.ts'
import { string, uint32 } from './mux-wire.ts'
import { lastWords } from './openssh-errors.ts'
import type { SshProcess } from './openssh-process.ts'
import { addressOf, channelRefused, connectionLost, forwardRefused } from './ssh-errors.ts'
import { type Channel, type Connection, type OpensshOptions, outputGrace, type Unreachable } from './transport.ts'

export interface OpensshConnectionAbout {
  readonly where: string
  readonly warnings: readonly string[]
  /** The control socket, for hosts behind this one. */
  readonly controlPath: string
  readonly session: Pick<OpensshOptions, 'forwardAgent' | 'env'>
  /** A better reason than the connection's own, when it is lost: the jump host that went away. */
  readonly cause: () => Promise<Unreachable | undefined>
  /** Called once, however the connection ends. */
  readonly onEnd: (reason: Unreachable | undefined) => void
}

/** A login that the system's ssh holds. */
export class OpensshConnection implements Connection {
  readonly lost: Promise<Unreachable | undefined>
  readonly warnings: readonly string[]
  readonly controlPath: string
  readonly #ssh: SshProcess
  readonly #mux: MuxProxy
  readonly #about: OpensshConnectionAbout
  #closed = false

  constructor(ssh: SshProcess, mux: MuxProxy, about: OpensshConnectionAbout) {
    this.#ssh = ssh
    this.#mux = mux
    this.#about = about
    this.warnings = about.warnings
    this.controlPath = about.controlPath
    this.lost = mux.closed.then(async () => {
      if (!this.#closed) {
        // What it says last tells why.
        await Promise.race([ssh.gone, new Promise((resolve) => setTimeout(resolve, outputGrace))])
      }
      const reason = this.#closed
        ? undefined
        : ((await about.cause()) ?? connectionLost(lastWords(ssh.log), about.where))
      ssh.kill()
      await ssh.gone
      about.onEnd(reason)
      return reason
    })
  }

  async exec(command: string): Promise<Channel> {
    const { forwardAgent, env } = this.#about.session
    try {
      const channel = await this.#mux.open('session')
      const asking = [
        ...(forwardAgent ? [channel.request('auth-agent-req@openssh.com')] : []),
        ...Object.entries(env).map(([name, value]) => channel.request('env', string(name), string(value))),
      ]
      // An sshd that allows neither runs the command all the same.
      void Promise.all(asking)
      const running = commandChannel(channel)
      if (await channel.request('exec', string(command))) return running
      running.destroy()
      throw new Error(channel.dropped ? 'closed by the host' : 'Unable to exec')
    } catch (error) {
      throw channelRefused(error, this.#about.where)
    }
  }

  async forward(host: string, port: number): Promise<Duplex> {
    try {
      return forwardedStream(
        await this.#mux.open('direct-tcpip', string(host), uint32(port), string('127.0.0.1'), uint32(0)),
      )
    } catch (error) {
      throw forwardRefused(error, this.#about.where, addressOf(host, port))
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#mux.destroy()
    this.#ssh.kill()
  }
}
