import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

interface Cached {
  readonly status: number
  readonly path: string
  readonly lastModified: string | undefined
}

interface Entry {
  readonly url: string
  readonly lastModified?: string
  readonly etag?: string
}

// A mirror's index may change at any time; within one run of tests everybody should see the same one.
const INDEX_FRESH_MS = 10 * 60_000

/** Names whose bytes can never change: packages (a new build has a new version) and files named by their own hash. */
export const immutable = (url: string): boolean => /\.u?deb$/.test(url) || url.includes('/by-hash/')

/**
 * An HTTP forward proxy for apt with a cache on disk: hosts reach their mirror without NAT or forwarding, and the second
 * one that installs a package gets it from here. Several labs may share the cache folder: files appear by rename only.
 */
export class PackageProxy {
  readonly #folder: string
  readonly #upstream: URL | undefined
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #inFlight = new Map<string, Promise<Cached>>()

  /** `upstream`: the proxy this machine's own apt uses, if any. */
  constructor(folder: string, upstream?: URL) {
    this.#folder = folder
    this.#upstream = upstream
  }

  async listen(address: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true })
    const server = createServer((req, res) => void this.#answer(req, res))
    server.on('connect', (req, socket: Socket) => tunnel(req.url ?? '', socket))
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, address, resolve)
    })
    server.unref()
    this.#servers.push(server)
    return `http://${address}:${(server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** The status that the mirror gives for `url`; 200 leaves the file in the cache. */
  async status(url: string): Promise<number> {
    return (await this.#cached(url)).status
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const url = req.url ?? ''
      if (req.method !== 'GET' || !url.startsWith('http://')) {
        res.writeHead(405).end()
        return
      }
      const file = await this.#cached(url)
      if (file.status !== 200) {
        res.writeHead(file.status, { 'content-length': 0 }).end()
      } else if (file.lastModified && req.headers['if-modified-since'] === file.lastModified) {
        res.writeHead(304).end()
      } else {
        const { size } = await stat(file.path)
        const modified = file.lastModified ? { 'last-modified': file.lastModified } : {}
        res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size, ...modified })
        await pipeline(createReadStream(file.path), res)
      }
    } catch (error) {
      // apt tries again on a 502; an answer cut in the middle it notices by the length.
      if (res.headersSent) res.destroy()
      else res.writeHead(502, 'package proxy').end(String(error))
    }
  }

  #cached(url: string): Promise<Cached> {
    // Ten hosts that ask for the same package at once cost one download.
    const running = this.#inFlight.get(url)
    if (running) return running
    const started = this.#lookUp(url).finally(() => this.#inFlight.delete(url))
    this.#inFlight.set(url, started)
    return started
  }

  async #lookUp(url: string): Promise<Cached> {
    const path = join(this.#folder, createHash('sha256').update(url).digest('hex'))
    const [entry, age] = await Promise.all([readEntry(path), ageMs(path)])
    const known = entry && age !== undefined ? { status: 200, path, lastModified: entry.lastModified } : undefined
    if (known && (immutable(url) || (age ?? Infinity) < INDEX_FRESH_MS)) return known
    try {
      const fetched = await this.#fetch(url, path)
      return fetched.status >= 500 && known ? known : fetched
    } catch (error) {
      // Offline with an old index still installs what is cached.
      if (known) return known
      throw error
    }
  }

  async #fetch(url: string, path: string): Promise<Cached> {
    const response = await this.#get(url)
    const status = response.statusCode ?? 502
    const lastModified = response.headers['last-modified']
    if (status !== 200) {
      response.resume()
      return { status, path, lastModified }
    }
    const part = `${path}.${randomUUID()}`
    try {
      await pipeline(response, createWriteStream(part))
      const expected = response.headers['content-length']
      if (expected !== undefined && (await stat(part)).size !== Number(expected)) throw new Error(`${url}: cut short`)
      const entry: Entry = { url, ...(lastModified && { lastModified }) }
      await writeFile(`${part}.json`, JSON.stringify(entry))
      await rename(`${part}.json`, `${path}.json`)
      await rename(part, path)
    } finally {
      await rm(part, { force: true })
    }
    return { status, path, lastModified }
  }

  async #get(url: string, redirects = 5): Promise<IncomingMessage> {
    const target = new URL(url)
    const via = this.#upstream
    const options = via
      ? { host: via.hostname, port: via.port || 3128, path: url, headers: { host: target.host } }
      : { host: target.hostname, port: target.port || 80, path: target.pathname + target.search }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ ...options, agent: false }, resolve)
      outgoing.on('error', reject)
      outgoing.setTimeout(60_000, () => outgoing.destroy(new Error(`${url}: no answer`)))
      outgoing.end()
    })
    const location = response.headers.location
    if (!location || (response.statusCode ?? 0) < 300 || redirects === 0) return response
    response.resume()
    return this.#get(new URL(location, url).href, redirects - 1)
  }
}

// For mirrors spoken to by https: apt asks its proxy for a tunnel. Nothing in it can be cached.
function tunnel(target: string, client: Socket): void {
  const [host, port] = target.split(':')
  const server = connect({ host: host ?? '', port: Number(port ?? 443) }, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    client.pipe(server).pipe(client)
  })
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
}

async function readEntry(path: string): Promise<Entry | undefined> {
  try {
    return JSON.parse(await readFile(`${path}.json`, 'utf8')) as Entry
  } catch {
    return undefined
  }
}

async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch {
    return undefined
  }
}
