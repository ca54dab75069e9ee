import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection } from 'ssh2'

export interface FakeServer {
  readonly port: number
  /** Resolves with the next connection. */
  next(): Promise<void>
  stop(): Promise<void>
}

/** A TCP server that does what a test says with each connection. */
export function tcpServer(serve: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  return listening(server, () => sockets.forEach((socket) => socket.destroy()))
}

/** An SSH server inside the test, for what would need accounts and passwords on a real one. */
export function sshServer(hostKey: string, authenticate: (context: AuthContext) => void): Promise<FakeServer> {
  const clients = new Set<Connection>()
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    client.on('authentication', authenticate)
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, refuse, { command }) => {
        if (command === 'refused') return refuse()
        const channel = acceptExec()
        channel.exit(0)
        channel.end()
      })
    })
  })
  return listening(server, () => clients.forEach((client) => client.end()))
}

async function listening(server: Server, drop: () => void): Promise<FakeServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    next: () => new Promise((resolve) => server.once('connection', () => resolve())),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        drop()
      }),
  }
}
