import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Certificate } from '../lab/certificates.ts'

export interface ProxyServer {
  readonly port: number
  /** What it was asked for, as the request line has it: `GET http://…`, `CONNECT name:443`. */
  readonly asked: string[]
  /** How many connections are open. */
  open(): number
  close(): void
}

/** What proxies say at length to those whom they turn away, keeping the connection. */
const page = 'Who are you? '.repeat(3000)

/**
 * A forward proxy, with TLS of its own given a certificate. `credentials` (`user:password`) must come with each request.
 * All names lead to 127.0.0.1: only it can resolve them, which proves that nobody went past it.
 */
export async function serveProxy(credentials?: string, certificate?: Certificate): Promise<ProxyServer> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const turnedAway = ({ headers }: IncomingMessage) => wanted !== undefined && headers['proxy-authorization'] !== wanted
  const forward: RequestListener = (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    asked.push(`${method} ${url}`)
    if (turnedAway(incoming)) return void outgoing.writeHead(407).end(page)
    const { port, pathname } = new URL(url)
    const onward = request({ host: '127.0.0.1', port, path: pathname, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    onward.end()
  }
  const server = certificate ? createSecureServer({ ...certificate }, forward) : createServer(forward)
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const { url = '' } = incoming
    asked.push(`CONNECT ${url}`)
    if (turnedAway(incoming))
      return socket.write(`HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: ${page.length}\r\n\r\n${page}`)
    if (url.startsWith('forbidden.')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const onward = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    open: () => sockets.size,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
