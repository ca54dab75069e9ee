import { expect } from 'chai'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../lab/poll.ts'
import { createDownloader } from '../../src/download/downloader.ts'

describe('downloads', () => {
  const servers: Server[] = []
  after(() => {
    for (const server of servers) server.close()
  })

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('hand credentials to the server they are meant for, not to one it redirects to', async () => {
    const seen: Record<string, IncomingHttpHeaders> = {}
    const other = await serve(({ headers }, response) => {
      seen['other'] = headers
      response.end('content')
    })
    const first = await serve(({ url, headers }, response) => {
      seen[url ?? ''] = headers
      response.writeHead(302, { location: url === '/' ? '/again' : other }).end()
    })
    const headers = { Authorization: 'Bearer secret', 'X-Other': 'kept' }
    const content = await createDownloader()({ url: `${first}/`, headers })
    expect(content.toString()).to.equal('content')
    expect(seen['/again']?.authorization).to.equal('Bearer secret')
    expect(seen['other']).to.not.have.property('authorization')
    expect(seen['other']?.['x-other']).to.equal('kept')
  })

  it('keep the credentials of their address where one of the same server follows, and nowhere else', async () => {
    const seen: Record<string, string | undefined> = {}
    const note = (name: string, { authorization: given = '' }: IncomingHttpHeaders) =>
      (seen[name] = Buffer.from(given.replace(/^Basic /, ''), 'base64').toString())
    const other = await serve(({ headers }, response) => {
      note('other', headers)
      response.end('content')
    })
    const first: string = await serve(({ url = '', headers }, response) => {
      note(url, headers)
      const next: Record<string, string> = {
        '/': `${first}/absolute`,
        '/absolute': 'relative',
        '/relative': `${first.replace('://', '://you:yours@')}/given`,
        '/given': other,
      }
      response.writeHead(302, { location: next[url] }).end()
    })
    await createDownloader()({ url: `${first.replace('://', '://me:p%40ss@')}/` })
    // As curl does with -L.
    const mine = 'me:p@ss'
    expect(seen).to.deep.equal({ '/': mine, '/absolute': mine, '/relative': mine, '/given': 'you:yours', other: '' })
  })

  it('fail without the password of their address', async () => {
    const base = await serve((_request, response) => response.writeHead(404).end())
    const url = base.replace('http://', 'http://someone:secret@')
    const error = await createDownloader()({ url }).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error?.message).to.match(/^cannot download http:\/\/someone:\*\*\*@127.*404/)
  })

  for (const [url, shown] of [
    ['http://me:secret@host:99999/x', 'http://me:***@host:99999/x'],
    ['http://me:sec/ret@host/x', 'http://me:***@host/x'],
    ['http://me:sec@ret@ho st/x', 'http://me:***@ho st/x'],
    ['http://:secret@host:99999', 'http://:***@host:99999'],
    ['http://host:99999/x', 'http://host:99999/x'],
  ] as const) {
    it(`fail for what is no address, and show of it ${shown}`, async () => {
      const fault = await createDownloader()({ url }).catch((error: unknown) => (error as Error).message)
      expect(fault).to.equal(`'${shown}' is not a URL`)
    })
  }

  it('are not tried again where they are led to what is no address', async () => {
    let asked = 0
    const base = await serve((_request, response) => {
      asked++
      response.writeHead(302, { location: 'http://me:secret@host:99999/' }).end()
    })
    const fault = await createDownloader()({ url: base }).catch((error: unknown) => (error as Error).message)
    expect(fault).to.equal(`cannot download ${base}: it redirects to 'http://me:***@host:99999/', which is not a URL`)
    expect(asked).to.equal(1)
  })

  it('are made once in a run, and again where the server fails, or breaks off', async () => {
    let asked = 0
    const base = await serve((_request, response) => {
      asked++
      if (asked === 1) response.writeHead(503).end()
      else if (asked === 2) response.writeHead(200, { 'content-length': 9 }).write('half', () => response.destroy())
      else response.end('all of it')
    })
    const downloader = createDownloader()
    const [one, other] = await Promise.all([
      downloader({ url: base }),
      downloader({ url: base, headers: {}, validateCerts: true, useProxy: true, timeout: 10 }),
    ])
    expect(one.toString()).to.equal('all of it')
    expect(other).to.equal(one)
    expect(asked).to.equal(3)
  })

  it('are asked for again by a task that is tried again', async () => {
    let asked = 0
    const base = await serve((_request, response) => response.writeHead(++asked > 1 ? 200 : 404).end('there'))
    const downloader = createDownloader()
    const first = await downloader({ url: base }).catch((error: unknown) => String(error))
    expect(first).to.contain('404')
    expect((await downloader({ url: base })).toString()).to.equal('there')
  })

  it('let go of an answer that goes on and on', async () => {
    let closed = false
    const base = await serve((request, response) => {
      response.writeHead(404).write('and on')
      request.socket.on('close', () => (closed = true))
    })
    await createDownloader()({ url: base }).catch(() => {})
    await until('the connection is closed', 2000, () => Promise.resolve(closed))
  })

  it('are not tried at all with a header that cannot be sent, nor again to where nothing can be downloaded', async () => {
    const base = await serve((_request, response) => response.writeHead(302, { location: 'ftp://me:secret@a/' }).end())
    const fault = (headers: Record<string, string>) =>
      createDownloader()({ url: base, headers }).catch((error: unknown) => String(error))
    expect(await fault({ 'X-Key': 'a\nb' })).to.match(/Invalid character in header/)
    expect(await fault({})).to.match(/it redirects to ftp:\/\/me:\*\*\*@a/)
  })
})
