import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { attempt, run } from './command.ts'
import { CertificateAuthority, type Certificate } from './certificates.ts'
import { FrameParser, parseSyslog, type SyslogMessage } from './frames.ts'
import { address4, address6, bridgeName } from './names.ts'

/**
 * How the intake misbehaves:
 * `wrong-name`, `wildcard`, `letter-case`, `unknown-ca`, `expired`, `self-signed` what is wrong with its certificate;
 * `plaintext` no TLS at all; `refuse` nothing listens; `silent` accepts the connection and then says nothing; `drop` packets vanish, also those of
 * connections that are open; `close` ends every connection after the first message; `slow` reads one chunk a second.
 */
export type IntakeFault =
  | 'wrong-name'
  | 'wildcard'
  | 'letter-case'
  | 'unknown-ca'
  | 'expired'
  | 'self-signed'
  | 'plaintext'
  | 'refuse'
  | 'silent'
  | 'drop'
  | 'close'
  | 'slow'

export interface IntakeOptions {
  /** The name in its certificate, which the hosts resolve to it. Default `intake.sekoia.io`. */
  readonly name?: string
  /** Default 10514. */
  readonly port?: number
  /** In how many days its authority ends. Default 90. */
  readonly caDays?: number
  readonly fault?: IntakeFault
}

export interface Frame extends SyslogMessage {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly from: string
  readonly raw: Buffer
  readonly text: string
}

const OTHER_CERTIFICATE: ReadonlySet<IntakeFault> = new Set([
  'wrong-name',
  'wildcard',
  'letter-case',
  'unknown-ca',
  'expired',
  'self-signed',
])
const KEEPS_CONNECTIONS: ReadonlySet<IntakeFault> = new Set(['drop', 'close', 'slow'])

/** Plays SEKOIA.IO's intake on the bridge: TLS, octet-counted syslog, every message kept. */
export class Intake {
  readonly name: string
  readonly host: string
  readonly host6: string
  readonly port: number
  /** What came in, in the order of its arrival. */
  readonly frames: Frame[] = []
  /** Connections that failed or spoke something else, one line each. */
  readonly errors: string[] = []
  /** Who was cut off in the middle of a connection, an address for each time. */
  readonly cuts: string[] = []
  readonly #index: number
  readonly #folder: string
  readonly #authority: CertificateAuthority
  readonly #certificate: Certificate
  readonly #tls: TlsServer
  readonly #listeners: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #waiting = new Set<() => void>()
  #fault: IntakeFault | undefined

  private constructor(
    index: number,
    folder: string,
    options: IntakeOptions,
    authority: CertificateAuthority,
    certificate: Certificate,
  ) {
    this.#index = index
    this.#folder = folder
    this.#authority = authority
    this.#certificate = certificate
    this.name = nameOf(options)
    this.port = options.port ?? 10514
    this.host = address4(index, 1)
    this.host6 = address6(index, 1)
    this.#tls = createTlsServer({ ...certificate, minVersion: 'TLSv1.2' }, (socket) =>
      this.#read(socket, this.#tcpOf(socket)),
    )
    this.#tls.on('tlsClientError', (error, socket) => this.errors.push(`${socket.remoteAddress}: ${error.message}`))
  }

  static async listen(index: number, folder: string, options: IntakeOptions): Promise<Intake> {
    const authority = await CertificateAuthority.create(folder, 'Lab intake CA', options.caDays)
    const certificate = await authority.issue({ name: nameOf(options) })
    const intake = new Intake(index, folder, options, authority, certificate)
    await intake.#listen()
    if (options.fault) await intake.fault(options.fault)
    return intake
  }

  /** The authority that signs its certificate: what a sender has to trust. */
  get caPem(): string {
    return this.#authority.pem
  }

  /** Connections open at the moment, also those whose TLS handshake is not done. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Switches to a fault, or back to health with none. Open connections are cut unless the fault is about them. */
  async fault(fault?: IntakeFault): Promise<void> {
    const before = this.#fault
    if (before === 'drop') await this.#dropPackets(false)
    this.#fault = fault
    if (fault !== undefined && OTHER_CERTIFICATE.has(fault)) this.#tls.setSecureContext(await this.#flawed(fault))
    else this.#tls.setSecureContext(this.#certificate)
    const stays =
      fault === undefined ? before !== undefined && KEEPS_CONNECTIONS.has(before) : KEEPS_CONNECTIONS.has(fault)
    if (!stays) for (const socket of this.#sockets) this.#cut(socket, socket.remoteAddress)
    if (fault === 'refuse') this.#unlisten()
    else if (this.#listeners.length === 0) await this.#listen()
    if (fault === 'drop') await this.#dropPackets(true)
  }

  /** The first message, past or to come, for which `predicate` holds. */
  async waitFor(predicate: (frame: Frame) => boolean, timeoutMs: number): Promise<Frame> {
    const deadline = Date.now() + timeoutMs
    for (let seen = 0; ;) {
      for (; seen < this.frames.length; seen++) {
        const frame = this.frames[seen]
        if (frame && predicate(frame)) return frame
      }
      if (Date.now() >= deadline) throw new Error(this.#missed(timeoutMs))
      await this.#arrival(deadline - Date.now())
    }
  }

  async close(): Promise<void> {
    if (this.#fault === 'drop') await this.#dropPackets(false)
    this.#unlisten()
    for (const socket of this.#sockets) socket.destroy()
  }

  #missed(timeoutMs: number): string {
    const last = this.frames.slice(-3).map((frame) => `  ${frame.from}: ${frame.text.trimEnd()}`)
    const errors = this.errors.slice(-3).map((error) => `  ${error}`)
    const came = `${this.frames.length} messages and ${this.errors.length} errors came, the last:`
    return [`no such message within ${timeoutMs} ms; ${came}`, ...last, ...errors].join('\n')
  }

  #arrival(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      this.#waiting.add(done)
    })
  }

  async #listen(): Promise<void> {
    for (const host of [this.host, this.host6]) {
      const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port: this.port }, resolve)
      })
      server.unref()
      this.#listeners.push(server)
    }
  }

  #unlisten(): void {
    for (const server of this.#listeners.splice(0)) server.close()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', (error) => this.errors.push(`${socket.remoteAddress}: ${error.message}`))
    if (this.#fault === 'silent') socket.resume()
    else if (this.#fault === 'plaintext') this.#read(socket, socket)
    else this.#tls.emit('connection', socket)
  }

  #read(socket: Socket | TLSSocket, tcp: Socket): void {
    const parser = new FrameParser()
    const from = socket.remoteAddress ?? ''
    socket.on('error', (error: Error) => this.errors.push(`${from}: ${error.message}`))
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const raw of parser.push(chunk)) this.#keep(from, raw)
      } catch (error) {
        this.errors.push(`${from}: ${error instanceof Error ? error.message : String(error)}`)
        socket.destroy()
      }
      if (this.#fault === 'close') this.#cut(tcp, from)
      if (this.#fault === 'slow') {
        socket.pause()
        setTimeout(() => socket.resume(), 1_000).unref()
      }
    })
  }

  /** As the system does for a process that is killed: a reset, and nobody acknowledges anything any more. */
  #cut(socket: Socket, from = ''): void {
    if (socket.destroyed) return
    this.cuts.push(from)
    socket.resetAndDestroy()
  }

  #tcpOf(socket: TLSSocket): Socket {
    const under = (one: Socket) => one.remotePort === socket.remotePort && one.remoteAddress === socket.remoteAddress
    return [...this.#sockets].find(under) ?? socket
  }

  #keep(from: string, raw: Buffer): void {
    const text = raw.toString('utf8')
    this.frames.push({ at: Date.now(), from, raw: Buffer.from(raw), text, ...parseSyslog(text) })
    for (const wake of this.#waiting) wake()
  }

  async #flawed(fault: IntakeFault): Promise<Certificate> {
    if (fault === 'wrong-name') return this.#authority.issue({ name: 'elsewhere.example' })
    if (fault === 'wildcard') return this.#authority.issue({ name: this.name.replace(/^[^.]*/, '*') })
    if (fault === 'letter-case') return this.#authority.issue({ name: this.name.replace(/^./, upperCase) })
    if (fault === 'expired') return this.#authority.issue({ name: this.name, from: -20, to: -10 })
    if (fault === 'self-signed') return this.#authority.issue({ name: this.name }, true)
    const stranger = await CertificateAuthority.create(join(this.#folder, 'stranger'), 'Nobody knows this CA')
    return stranger.issue({ name: this.name })
  }

  // In a table of the run's own on the machine, only for what comes over its bridge.
  async #dropPackets(drop: boolean): Promise<void> {
    const table = bridgeName(this.#index)
    if (!drop) {
      await attempt('nft', ['delete', 'chain', 'inet', table, `port${this.port}`])
      return
    }
    const rule = `iifname "${table}" tcp dport ${this.port} drop`
    const chain = `chain port${this.port} { type filter hook input priority -300; ${rule}; }`
    await run('nft', ['-f', '-'], { input: `table inet ${table} {\n${chain}\n}\n` })
  }
}

const upperCase = (text: string): string => text.toUpperCase()

const nameOf = (options: IntakeOptions): string => options.name ?? 'intake.sekoia.io'
