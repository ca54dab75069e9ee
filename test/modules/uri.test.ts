import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Report } from '../../src/modules/define.ts'
import uri from '../../src/modules/uri/index.ts'
import { parseHead, parseParts } from '../../src/modules/uri/response.ts'
import { lines, sh } from '../../src/shell/script.ts'
import { httpAnswers, type HttpAnswers } from '../support/http-answers.ts'
import { installBusybox } from '../support/law-run.ts'
import { runScript, testController } from '../support/modules.ts'

/** A folder with every program of this machine but some. */
function without(...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-path-'))
  for (const name of readdirSync('/usr/bin')) {
    if (!names.includes(name)) symlinkSync(join('/usr/bin', name), join(folder, name))
  }
  return folder
}

async function request(args: object, path: string, shell = 'dash'): Promise<Report> {
  const wish = await uri.prepare?.(uri.args.parse(args), testController())
  if (!wish) throw new Error('uri prepares nothing')
  const { script, uploads = [] } = uri.run(wish)
  for (const upload of uploads) writeFileSync(upload.path, upload.content, { mode: 0o600 })
  const temporary = mkdtempSync(join(tmpdir(), 'uri-tmp-'))
  const placed = lines(sh`PATH=${path} TMPDIR=${temporary}`, script)
  const report = uri.report(wish, await runScript(placed, shell, true))
  expect(readdirSync(temporary), 'what is left behind').to.deep.equal([])
  rmSync(temporary, { recursive: true })
  return report
}

describe('uri', function () {
  this.timeout(60_000)
  let server: HttpAnswers
  let dir = ''
  const folders: Record<string, string> = {}
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'uri-'))
    server = await httpAnswers()
    Object.assign(folders, {
      curl: without('wget'),
      wget: without('curl'),
      none: without('curl', 'wget'),
      busybox: installBusybox(),
    })
  })
  after(async () => {
    await server.close()
    for (const folder of [dir, ...Object.values(folders)]) rmSync(folder, { recursive: true, force: true })
  })

  for (const [tool, shell] of [
    ['curl', 'dash'],
    ['wget', 'busybox'],
  ] as const) {
    describe(`with ${tool}, under ${shell}`, () => {
      const ask = (path: string, args: object = {}) =>
        request({ url: `${server.url}${path}`, ...args }, folders[tool] ?? '', shell)
      const echoed = async (args: object) => {
        const { result, failed } = await ask('/echo?a=[1]&b=c', args)
        expect(failed).to.equal(undefined)
        return result?.['json'] as { method: string; headers: Record<string, string>; body: string; url: string }
      }

      it('asks, and says what came', async () => {
        const { result, changed, failed } = await ask('/text')
        expect(result).to.deep.include({
          status: 200,
          redirected: false,
          msg: 'OK (9 bytes)',
          content_type: 'text/plain',
        })
        expect([changed, failed]).to.deep.equal([false, undefined])
        expect(result).to.not.have.any.keys('content', 'json')
      })

      it('returns text in its own letters, and JSON as data', async () => {
        expect((await ask('/latin1', { return_content: true })).result).to.include({ content: 'café\n' })
        expect((await ask('/hal')).result?.['json']).to.deep.equal({ a: [1, 'é'] })
        const broken = await ask('/broken', { return_content: true })
        expect(broken.result).to.include({ content: '{"a": ' }).and.not.have.key('json')
      })

      it('sends methods, headers and bodies as they are', async () => {
        const body = 'a\'b"c\\d $(e) `f`\n%s\n\n'
        const sent = await echoed({ method: 'put', body, headers: { 'X-Own': 'q"\\ $x' } })
        expect(sent).to.deep.include({ method: 'PUT', body, url: '/echo?a=[1]&b=c' })
        expect(sent.headers).to.include({ 'x-own': 'q"\\ $x', 'user-agent': 'ansible-httpget' })
        expect((await echoed({ method: 'PATCH', body_format: 'json', body: { a: ['é', null] } })).body).to.equal(
          '{"a": ["\\u00e9", null]}',
        )
        const form = await echoed({
          method: 'POST',
          body_format: 'form-urlencoded',
          body: { 'a b': 'c&d', e: ['1', '2'], f: true },
        })
        expect(form).to.deep.include({ body: 'a+b=c%26d&e=1&e=2&f=True' })
        expect(form.headers['content-type']).to.equal('application/x-www-form-urlencoded')
        expect(await echoed({ method: 'DELETE' })).to.deep.include({ method: 'DELETE', body: '' })
        expect((await echoed({ method: 'POST' })).headers).to.deep.equal({
          'content-length': '0',
          'user-agent': 'ansible-httpget',
        })
        const own = await echoed({
          method: 'POST',
          body: 'x',
          body_format: 'json',
          headers: { 'content-type': 'text/own' },
        })
        expect(own.headers['content-type']).to.equal('text/own')
      })

      it('sends files of the controller, of any size, and files of the host', async () => {
        const big = join(dir, 'big')
        writeFileSync(big, `${'0123456789'.repeat(20_000)}\0\xff`, 'latin1')
        const sent = await echoed({ method: 'POST', src: big })
        expect(Buffer.from(sent.body, 'latin1').equals(readFileSync(big))).to.equal(true)
        expect((await echoed({ method: 'POST', src: big, remote_src: true })).body).to.have.length(200_002)
        const { failed } = await ask('/echo', { method: 'POST', src: join(dir, 'no'), remote_src: true })
        expect(failed).to.match(/^Unable to open source file .*no$/)
      })

      it('sends a form with files', async () => {
        writeFileSync(join(dir, 'part.txt'), 'of a file\n')
        const body = {
          text: 'plain',
          file: { filename: join(dir, 'part.txt'), mime_type: 'text/x' },
          made: { content: 'up', filename: 'a"b' },
        }
        const sent = await echoed({ method: 'POST', body_format: 'form-multipart', body })
        const parsed = await new Response(sent.body, {
          headers: { 'content-type': sent.headers['content-type'] ?? '' },
        }).formData()
        const file = parsed.get('file') as File
        expect([parsed.get('text'), file.name, file.type, await file.text()]).to.deep.equal([
          'plain',
          'part.txt',
          'text/x',
          'of a file\n',
        ])
      })

      it('fails with any status but those wished for', async () => {
        const lost = await ask('/status/404')
        expect(lost.failed).to.equal('Status code was 404 and not [200]: HTTP Error 404: Not Found')
        expect(lost.result).to.include({ status: 404 })
        expect((await ask('/status/404', { status_code: '200,404' })).failed).to.equal(undefined)
        const told = await ask('/status/500', { return_content: true })
        expect(told.result).to.include({ content: 'this is 500' })
        expect((await ask('/status/204', { status_code: [204], method: 'HEAD' })).result).to.include({ status: 204 })
      })

      it('says why there was no answer', async () => {
        const { result, failed } = await request({ url: 'http://127.0.0.1:9/' }, folders[tool] ?? '', shell)
        expect(result).to.include({ status: -1 })
        expect(failed).to.match(/^Status code was -1 and not \[200\]: Request failed: .*(refused|connect)/i)
        expect((await ask('/silent', { timeout: 1 })).failed).to.match(/-1.*(time|too slow)/i)
      })

      it('follows what it may', async () => {
        const from = server.asked.length
        expect((await ask('/to/302/text')).result).to.include({
          redirected: true,
          url: `${server.url}/text`,
          status: 200,
        })
        expect((await ask('/to/302/text', { follow_redirects: 'none' })).result).to.include({
          status: 302,
          location: `${server.url}/text`,
        })
        expect((await ask('/to/302/echo', { method: 'POST', body: 'x' })).result).to.include({ status: 302 })
        const followed = await ask('/to/303/echo', { method: 'POST', body: 'x', follow_redirects: 'all' })
        expect(followed.result?.['json']).to.include({ method: 'GET', body: '' })
        const repeated = await ask('/to/307/echo', { method: 'POST', body: 'x', follow_redirects: 'all' })
        expect(repeated.result?.['json']).to.include({ method: 'POST', body: 'x' })
        expect(server.asked.slice(from)).to.have.length(8)
      })

      it('gives the password when it is asked, or at once', async () => {
        const me = { user: 'me', password: 'my pw' }
        const from = server.asked.length
        expect((await ask('/basic', me)).result?.['json']).to.deep.equal({ welcome: 'me' })
        expect(server.asked.slice(from)).to.have.length(2)
        expect((await ask('/basic', { ...me, force_basic_auth: true })).result?.['status']).to.equal(200)
        expect(server.asked.slice(from)).to.have.length(3)
        expect((await ask('/basic', { ...me, password: 'no' })).result?.['status']).to.equal(401)
      })

      it('returns cookies', async () => {
        const { result } = await ask('/cookies')
        expect(result).to.deep.include({ cookies: { one: '1', two: 'b c' }, cookies_string: 'one=1; two=b c' })
      })

      it('writes what came, with the wished attributes', async () => {
        const dest = join(dir, `${tool}-${shell}`)
        const written = await ask('/text', { dest, mode: 'u=rw,go=' })
        expect(written).to.deep.include({ changed: true })
        expect(written.result).to.include({ path: dest }).and.not.have.key('content')
        expect([readFileSync(dest, 'utf8'), statSync(dest).mode & 0o777]).to.deep.equal(['at /text\n', 0o600])
        expect(await ask('/status/404', { dest })).to.deep.include({ changed: false })
        expect((await ask('/other', { dest })).changed).to.equal(true)
        expect([readFileSync(dest, 'utf8'), statSync(dest).mode & 0o777], 'the mode stays').to.deep.equal([
          'at /other\n',
          0o600,
        ])
        utimesSync(dest, 1e9, 1e9)
        expect((await ask('/since', { dest, status_code: [200, 304] })).result).to.include({ status: 304, path: dest })
        expect((await ask('/since', { dest, force: true })).result).to.include({ status: 200 })
      })

      it('names what it writes into a directory', async () => {
        const into = join(dir, `into-${tool}-${shell}`)
        mkdirSync(into)
        const named = async (path: string) => (await ask(path, { dest: into })).result?.['path']
        expect(await named('/named')).to.equal(join(into, 'own name.txt'))
        expect(await named('/a/b.tgz?c=/d')).to.equal(join(into, 'b.tgz'))
        expect(await named('/')).to.equal(join(into, 'index.html'))
        expect(await named('/to/302/x/y')).to.equal(join(into, 'y'))
        expect(readdirSync(into).sort()).to.deep.equal(['b.tgz', 'index.html', 'own name.txt', 'y'])
      })
    })
  }

  it('unpacks, and speaks to a socket, with curl', async () => {
    const ask = (args: object) => request({ return_content: true, ...args }, folders['curl'] ?? '')
    expect((await ask({ url: `${server.url}/gzip` })).result).to.include({ content: 'packed' })
    const socket = join(dir, 'socket')
    const other = await httpAnswers(socket)
    try {
      expect((await ask({ url: 'http://any/x', unix_socket: socket })).result).to.include({ content: 'at /x\n' })
      const wget = await request({ url: 'http://any/x', unix_socket: socket }, folders['wget'] ?? '')
      expect(wget.failed).to.match(/unix_socket needs curl/)
    } finally {
      await other.close()
    }
  })

  it('says what is missing on the host', async () => {
    const url = `${server.url}/text`
    expect((await request({ url }, folders['none'] ?? '')).failed).to.equal('this host has neither curl nor wget')
    expect((await request({ url }, folders['busybox'] ?? '', 'busybox')).failed).to.match(/busybox.*install curl/)
  })

  describe('over TLS', () => {
    let url = ''
    let close: () => void
    const file = (name: string) => join(dir, name)
    before(async () => {
      const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: dir })
      const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      openssl(
        'req',
        '-x509',
        ...ec,
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        's.key',
        '-out',
        's.pem',
      )
      openssl('req', '-x509', ...ec, '-subj', '/CN=client', '-keyout', 'c.key', '-out', 'c.pem')
      const options = {
        key: readFileSync(file('s.key')),
        cert: readFileSync(file('s.pem')),
        ca: readFileSync(file('c.pem')),
      }
      const tls = createTls({ ...options, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
        const { authorized } = incoming.socket as unknown as { authorized: boolean }
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ authorized }))
      })
      await new Promise<void>((resolve) => tls.listen(0, 'localhost', resolve))
      url = `https://localhost:${(tls.address() as AddressInfo).port}/`
      close = () => (tls.close(), tls.closeAllConnections())
    })
    after(() => close())

    for (const tool of ['curl', 'wget'])
      it(`verifies, trusts a CA, shows a certificate: ${tool}`, async () => {
        const ask = (args: object) => request({ url, ...args }, folders[tool] ?? '')
        expect((await ask({})).failed).to.match(/-1.*cert/i)
        expect((await ask({ validate_certs: false })).result?.['json']).to.deep.equal({ authorized: false })
        const shown = { ca_path: file('s.pem'), client_cert: file('c.pem'), client_key: file('c.key') }
        expect((await ask(shown)).result?.['json']).to.deep.equal({ authorized: true })
      })
  })

  for (const [args, message] of [
    [{ url: 'ftp://a' }, /must be an http or https address/],
    [{ url: 'http://a/b c' }, /must be an http or https address/],
    [{ url: 'http://a', body: 'x', src: 'y' }, /give src or body/],
    [{ url: 'http://a', body: { a: 1 } }, /must be text with body_format: raw/],
    [{ url: 'http://a', headers: { 'a:b': 'c' } }, /name of a header/],
    [{ url: 'http://a', headers: { a: 'b\nc: d' } }, /must be one line/],
    [{ url: 'http://a', method: 'GET it' }, /single word/],
    [{ url: 'http://a', method: 'PUT', follow_redirects: true }, /repeated at the other address/],
    [{ url: 'http://a', follow_redirects: 'urllib2' }, /Python library/],
    [{ url: 'http://a', unredirected_headers: ['a'] }, /repeat headers on a redirect/],
    [{ url: 'http://a', use_gssapi: true }, /Kerberos/],
  ] as const)
    it(`refuses ${JSON.stringify(args)}`, () => expect(() => uri.args.parse(args)).to.throw(message))

  it('reads what the script printed', () => {
    const parts = parseParts(Buffer.from('a 3\nx\ny\nempty 0\n\nnone: \nline: b 4\nb  4\n1234\n'))
    expect([...parts].map(([name, part]) => [name, part.toString()])).to.deep.equal([
      ['a', 'x\ny'],
      ['empty', ''],
      ['none', ''],
      ['line', 'b 4'],
      ['b', '1234'],
    ])
    const head = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200 \r\nA: b:c\r\na:d\r\nnonsense\r\n'
    expect(parseHead(head).map(({ headers }) => headers)).to.deep.equal([
      [],
      [
        ['a', 'b:c'],
        ['a', 'd'],
      ],
    ])
  })
})
