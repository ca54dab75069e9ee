import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A TCP proxy that stands for a far network: every byte arrives `oneWayMs` after it was sent, in order. It counts round
 * trips by cause, not by the clock: what a side sends depends on all that had reached it by then, so a chunk is half a
 * round trip deeper than the deepest chunk its sender had seen. A busy machine does not change the count as long as an
 * answer takes less than `oneWayMs`.
 */
export interface DelayProxy {
  readonly port: number
  /** Round trips from the SYN to the latest byte that reached the client, over all connections so far: the deepest. */
  roundTrips(): number
  /** Connections so far. */
  connections(): number
  /** Bytes to the server and to the client. */
  bytes(): { readonly sent: number; readonly received: number }
  /** Breaks all connections with a TCP reset. */
  reset(): void
  /** From now on nothing gets through any more, though all connections stay open. */
  freeze(): void
  stop(): Promise<void>
}

export interface DelayProxyOptions {
  readonly port: number
  readonly host?: string
  readonly oneWayMs?: number
}

export async function startDelayProxy({
  port,
  host = '127.0.0.1',
  oneWayMs = 0,
}: DelayProxyOptions): Promise<DelayProxy> {
  const sockets = new Set<Socket>()
  let deepest = 0
  let connections = 0
  let sent = 0
  let received = 0
  let frozen = false

  const later = (act: () => void): void => {
    if (oneWayMs === 0) act()
    else setTimeout(act, oneWayMs)
  }
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    connections++
    sockets.add(client)
    // The handshake was one round trip, and its last packet is on the way to the server.
    let seenByClient = 1
    let seenByServer = 1.5
    later(() => {
      const upstream = connect({ host, port, noDelay: true, allowHalfOpen: true })
      sockets.add(upstream)
      client.on('data', (chunk: Buffer) => {
        const depth = seenByClient + 0.5
        later(() => {
          if (frozen) return
          seenByServer = Math.max(seenByServer, depth)
          sent += chunk.length
          upstream.write(chunk)
        })
      })
      upstream.on('data', (chunk: Buffer) => {
        const depth = seenByServer + 0.5
        later(() => {
          if (frozen) return
          seenByClient = Math.max(seenByClient, depth)
          deepest = Math.max(deepest, depth)
          received += chunk.length
          client.write(chunk)
        })
      })
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.on('end', () => later(() => frozen || to.end()))
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          if (!frozen) later(() => to.destroySoon())
        })
      }
    })
    client.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    roundTrips: () => deepest,
    connections: () => connections,
    bytes: () => ({ sent, received }),
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    freeze: () => (frozen = true),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
