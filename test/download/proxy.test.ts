import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDownloader } from '../../src/download/downloader.ts'
import { proxyFor } from '../../src/download/proxy.ts'
import { CertificateAuthority } from '../lab/certificates.ts'
import { serveFiles } from '../lab/file-server.ts'
import { until } from '../lab/poll.ts'
import { proxyPortOfCurl } from './curl.ts'
import { type ProxyServer, serveProxy } from './proxy-server.ts'

const variables = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()])
const trust = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']

/** What the environment says, for the time of one test. */
function environment(values: Readonly<Record<string, string>>): void {
  for (const name of [...variables, ...trust]) delete process.env[name]
  Object.assign(process.env, values)
}

const download = (url: string, timeout?: number) =>
  createDownloader()({ url, ...(timeout && { timeout }) }).then(
    (content) => content.toString(),
    (reason: unknown) => (reason as Error).message,
  )

describe('downloads through a proxy', function () {
  this.timeout(20_000)
  const kept = { ...process.env }
  const closing: (() => unknown)[] = []
  let dir: string
  let authority: CertificateAuthority
  let proxy: ProxyServer
  let plainPort: string
  let securePort: number

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-proxy-'))
    authority = await CertificateAuthority.create(join(dir, 'ca'), 'A company')
    await writeFile(join(dir, 'ca.pem'), authority.pem)
    const files = await serveFiles({ '/a': 'by http' }, '127.0.0.1')
    plainPort = new URL(files.url).port
    const secure = createSecureServer({ ...(await authority.issue({ name: 'files.example' })) }, (_request, response) =>
      response.end('by https'),
    )
    securePort = await listening(secure)
    closing.push(files.close, () => secure.close())
  })
  beforeEach(async () => {
    proxy = await serveProxy()
    closing.push(proxy.close)
  })
  afterEach(() => environment(kept as Record<string, string>))
  after(async () => {
    for (const close of closing) await close()
    await rm(dir, { recursive: true })
  })

  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  it('ask it for a plain address, and let it open a tunnel to one with TLS', async () => {
    const address = `http://127.0.0.1:${proxy.port}`
    environment({ http_proxy: address, HTTPS_PROXY: address, SSL_CERT_FILE: join(dir, 'ca.pem') })
    expect(await download(`http://files.example:${plainPort}/a`)).to.equal('by http')
    expect(await download(`https://files.example:${securePort}/a`)).to.equal('by https')
    expect(proxy.asked).to.deep.equal([
      `GET http://files.example:${plainPort}/a`,
      `CONNECT files.example:${securePort}`,
    ])
  })

  it('take a proxy without a scheme for one that speaks HTTP, for addresses with TLS too', async () => {
    environment({ all_proxy: `127.0.0.1:${proxy.port}`, NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') })
    expect(await download(`http://files.example:${plainPort}/a`)).to.equal('by http')
    expect(await download(`https://files.example:${securePort}/a`)).to.equal('by https')
  })

  it('go straight to what no_proxy names, and where the task wants none', async () => {
    const address = `http://127.0.0.1:${proxy.port}`
    environment({ http_proxy: address, no_proxy: 'elsewhere.example, 127.0.0.1' })
    expect(await download(`http://127.0.0.1:${plainPort}/a`)).to.equal('by http')
    environment({ http_proxy: address })
    const direct = await createDownloader()({ url: `http://127.0.0.1:${plainPort}/a`, useProxy: false })
    expect(direct.toString()).to.equal('by http')
    expect(proxy.asked).to.deep.equal([])
  })

  it('speak TLS with a proxy that does', async () => {
    const secure = await serveProxy(undefined, await authority.issue({ name: 'localhost' }))
    closing.push(secure.close)
    const address = `https://localhost:${secure.port}`
    environment({ http_proxy: address, https_proxy: address, SSL_CERT_FILE: join(dir, 'ca.pem') })
    expect(await download(`https://files.example:${securePort}/a`)).to.equal('by https')
    expect(await download(`http://files.example:${plainPort}/a`)).to.equal('by http')
    expect(secure.asked).to.have.length(2)
  })

  it('authenticate, and show the password to nobody when that fails', async () => {
    const strict = await serveProxy('me:pass word')
    closing.push(strict.close)
    const as = (user: string) => {
      const address = `http://${user}@127.0.0.1:${strict.port}`
      environment({ http_proxy: address, https_proxy: address, SSL_CERT_FILE: join(dir, 'ca.pem') })
    }
    as('me:pass%20word')
    expect(await download(`http://files.example:${plainPort}/a`)).to.equal('by http')
    expect(await download(`https://files.example:${securePort}/a`)).to.equal('by https')
    as('me:another')
    const tunnels = strict.open()
    for (const url of [`http://files.example:${plainPort}/a`, `https://files.example:${securePort}/a`]) {
      expect(await download(url)).to.equal(
        `cannot download ${url}: by the proxy http://me:***@127.0.0.1:${strict.port}/: it answered 407 Proxy Authentication Required`,
      )
      // Of a tunnel that it did not open, the proxy itself keeps its end.
      if (url.startsWith('http:')) await until('it is let go', 2000, () => Promise.resolve(strict.open() === tunnels))
    }
    expect(strict.asked, 'a refusal is not tried again').to.have.length(4)
  })

  it("tell the proxy's refusal, its silence and its absence from the server's", async function () {
    const held: Socket[] = []
    const silent = createPlainServer((socket) => held.push(socket.resume()))
    const silentPort = await listening(silent)
    closing.push(() => {
      silent.close()
      for (const socket of held) socket.destroy()
    })
    environment({ https_proxy: `http://127.0.0.1:${proxy.port}` })
    expect(await download('https://forbidden.example/a')).to.match(/by the proxy http.*: it answered 403 Forbidden$/)
    environment({ https_proxy: `http://127.0.0.1:${silentPort}`, http_proxy: 'http://127.0.0.1:1' })
    const [silence, absence] = await Promise.all([
      download('https://files.example/a', 1),
      download('http://files.example/a'),
    ])
    expect(silence).to.match(/by the proxy http.*: no answer within 1 s$/)
    await until('connections given up are closed', 5000, () => Promise.resolve(held.every(({ closed }) => closed)))
    expect(absence).to.match(/by the proxy http:\/\/127.0.0.1:1\/: .*ECONNREFUSED/)
  })

  it('name a proxy that speaks no HTTP, and a file of CAs that cannot be read', async () => {
    environment({ all_proxy: 'socks5://me:secret@proxy.example' })
    expect(await download('https://files.example/a')).to.equal(
      'cannot download https://files.example/a: the environment names a proxy for it, which must be an http or https address, not socks5://me:***@proxy.example',
    )
    for (const password of ['sec/ret', 'sec%ret']) {
      environment({ all_proxy: `http://me:${password}@proxy.example` })
      expect(await download('https://files.example/a')).to.match(/whose address cannot be read: in a password, write/)
    }
    environment({ SSL_CERT_FILE: join(dir, 'missing.pem') })
    expect(await download('https://files.example/a')).to.match(/SSL_CERT_FILE names a file that cannot be read/)
  })
})

describe('the proxy of the environment', () => {
  const kept = { ...process.env }
  afterEach(() => environment(kept as Record<string, string>))

  const http = 'http://example.test/'
  const https = 'https://example.test/'
  const one = 'http://127.0.0.1:1'
  const two = 'http://127.0.0.1:2'
  const cases: readonly [Readonly<Record<string, string>>, string, number | undefined][] = [
    [{ http_proxy: one, https_proxy: two }, http, 1],
    [{ http_proxy: one, https_proxy: two }, https, 2],
    [{ http_proxy: one, all_proxy: two }, http, 1],
    [{ https_proxy: one, HTTPS_PROXY: two }, https, 1],
    [{ ALL_PROXY: two }, http, 2],
    // In capitals, any client of a CGI program can set it: the header Proxy becomes HTTP_PROXY.
    [{ HTTP_PROXY: one }, http, undefined],
    [{ HTTP_PROXY: one, ALL_PROXY: two }, http, 2],
    [{ https_proxy: '', HTTPS_PROXY: one }, https, 1],
    [{ https_proxy: '', HTTPS_PROXY: '', all_proxy: '', ALL_PROXY: two }, https, 2],
    [{ http_proxy: '', all_proxy: two }, http, 2],
    [{ http_proxy: '', all_proxy: '' }, http, undefined],
    [{ http_proxy: one, no_proxy: '', NO_PROXY: 'example.test' }, http, undefined],
    [{ http_proxy: one, no_proxy: 'other.test', NO_PROXY: 'example.test' }, http, 1],
    [{ http_proxy: 'http://127.0.0.1' }, http, 1080],
    [{ http_proxy: '127.0.0.1' }, http, 1080],
    [{ https_proxy: 'http://me:80@127.0.0.1/' }, https, 1080],
    [{ http_proxy: 'http://127.0.0.1:80' }, http, 80],
    [{ http_proxy: 'HTTP://me:pass@127.0.0.1:080/' }, http, 80],
    [{ http_proxy: 'https://127.0.0.1' }, http, 443],
    [{ http_proxy: 'https://127.0.0.1:80' }, http, 80],
  ]
  for (const [values, url, port] of cases) {
    const shown = Object.entries(values).map(([name, value]) => `${name}='${value}'`)
    it(`is as curl's for ${url} with ${shown.join(' ')}`, async () => {
      environment(values)
      const proxy = await proxyFor(new URL(url), new AbortController().signal)
      const found = proxy && new URL(proxy.address)
      expect(found && Number(found.port || (found.protocol === 'https:' ? 443 : 80))).to.equal(port)
      expect(await proxyPortOfCurl(url, values), 'what curl itself does').to.equal(port)
    })
  }
})
