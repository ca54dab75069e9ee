import { EventEmitter } from 'node:events'
import { Duplex, Readable, Writable } from 'node:stream'
import { endOf } from './channel-end.ts'
import { Message } from './mux-messages.ts'
import { boolean, type PacketReader, string, uint32 } from './mux-wire.ts'
import type { Channel } from './transport.ts'

/** Bytes that the other side may send before it has to wait for us to read. */
export const ourWindow = 2 * 1024 * 1024
export const ourPacket = 32 * 1024
const buffered = 256 * 1024

/** What the other side has told of itself when it opened the channel. */
export interface Peer {
  readonly id: number
  readonly window: number
  readonly packet: number
}

type Done = (error?: Error | null) => void

/** One channel of RFC 4254, which travels in packets. Emits `exit` (code or null, signal) and `close`, each once. */
export class MuxChannel extends EventEmitter {
  readonly #peer: Peer
  readonly #send: (type: Message, ...fields: Buffer[]) => void
  readonly #replies: ((success: boolean) => void)[] = []
  #room: number
  #waiting: { chunk: Buffer; done: Done } | undefined
  /** Bytes that have been read, or lie in a buffer that has room, and that the other side has not been told of. */
  #credit = 0
  #closed = false
  #closeSent = false
  readonly #outputs = new Set<Source>()
  readonly output: Source = this.#source()
  readonly errors: Source = this.#source()

  constructor(peer: Peer, send: (type: Message, ...fields: Buffer[]) => void) {
    super()
    this.#peer = peer
    this.#send = (type, ...fields) => send(type, uint32(peer.id), ...fields)
    this.#room = peer.window
  }

  /** It has ended. */
  get dropped(): boolean {
    return this.#closed
  }

  /** Asks for something; resolves with whether it was granted, false also when the channel ends before. */
  request(type: string, ...fields: readonly Buffer[]): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    this.#send(Message.request, string(type), boolean(true), ...fields)
    return new Promise((resolve) => this.#replies.push(resolve))
  }

  take(type: number, packet: PacketReader): void {
    switch (type) {
      case Message.windowAdjust:
        this.#room += packet.uint32()
        return this.#flush()
      case Message.data:
        return this.output.push(packet.string())
      case Message.extendedData:
        packet.uint32()
        return this.errors.push(packet.string())
      case Message.eof:
        return this.#endOutputs()
      case Message.request:
        return this.#requested(packet)
      case Message.success:
      case Message.failure:
        return this.#replies.shift()?.(type === Message.success)
      case Message.close:
        this.close()
        return this.drop()
    }
  }

  /** The other side is gone, or is done with the channel. */
  drop(): void {
    if (this.#closed) return
    this.#closed = true
    const { done } = this.#waiting ?? {}
    this.#waiting = undefined
    done?.(isGone())
    for (const reply of this.#replies.splice(0)) reply(false)
    this.#endOutputs()
    this.emit('close')
  }

  /** Says good-bye; the other side answers with its own. */
  close(): void {
    if (this.#closeSent || this.#closed) return
    this.#closeSent = true
    this.#send(Message.close)
  }

  write(chunk: Buffer, done: Done): void {
    if (this.#closed || this.#closeSent) return done(isGone())
    this.#waiting = { chunk, done }
    this.#flush()
  }

  end(done: Done): void {
    if (!this.#closed && !this.#closeSent) this.#send(Message.eof)
    done()
  }

  #flush(): void {
    while (this.#waiting && this.#room > 0) {
      const { chunk, done } = this.#waiting
      const size = Math.min(chunk.length, this.#room, this.#peer.packet)
      this.#room -= size
      this.#send(Message.data, string(chunk.subarray(0, size)))
      if (size < chunk.length) this.#waiting.chunk = chunk.subarray(size)
      else {
        this.#waiting = undefined
        done()
      }
    }
  }

  #requested(packet: PacketReader): void {
    const type = packet.string().toString()
    const wantsReply = packet.boolean()
    if (type === 'exit-status') this.emit('exit', packet.uint32(), null)
    else if (type === 'exit-signal') this.emit('exit', null, `SIG${packet.string().toString()}`)
    else if (wantsReply) this.#send(Message.failure)
  }

  #endOutputs(): void {
    for (const source of this.#outputs) source.end()
    this.#outputs.clear()
  }

  #source(): Source {
    const source = new Source((bytes) => {
      this.#credit += bytes
      if (this.#closed || this.#closeSent || this.#credit < ourWindow / 4) return
      this.#send(Message.windowAdjust, uint32(this.#credit))
      this.#credit = 0
    })
    this.#outputs.add(source)
    return source
  }
}

/** What arrives, on its way into a stream that somebody reads at their own pace. */
class Source {
  readonly #read: (bytes: number) => void
  /** Bytes that were pushed into a full buffer. */
  #owed = 0
  #stream: Readable | undefined
  #early: Buffer[] = []
  #ended = false

  constructor(read: (bytes: number) => void) {
    this.#read = read
  }

  into(stream: Readable): void {
    this.#stream = stream
    for (const chunk of this.#early.splice(0)) this.push(chunk)
    if (this.#ended) stream.push(null)
  }

  push(chunk: Buffer): void {
    if (!this.#stream) return void this.#early.push(chunk)
    // After its end, or once it was destroyed, a stream takes nothing more: what comes is let go.
    if (this.#stream.destroyed || this.#stream.push(chunk)) this.#read(chunk.length)
    else this.#owed += chunk.length
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#stream?.push(null)
  }

  readonly wanted = (): void => {
    const owed = this.#owed
    this.#owed = 0
    if (owed > 0) this.#read(owed)
  }
}

/** A command's channel. */
export function commandChannel(channel: MuxChannel): Channel {
  const stdin = new Writable({ ...inputOf(channel), highWaterMark: buffered })
  const [stdout, stderr] = [channel.output, channel.errors].map((source) => {
    const stream = new Readable({ read: source.wanted, highWaterMark: buffered })
    source.into(stream)
    return stream
  }) as [Readable, Readable]
  // Who writes is told by the callback; an event nobody listens to would end the whole run.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined)
  return {
    ...{ stdin, stdout, stderr },
    ended: endOf(channel, [stdout, stderr]),
    destroy() {
      // Output that nobody reads would hold back the end.
      for (const stream of [stdout, stderr]) stream.removeAllListeners('data').resume()
      channel.close()
    },
  }
}

/** A forwarded TCP connection. */
export function forwardedStream(channel: MuxChannel): Duplex {
  const stream = new Duplex({
    ...inputOf(channel),
    highWaterMark: buffered,
    read: channel.output.wanted,
    destroy(error, done: Done) {
      channel.close()
      done(error)
    },
  })
  stream.on('error', () => undefined)
  channel.output.into(stream)
  channel.once('close', () => {
    stream.end()
    // What has arrived may still be read.
    if (stream.readableEnded || stream.readableLength === 0) stream.destroy()
    else stream.once('end', () => stream.destroy())
  })
  return stream
}

const inputOf = (channel: MuxChannel) => ({
  write: (chunk: Buffer, _encoding: BufferEncoding, done: Done) => channel.write(chunk, done),
  final: (done: Done) => channel.end(done),
})

const isGone = (): Error => Object.assign(new Error('the connection is gone'), { code: 'EPIPE' })
