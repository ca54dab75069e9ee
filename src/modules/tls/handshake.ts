import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { milliseconds } from '../../timers.ts'
import { upToCa } from './certificates.ts'
import { chainFault, nameFault } from './faults.ts'
import { addressOf, type Server, type TlsAnswer } from './server.ts'

/** Milliseconds a server may take to say good-bye. */
const farewell = 500

/**
 * A TLS handshake over a stream, with the judgement that rsyslog's drivers make: the chain must end in one of the CAs
 * (an intermediate among them will do, as for GnuTLS), and the certificate must bear the name. Gives up after so many
 * seconds. Ends the stream.
 */
export function handshake(stream: Duplex, server: Server, seconds: number): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: stream,
      host: server.name,
      ...(isIP(server.name) === 0 && { servername: server.name }),
      ca: server.ca,
      allowPartialTrustChain: true,
      // The name is judged here, as rsyslog does it and not as a browser does.
      checkServerIdentity: () => undefined,
      // Not before everything was seen that a person wants to be told.
      rejectUnauthorized: false,
    })
    const done = (answer: TlsAnswer): void => {
      clearTimeout(timer)
      socket.destroy()
      stream.destroy()
      resolve(answer)
    }
    const fault = (message: string): void => done({ kind: 'fault', message })
    const where = addressOf(server)
    const timer = setTimeout(
      () => fault(`${where} takes the connection but did not answer the TLS handshake in ${seconds} s`),
      milliseconds(seconds),
    )
    const broken = (error: NodeJS.ErrnoException): void => fault(`${where} ${brokenOff(error)}`)
    const closed = (): void => fault(`${where} ${brokenOff()}`)
    socket.once('error', broken)
    socket.once('close', closed)
    socket.once('secureConnect', () => {
      const answer = judge(socket, server)
      socket.off('error', broken).off('close', closed)
      // A server that is left in the middle of its handshake would log a fault of its own.
      for (const end of ['close', 'error'] as const) socket.once(end, () => done(answer))
      socket.end()
      setTimeout(() => done(answer), farewell).unref()
    })
  })
}

function judge(socket: TLSSocket, server: Server): TlsAnswer {
  const chain = chainOf(socket.getPeerCertificate(true))
  const error: unknown = socket.authorizationError
  if (error !== null && error !== undefined) return { kind: 'fault', message: chainFault(codeOf(error), server, chain) }
  const [own] = chain
  const misnamed = own && nameFault(own, server)
  if (misnamed !== undefined) return { kind: 'fault', message: misnamed }
  return { kind: 'proven', protocol: socket.getProtocol() ?? 'TLS', chain: upToCa(chain, server.ca) }
}

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error)

/** The server's certificate first; a root is its own issuer. */
function chainOf(peer: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  const seen = new Set<string>()
  for (let next: DetailedPeerCertificate | undefined = peer; next?.raw && !seen.has(next.fingerprint256);) {
    seen.add(next.fingerprint256)
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate
  }
  return chain
}

function brokenOff(error?: NodeJS.ErrnoException): string {
  if (/wrong.version.number|packet.length|http.request|unexpected.message/i.test(`${error?.code} ${error?.message}`))
    return 'does not speak TLS: it answered something else'
  if (error === undefined || ['ECONNRESET', 'EPIPE'].includes(error.code ?? ''))
    return 'closed the connection at the beginning of the TLS handshake: does it speak TLS at all?'
  return `refused the TLS handshake: ${error.message.replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '').trim()}`
}
