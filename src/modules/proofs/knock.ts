import { connect } from 'node:net'
import { type AcceptEntry, acceptOf } from '../netfilter/accept.ts'
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

/** What the firewall lets through to TCP ports. */
export interface Opened {
  readonly ranges: readonly PortRange[]
  /** Some senders get through to every port: whether packets from here do, cannot be told. */
  readonly toSome: boolean
}

/** `allowed_tcp_ports` and `accept`, as the firewall's module has them. */
export function opened(allowed: readonly string[], accept: readonly AcceptEntry[]): Opened {
  const ranges = allowed.map(parsePorts).filter((range): range is PortRange => range !== undefined)
  let toSome = false
  for (const entry of accept) {
    const { protocol, ports } = acceptOf(entry, {})
    if (protocol !== undefined && protocol !== 'tcp') continue
    if (ports.length > 0) ranges.push(...ports)
    else if (entry.from ?? entry.to ?? entry.interface) toSome = true
    else ranges.push({ from: 1, to: 65_535 })
  }
  return { ranges, toSome }
}

/** A port that nobody listens on and no rule lets through; any from 1024 where none of the higher ones is left. */
export function closedPort(listening: ReadonlySet<number>, { ranges }: Opened): number | undefined {
  const start = 20_000 + Math.floor(Math.random() * 10_000)
  const isClosed = (port: number) => !listening.has(port) && !covers(ranges, { from: port, to: port })
  for (let port = start; port < 65_536; port++) if (isClosed(port)) return port
  for (let port = start - 1; port >= 1024; port--) if (isClosed(port)) return port
  return undefined
}
