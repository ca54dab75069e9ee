import { fire, type Shot, type Verdict } from './shots.ts'

/** What the battery is fired at. */
export const batteryWish = {
  allowed_tcp_ports: [80, '8000:8100'],
  allowed_udp_ports: [53],
  accept: [
    { ports: [5432], from: ['10.0.0.0/8', 'fd00::/8'] },
    { ports: [5433], from: ['192.0.2.0/24', '2001:db8::/32'] },
  ],
}

/** Whom it is fired at. */
export interface Target {
  readonly address: string
  readonly address6: string
  exec(script: string): Promise<{ readonly code: number }>
}

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

/** From outside, with what becomes of each under that wish. */
export const shotsAt = ({
  address,
  address6,
}: Pick<Target, 'address' | 'address6'>): (Shot & { verdict: Verdict })[] => [
  ...[address, address6].flatMap((address) => [
    ...tcp.map(([port, verdict]) => ({ kind: 'tcp' as const, address, port, verdict })),
    { kind: 'udp' as const, address, port: 53, verdict: 'closed' as const },
    { kind: 'udp' as const, address, port: 54, verdict: 'silent' as const },
    { kind: 'ping' as const, address, bytes: 56, verdict: 'answered' as const },
    { kind: 'ping' as const, address, bytes: 4000, verdict: 'answered' as const },
  ]),
  { kind: 'timestamp', address, verdict: 'silent' },
]

const name = (shot: Shot): string =>
  `${shot.kind} ${shot.address} ${'port' in shot ? shot.port : 'bytes' in shot ? `of ${shot.bytes} bytes` : ''}`

/** Without the rules nobody is silent. */
const unfiltered = ({ kind, verdict }: { readonly kind: Shot['kind']; readonly verdict: Verdict }): Verdict =>
  verdict !== 'silent' ? verdict : kind === 'timestamp' ? 'answered' : 'closed'

export interface Battery {
  /** Fires from elsewhere than here. */
  readonly shoot?: (shots: readonly Shot[]) => Promise<readonly string[]>
  /** What is to be expected is that nothing filters. */
  readonly open?: boolean
}

/** From the host itself, to a port where nobody listens: over loopback, and out to the other side and back. */
const fromHost = async (host: Target, address: string): Promise<string> => {
  const { code } = await host.exec(`timeout 2 bash -c ': </dev/tcp/${address}/3306' 2>/dev/null`)
  return `from the host to ${address}: ${code === 1 ? 'closed' : 'silent'}`
}

/** Fires all of it; gives what came back, and what should. */
export async function battery(
  host: Target,
  gateways: readonly string[],
  { shoot = (shots) => Promise.all(shots.map(fire)), open = false }: Battery = {},
): Promise<[seen: string[], expected: string[]]> {
  const shots = shotsAt(host)
  const inside = ['127.0.0.1', '::1', ...gateways]
  const [verdicts, own] = await Promise.all([
    shoot(shots),
    Promise.all(inside.map((address) => fromHost(host, address))),
  ])
  return [
    [...shots.map((shot, index) => `${name(shot)}: ${verdicts[index] ?? 'nothing'}`), ...own],
    [
      ...shots.map((shot) => `${name(shot)}: ${open ? unfiltered(shot) : shot.verdict}`),
      ...inside.map((address) => `from the host to ${address}: closed`),
    ],
  ]
}
