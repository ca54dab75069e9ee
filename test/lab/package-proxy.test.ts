import { expect } from 'chai'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PackageProxy } from './package-proxy.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

describe('the package proxy', () => {
  let folder: string
  let mirror: Server
  let origin: string
  let proxy: PackageProxy
  let proxyUrl: string
  let asked: string[] = []
  let respond: (url: string) => { status: number; body?: string; headers?: Record<string, string> }

  before(async () => {
    mirror = createServer((req, res) => {
      asked.push(req.url ?? '')
      const { status, body = '', headers = {} } = respond(req.url ?? '')
      setTimeout(() => res.writeHead(status, headers).end(body), 20)
    })
    await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`
  })
  after(() => mirror.close())

  beforeEach(async () => {
    asked = []
    respond = () => ({ status: 200, body: 'content' })
    folder = await mkdtemp(join(tmpdir(), 'package-proxy-'))
    proxy = new PackageProxy(folder)
    proxyUrl = await proxy.listen('127.0.0.1')
  })
  afterEach(async () => {
    proxy.close()
    await rm(folder, { recursive: true })
  })

  function fetchThrough(path: string, headers: IncomingHttpHeaders = {}): Promise<Answer> {
    const { hostname, port } = new URL(proxyUrl)
    return new Promise((resolve, reject) => {
      get({ hostname, port, path: origin + path, headers, agent: false }, (res) => {
        let body = ''
        res.on('data', (chunk: Buffer) => (body += chunk.toString()))
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body }))
      }).on('error', reject)
    })
  }

  async function age(): Promise<void> {
    for (const name of await readdir(folder)) await utimes(join(folder, name), 0, 0)
  }

  it('asks the mirror once for a package, however many ask at once and later', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => fetchThrough('/pool/a_1_all.deb')))
    await age()
    answers.push(await fetchThrough('/pool/a_1_all.deb'))
    expect(answers).to.deep.equal(Array.from({ length: 6 }, () => ({ status: 200, body: 'content' })))
    expect(asked).to.deep.equal(['/pool/a_1_all.deb'])
  })

  it('asks again for an index that has aged', async () => {
    await fetchThrough('/dists/x/InRelease')
    await fetchThrough('/dists/x/InRelease')
    expect(asked).to.have.length(1)
    await age()
    respond = () => ({ status: 200, body: 'newer' })
    expect((await fetchThrough('/dists/x/InRelease')).body).to.equal('newer')
  })

  it('serves an aged index when the mirror is out of order', async () => {
    await fetchThrough('/dists/x/InRelease')
    await age()
    respond = () => ({ status: 503 })
    expect(await fetchThrough('/dists/x/InRelease')).to.deep.equal({ status: 200, body: 'content' })
  })

  it('passes on that a file is not there, and asks again the next time', async () => {
    respond = () => ({ status: 404 })
    expect((await fetchThrough('/pool/b_1_all.deb')).status).to.equal(404)
    respond = () => ({ status: 200, body: 'there' })
    expect((await fetchThrough('/pool/b_1_all.deb')).body).to.equal('there')
  })

  it('does not send again what the client already has', async () => {
    const modified = 'Sun, 22 Nov 2026 10:00:00 GMT'
    respond = () => ({ status: 200, body: 'content', headers: { 'last-modified': modified } })
    await fetchThrough('/dists/x/InRelease')
    expect((await fetchThrough('/dists/x/InRelease', { 'if-modified-since': modified })).status).to.equal(304)
  })

  it('follows a redirect of the mirror', async () => {
    respond = (url) =>
      url === '/old.deb' ? { status: 302, headers: { location: '/new.deb' } } : { status: 200, body: 'moved' }
    expect((await fetchThrough('/old.deb')).body).to.equal('moved')
  })

  it('reports a mirror that is gone as a bad gateway', async () => {
    const { hostname, port } = new URL(proxyUrl)
    const status = await new Promise((resolve) =>
      get({ hostname, port, path: 'http://127.0.0.1:1/a.deb', agent: false }, (res) => resolve(res.statusCode)),
    )
    expect(status).to.equal(502)
  })
})
