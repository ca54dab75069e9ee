import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { LabHost } from '../../lab/host.ts'

/** What the battery is fired at. */
export const batteryWish = {
  allowed_tcp_ports: [80, '8000:8100'],
  allowed_udp_ports: [53],
  accept: [
    { ports: [5432], from: ['10.0.0.0/8', 'fd00::/8'] },
    { ports: [5433], from: ['192.0.2.0/24', '2001:db8::/32'] },
  ],
}

/** `closed`: no server listens, so what is accepted is answered with a reset or an error; what is dropped, by silence. */
type Verdict = 'open' | 'closed' | 'silent' | 'answered'

const tcp: readonly [port: number, verdict: Verdict][] = [
  [22, 'open'],
  [80, 'closed'],
  [443, 'silent'],
  [7999, 'silent'],
  [8000, 'closed'],
  [8050, 'closed'],
  [8100, 'closed'],
  [8101, 'silent'],
  [3306, 'silent'],
  [5432, 'closed'],
  [5433, 'silent'],
]

export const tcpVerdict = (address: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const done = (verdict: string) => {
      socket.destroy()
      resolve(verdict)
    }
    socket.setTimeout(1500)
    socket.on('connect', () => done('open'))
    socket.on('timeout', () => done('silent'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' ? 'closed' : String(error.code)),
    )
  })

/** A kernel tells one sender of closed ports only so often, so it is asked more than once. */
const udpVerdict = (address: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    let left = 3
    const done = (verdict: string) => {
      clearInterval(again)
      socket.close()
      resolve(verdict)
    }
    const ask = () => (left-- > 0 ? socket.send('?') : done('silent'))
    const again = setInterval(ask, 700)
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' ? 'closed' : String(error.code)),
    )
    socket.connect(port, address, ask)
  })

/** Larger than a packet may be, it comes in fragments. */
const ping = (address: string, bytes: number): Promise<string> =>
  new Promise((resolve) => {
    const tool = address.includes(':') ? 'ping6' : 'ping'
    execFile('busybox', [tool, '-c', '2', '-W', '2', '-s', String(bytes), address], (error) =>
      resolve(error ? 'silent' : 'answered'),
    )
  })

/** From the host itself, to a port where nobody listens: over loopback, and out to this machine and back. */
const fromHost = async (host: LabHost, address: string): Promise<string> => {
  const { code } = await host.exec(`timeout 2 bash -c ': </dev/tcp/${address}/3306' 2>/dev/null`)
  return code === 1 ? 'closed' : 'silent'
}

/** Fires all of it; gives what came back, and what should. */
export async function battery(
  host: LabHost,
  gateways: readonly string[],
): Promise<[seen: string[], expected: string[]]> {
  const both = [host.address, host.address6]
  const packets: [name: string, expected: Verdict, fire: () => Promise<string>][] = [
    ...both.flatMap((address): typeof packets => [
      ...tcp.map(([port, verdict]): (typeof packets)[number] => [
        ...([`tcp ${address} ${port}`, verdict] as const),
        () => tcpVerdict(address, port),
      ]),
      [`udp ${address} 53`, 'closed', () => udpVerdict(address, 53)],
      [`udp ${address} 54`, 'silent', () => udpVerdict(address, 54)],
      [`ping ${address}`, 'answered', () => ping(address, 56)],
      [`ping in fragments ${address}`, 'answered', () => ping(address, 4000)],
    ]),
    ...['127.0.0.1', '::1', ...gateways].map((address): (typeof packets)[number] => [
      ...([`from the host to ${address}`, 'closed'] as const),
      () => fromHost(host, address),
    ]),
  ]
  const seen = await Promise.all(packets.map(async ([name, , fire]) => `${name}: ${await fire()}`))
  return [seen, packets.map(([name, expected]) => `${name}: ${expected}`)]
}
