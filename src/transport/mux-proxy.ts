import { connect } from 'node:net'
import { MuxChannel, ourPacket, ourWindow } from './mux-channel.ts'
import { Message } from './mux-messages.ts'
import { framed, PacketReader, packetSplitter, string, uint32 } from './mux-wire.ts'

/**
 * The channels of a connection that OpenSSH's client has made, through its control socket. In the proxy mode of
 * OpenSSH's PROTOCOL.mux (since 7.4) the socket carries the messages of RFC 4254 as they are, unencrypted: so any number
 * of channels, exit signals and refusals come through the one process that holds the login.
 */
export interface MuxProxy {
  /** The process that holds the connection. */
  readonly pid: number
  /** @throws ChannelRefused; or an Error when the connection is gone */
  open(type: string, ...fields: readonly Buffer[]): Promise<MuxChannel>
  /** Settles when the socket closes. */
  readonly closed: Promise<void>
  destroy(): void
}

/** The host gives no channel; `reason` is RFC 4254's. */
export class ChannelRefused extends Error {
  readonly reason: number

  constructor(reason: number, message: string) {
    super(message)
    this.reason = reason
  }
}

const Mux = { hello: 1, aliveCheck: 0x10000004, proxy: 0x1000000f, alive: 0x80000005, proxyOk: 0x8000000f } as const
const version = 4

interface Opening {
  resolve(channel: MuxChannel): void
  reject(error: Error): void
}

/** Connects to the control socket. @throws Error when nobody answers there as the protocol says */
export function openMuxProxy(path: string): Promise<MuxProxy> {
  const socket = connect(path)
  const opening = new Map<number, Opening>()
  const channels = new Map<number, MuxChannel>()
  let next = 0
  let gone = false
  const send = (type: Message, ...fields: Buffer[]): void => {
    if (!gone) socket.write(framed(Buffer.from([0, type]), ...fields))
  }
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      gone = true
      for (const { reject } of opening.values()) reject(isGone())
      for (const channel of channels.values()) channel.drop()
      resolve()
    }),
  )

  const receive = (packet: Buffer): void => {
    const type = packet[1] ?? 0
    const reader = new PacketReader(packet, 2)
    if (type < Message.openConfirmation || type > Message.failure) return
    const id = reader.uint32()
    if (type === Message.openConfirmation || type === Message.openFailure) {
      const waiting = opening.get(id)
      opening.delete(id)
      if (type === Message.openFailure) {
        return waiting?.reject(new ChannelRefused(reader.uint32(), reader.string().toString()))
      }
      const channel = new MuxChannel({ id: reader.uint32(), window: reader.uint32(), packet: reader.uint32() }, send)
      channels.set(id, channel)
      channel.once('close', () => channels.delete(id))
      return waiting?.resolve(channel)
    }
    channels.get(id)?.take(type, reader)
  }

  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    void closed.then(() => reject(isGone()))
    let pid = 0
    let handle = (packet: Buffer): void => {
      const reader = new PacketReader(packet)
      switch (reader.uint32()) {
        case Mux.hello:
          socket.write(Buffer.concat([framed(uint32(Mux.aliveCheck), uint32(0)), framed(uint32(Mux.proxy), uint32(1))]))
          return
        case Mux.alive:
          reader.uint32()
          pid = reader.uint32()
          return
        case Mux.proxyOk:
          handle = receive
          return resolve({ pid, open, closed, destroy: () => socket.destroy() })
        default:
          socket.destroy(new Error('the control socket of ssh does not give its connection away'))
      }
    }
    socket.on(
      'data',
      packetSplitter((packet) => {
        try {
          handle(packet)
        } catch (error) {
          // A packet that is cut short: nothing behind it could be understood.
          socket.destroy(error instanceof Error ? error : undefined)
        }
      }),
    )
    socket.write(framed(uint32(Mux.hello), uint32(version)))
  })

  function open(type: string, ...fields: readonly Buffer[]): Promise<MuxChannel> {
    if (gone) return Promise.reject(isGone())
    const id = next++
    return new Promise((resolve, reject) => {
      opening.set(id, { resolve, reject })
      send(Message.open, string(type), uint32(id), uint32(ourWindow), uint32(ourPacket), ...fields)
    })
  }
}

const isGone = (): Error => new Error('the connection is gone')
