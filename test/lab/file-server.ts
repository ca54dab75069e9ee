import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer {
  readonly url: string
  /** How often each path was asked for, also those that are not there. */
  readonly hits: Map<string, number>
  close(): Promise<void>
}

/** Serves `files` (by path, `/a.pem`) over plain HTTP at an address of this machine; anything else is a 404. */
export async function serveFiles(
  files: Readonly<Record<string, string | Buffer>>,
  address: string,
): Promise<FileServer> {
  const hits = new Map<string, number>()
  const bodies = new Map(Object.entries(files).map(([path, body]) => [path.startsWith('/') ? path : `/${path}`, body]))
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', 'http://localhost').pathname
    hits.set(path, (hits.get(path) ?? 0) + 1)
    const body = bodies.get(path)
    res.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' }).end(body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  server.unref()
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://${address}:${(server.address() as AddressInfo).port}`, hits, close }
}
