import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'

/** A packet, or a few where one may be lost, for which there is one verdict. */
export type Shot = { readonly address: string } & (
  | { readonly kind: 'tcp' | 'udp'; readonly port: number }
  /** Larger than a packet may be, it comes in fragments. */
  | { readonly kind: 'ping'; readonly bytes: number }
  /** ICMP of IPv4, type 13: nothing that a host needs, and every Linux answers it. */
  | { readonly kind: 'timestamp' }
)

/** `closed`: nobody listens, so what is accepted is answered with a reset or an error; what is dropped, by silence. */
export type Verdict = 'open' | 'closed' | 'silent' | 'answered'

/** Fires from where this process is, and says what came back. */
export function fire(shot: Shot): Promise<string> {
  switch (shot.kind) {
    case 'tcp':
      return tcpVerdict(shot.address, shot.port)
    case 'udp':
      return udpVerdict(shot.address, shot.port)
    case 'ping':
      return ping(shot.address, shot.bytes)
    case 'timestamp':
      return answered('perl', ['-e', timestamp, shot.address])
  }
}

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

const ping = (address: string, bytes: number): Promise<string> =>
  answered('busybox', [address.includes(':') ? 'ping6' : 'ping', '-c', '2', '-W', '2', '-s', String(bytes), address])

const answered = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => execFile(command, args, (error) => resolve(error ? 'silent' : 'answered')))

/** RFC 792: type, code, checksum, identifier, sequence, three times. One identifier is one connection to who tracks them. */
const timestamp = `use Socket;
socket(S, PF_INET, SOCK_RAW, 1) or die;
my $to = pack_sockaddr_in(0, inet_aton($ARGV[0]));
my $sum = 0x0d00 + $$ % 0xf000;
send(S, pack("C2 n3 N3", 13, 0, 0xffff - ($sum % 0x10000 + ($sum >> 16)), $$ % 0xf000, 0, 0, 0, 0), 0, $to);
my $end = time + 2;
while (time < $end) {
  my $in = ""; vec($in, fileno(S), 1) = 1;
  next unless select($in, undef, undef, 0.5);
  my $from = recv(S, my $packet, 1500, 0);
  exit 0 if $from eq $to and unpack("x20 C", $packet) == 14;
}
exit 1`
