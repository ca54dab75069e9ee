import { type Script, sh } from '../../shell/script.ts'

/** Sockets as /proc/net/tcp and tcp6 show them: no tool is needed, and asking opens no connection. */

export const tcpStates = {
  ESTABLISHED: '01',
  SYN_SENT: '02',
  SYN_RECV: '03',
  FIN_WAIT1: '04',
  FIN_WAIT2: '05',
  TIME_WAIT: '06',
} as const

export type TcpState = keyof typeof tcpStates

/** Names and addresses that are the host itself. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

export function portHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/**
 * An address as the kernel prints it there: each group of four bytes in the machine's byte order, so for the
 * little-endian machines that are all but a few (s390x) 127.0.0.1 is 0100007F. Undefined for what is no address.
 */
export function addressHex(address: string): string | undefined {
  const v4 = bytesOfV4(address)
  if (v4) return littleEndian(v4)
  const v6 = bytesOfV6(address)
  return v6 ? littleEndian(v6) : undefined
}

function littleEndian(bytes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    for (const byte of bytes.slice(at, at + 4).reverse()) text += byte.toString(16).toUpperCase().padStart(2, '0')
  }
  return text
}

function bytesOfV4(address: string): number[] | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return parts.map(Number)
}

function bytesOfV6(address: string): number[] | undefined {
  if (!/^[0-9a-fA-F:]+$/.test(address) || !address.includes(':')) return undefined
  const [head = '', tail, more] = address.split('::')
  if (more !== undefined) return undefined
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const left = groups(head)
  const right = groups(tail ?? '')
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
}

const anyV4 = '00000000'
const anyV6 = '0'.repeat(32)

/** True (exit 0) when something listens on the port so that a connection to this loopback address reaches it. */
export function listens(host: string, port: number): Script {
  const own = host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
  const addresses = own.flatMap((address) => {
    const hex = addressHex(address) ?? ''
    return hex.length === 8 ? [hex, `0000000000000000FFFF0000${hex}`] : [hex]
  })
  const accepted = [anyV4, anyV6, ...addresses].filter((hex) => host !== '::1' || hex !== anyV4)
  return sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=${portHex(port)} -v list=${` ${accepted.join(' ')} `} '
{ split($2, local, ":"); if ($4 == "0A" && local[2] == port && index(list, " " local[1] " ")) found = 1 }
END { exit !found }'`
}

/** Prints how many connections of these states the port has, those from the excluded addresses left out. */
export function countConnections(
  host: string,
  port: number,
  states: readonly TcpState[],
  excluded: readonly string[],
): Script {
  const hexes = (addresses: readonly string[]) =>
    addresses.flatMap((address) => {
      const hex = addressHex(address)
      if (hex === undefined) return []
      return hex.length === 8 ? [hex, `0000000000000000FFFF0000${hex}`] : [hex]
    })
  const wanted = states.map((state) => tcpStates[state])
  const any = host === '0.0.0.0' || host === '::' ? 'yes' : ''
  return sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=${portHex(port)} -v any=${any} \
  -v states=${` ${wanted.join(' ')} `} -v own=${` ${[...hexes([host]), anyV4, anyV6].join(' ')} `} -v out=${` ${hexes(excluded).join(' ')} `} '
{ split($2, here, ":"); split($3, there, ":")
  if (here[2] == port && index(states, " " $4 " ") && (any != "" || index(own, " " here[1] " ")) && !index(out, " " there[1] " ")) n++ }
END { print n + 0 }'`
}
