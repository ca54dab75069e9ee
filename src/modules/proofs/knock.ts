import { connect } from 'node:net'
import { covers, parsePorts, type PortRange } from '../netfilter/ports.ts'

/** Milliseconds after which a packet counts as dropped. */
const patience = 1000

/** Sends a packet to a TCP port of a host; what comes back, if anything, does not matter. */
export function knock(host: string, port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience })
    for (const end of ['connect', 'timeout', 'error'] as const) {
      socket.once(end, () => {
        socket.destroy()
        resolve()
      })
    }
    socket.on('error', () => undefined)
  })
}

/** A port that nobody listens on and no rule lets through. */
export function closedPort(listening: ReadonlySet<number>, allowed: readonly string[]): number | undefined {
  const ranges = allowed.map(parsePorts).filter((range): range is PortRange => range !== undefined)
  const start = 20_000 + Math.floor(Math.random() * 10_000)
  for (let port = start; port < 65_536; port++) {
    if (!listening.has(port) && !covers(ranges, { from: port, to: port })) return port
  }
  return undefined
}
