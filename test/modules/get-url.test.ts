import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Download, StateModule } from '../../src/modules/define.ts'
import getUrl from '../../src/modules/get-url.ts'
import { certificateFault } from '../../src/modules/paths/certificates.ts'
import { listedChecksum } from '../../src/modules/paths/checksum.ts'
import { plans } from '../fixtures/modules/get_url/plans.ts'
import { arrange, cleanUp } from '../support/law-run.ts'
import { converge, probeState, testController, wishOf } from '../support/modules.ts'
import { planTable } from '../support/plan-table.ts'

const url = 'https://example.test/ca.pem'

function makeCertificate(dir: string, name: string, days: number): string {
  const file = join(dir, name)
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    `/CN=${name}`,
  ]
  execFileSync('openssl', [...args, '-days', String(days), '-keyout', `${file}.key`, '-out', file], { stdio: 'ignore' })
  return readFileSync(file, 'utf8')
}

describe('get_url', function () {
  this.timeout(60_000)
  let dir = ''
  let good = ''
  let key = ''
  before(() => {
    dir = arrange('')
    good = makeCertificate(dir, 'good', 30)
    key = readFileSync(join(dir, 'good.key'), 'utf8')
  })
  after(() => cleanUp(dir))

  describe('plans', () => planTable(getUrl, plans))

  describe('a certificate', () => {
    const later = (days: number) => new Date(Date.now() + days * 86_400_000)
    it('passes alone, as a bundle, and with words around it', () => {
      expect(certificateFault(Buffer.from(good))).to.equal(undefined)
      expect(certificateFault(Buffer.from(`# Root\n${good}\n# Same\n${good}`))).to.equal(undefined)
    })
    const faults: readonly [string, () => string | Buffer, RegExp, Date?][] = [
      ['nothing', () => ' \n', /is empty/],
      ['an error page', () => '<!DOCTYPE html><html>404</html>', /HTML page/],
      ['other text', () => 'Not found', /no PEM certificate/],
      ['a bundle cut off', () => good + good.slice(0, 200), /cut off/],
      ['a private key', () => good + key, /private key/],
      ['DER', () => execFileSync('openssl', ['x509', '-outform', 'DER'], { input: good }), /DER/],
      ['damaged base64', () => good.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA'), /damaged/],
      ['an expired one behind a good one', () => good + good, /out of date: CN=good ended on/, later(40)],
      ['one of the future', () => good, /not valid yet: CN=good begins on/, later(-2)],
      ['a request', () => good.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), /certificate request/],
    ]
    for (const [what, bytes, fault, now] of faults) {
      it(`is refused for ${what}`, () => expect(certificateFault(Buffer.from(bytes()), now)).to.match(fault))
    }

    it('that ends within thirty days is a warning in every run, and one that does not is none', async () => {
      for (const [days, warnings] of [
        [20, /ca\.pem: the certificate of soon20 ends in (19|20) days/],
        [90, undefined],
      ] as const) {
        const pem = Buffer.from(makeCertificate(dir, `soon${days}`, days))
        const controller = testController({ download: () => Promise.resolve(pem) })
        const checksum = `sha256:${createHash('sha256').update(pem).digest('hex')}`
        for (const ordered of [{}, { checksum }]) {
          const dest = join(dir, `soon${days}${Object.keys(ordered).join()}.pem`)
          const args = { url, dest, expect: 'certificate', force: true, ...ordered }
          const { plan, again } = await converge(getUrl, args, { controller })
          const { plan: later } = await converge(getUrl, args, { controller })
          for (const { warnings: said = [] } of [plan, again, later]) {
            if (warnings) expect(said.join('\n')).to.match(warnings)
            else expect(said).to.deep.equal([])
          }
        }
      }
    })

    it('that is none is refused before anything is written, naming the address', async () => {
      const controller = testController({ download: () => Promise.resolve(Buffer.from('<html>')) })
      const dest = join(dir, 'refused.pem')
      const error = await converge(getUrl, { url, dest, expect: 'certificate' }, { controller }).catch(
        (thrown: unknown) => thrown,
      )
      expect(String(error)).to.contain(`${url} is an HTML page`)
      expect(existsSync(dest)).to.equal(false)
    })
  })

  describe('on the controller', () => {
    it('does not download what is there', async () => {
      const dest = join(dir, 'there')
      writeFileSync(dest, 'mine')
      const { plan } = await converge(getUrl, { url, dest, mode: '0600' })
      expect(plan.changes.map(({ what }) => what)).to.deep.equal(['mode 0644 → 0600'])
    })

    it('sends headers and the password', async () => {
      const seen: Download[] = []
      const controller = testController({
        download: (request) => (seen.push(request), Promise.resolve(Buffer.from('x'))),
      })
      const args = {
        url,
        dest: join(dir, 'sent'),
        headers: { A: 'b' },
        username: 'u',
        password: 'p',
        timeout: '3',
        validate_certs: 'no',
        http_agent: 'me',
      }
      await converge(getUrl, args, { controller })
      expect(seen).to.deep.equal([
        {
          url,
          timeout: 3,
          validateCerts: false,
          useProxy: true,
          headers: { A: 'b', 'User-Agent': 'me', Authorization: 'Basic dTpw' },
        },
      ])
    })

    it('takes the digest from a list', async () => {
      const sums = `ffff  other\n${'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'}  ./ca.pem\n`
      const downloads: Readonly<Record<string, string>> = { [url]: 'x', 'https://example.test/sums': sums }
      const controller = testController({
        download: (request) => Promise.resolve(Buffer.from(downloads[request.url] ?? '')),
      })
      const args = { url, dest: join(dir, 'summed'), checksum: 'sha256:https://example.test/sums' }
      const { again } = await converge(getUrl, args, { controller })
      expect(again.changes).to.deep.equal([])
    })

    it('gives credentials for the file to a list only where both are of one origin', async () => {
      const asked: Record<string, Download['headers']> = {}
      const digest = createHash('sha256').update('x').digest('hex')
      const controller = testController({
        download: (request) => {
          asked[request.url] = request.headers
          return Promise.resolve(Buffer.from(request.url === url ? 'x' : digest))
        },
      })
      const lists = [
        'https://example.test/sums',
        'https://example.test:443/others',
        'http://example.test/sums',
        'https://example.test:8443/sums',
        'https://sums.example.test/sums',
      ]
      for (const [number, list] of lists.entries()) {
        const args = { url, dest: join(dir, `listed-${number}`), checksum: `sha256:${list}`, http_agent: 'me' }
        await converge(
          getUrl,
          { ...args, headers: { 'X-Token': 'b' }, url_username: 'u', url_password: 'p' },
          { controller },
        )
      }
      const all = { 'X-Token': 'b', 'User-Agent': 'me', Authorization: 'Basic dTpw' }
      expect(asked[url]).to.deep.equal(all)
      const open = { 'User-Agent': 'me' }
      expect(lists.map((list) => asked[list])).to.deep.equal([all, all, open, open, open])
    })

    it('refuses a download with another digest', async () => {
      const controller = testController({ download: () => Promise.resolve(Buffer.from('y')) })
      const args = { url, dest: join(dir, 'wrong'), checksum: `sha1:${'AB'.repeat(20)}` }
      const error = await converge(getUrl, args, { controller }).catch((thrown: unknown) => thrown)
      expect(String(error)).to.match(
        /has the sha1 95cb0bfd2977c761298d9624e4b4d4c72a39974a, not the (ab){20} in checksum/,
      )
    })
  })

  describe('on the host', () => {
    let server: Server
    let base = ''
    let requests: { url: string | undefined; headers: Readonly<Record<string, unknown>> }[] = []
    const pages: Record<string, () => string | Buffer> = {
      '/tool': () => 'tool\0\n',
      '/ca.pem': () => good,
      '/page': () => '<html>',
    }
    before((done) => {
      server = createServer((request, response) => {
        requests.push({ url: request.url, headers: request.headers })
        const page = pages[request.url?.replace(/\?.*/, '') ?? '']?.()
        response.writeHead(page === undefined ? 404 : 200).end(page)
      }).listen(0, '127.0.0.1', () => {
        base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        done()
      })
    })
    after((done) => void server.close(done))
    beforeEach(() => (requests = []))

    /** The same host with another environment. */
    const inEnvironment = (module: StateModule, settings: string): StateModule => {
      const within = ({ text }: { text: string }) => ({ text: `${settings}\n${text}` })
      return {
        ...module,
        probe: (wish) => within(module.probe(wish)),
        apply: (wish, state, plan) => ({ script: within(module.apply(wish, state, plan).script) }),
      }
    }

    /** The same host without curl. */
    const withoutCurl = (module: StateModule): StateModule => {
      const tools = join(dir, 'tools')
      execFileSync('sh', ['-c', `mkdir -p ${tools}; ln -sf /bin/* /usr/bin/* ${tools}/; rm -f ${tools}/curl`])
      return inEnvironment(module, `PATH=${tools}`)
    }

    for (const tool of ['curl', 'wget']) {
      const module = () => (tool === 'curl' ? (getUrl as StateModule) : withoutCurl(getUrl))

      it(`${tool} downloads what is missing, once`, async () => {
        const dest = join(dir, `tool-${tool}`)
        const args = { url: `${base}/tool`, dest, via: 'host', mode: '0755' }
        const { again } = await converge(module(), args)
        expect(again.changes).to.deep.equal([])
        expect(readFileSync(dest, 'utf8')).to.equal('tool\0\n')
        await converge(module(), args)
        expect(requests.length).to.equal(1)
      })

      it(`${tool} asks the proxy of its environment, and none where use_proxy is off`, async () => {
        const behind = inEnvironment(
          module(),
          `http_proxy=http://127.0.0.1:1; export http_proxy; unset no_proxy NO_PROXY`,
        )
        const args = { url: `${base}/tool`, dest: join(dir, `direct-${tool}`), via: 'host' }
        const error = await converge(behind, args).catch((thrown: unknown) => thrown)
        expect(String(error)).to.match(tool === 'curl' ? /port 1\b/ : /wget ended with 4/)
        const { again } = await converge(behind, { ...args, use_proxy: 'no' })
        expect(again.changes).to.deep.equal([])
      })

      it(`${tool} is not led from https to http`, async () => {
        const led: RequestListener = ({ url: path }, response) => {
          const location = path === '/down' ? `${base}/tool` : path === '/on' ? '/here' : undefined
          response.writeHead(location ? 302 : 200, location ? { location } : {}).end('safe')
        }
        const secure = createSecureServer({ key, cert: good }, led)
        await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
        const origin = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
        const attempt = (path: string) =>
          converge(module(), {
            url: origin + path,
            dest: join(dir, `led-${tool}${path.slice(1)}`),
            via: 'host',
            validate_certs: 'no',
          }).then(
            ({ again }) => again.changes.length,
            (thrown: unknown) => String(thrown),
          )
        try {
          expect(await attempt('/here')).to.equal(0)
          const refused = /from https wget is let follow no redirect, if it was one: install curl\nwget ended with 8/
          expect(await attempt('/down')).to.match(
            tool === 'curl' ? /it redirects from https to something else/ : refused,
          )
          expect(requests).to.deep.equal([])
          if (tool === 'curl') expect(await attempt('/on')).to.equal(0)
          else expect(await attempt('/on')).to.match(refused)
        } finally {
          secure.closeAllConnections()
          secure.close()
        }
      })

      it(`${tool} compares when told to`, async () => {
        const dest = join(dir, `compared-${tool}`)
        writeFileSync(dest, 'old')
        const { plan, again } = await converge(module(), { url: `${base}/tool`, dest, via: 'host', force: true })
        expect(plan.changes.length).to.equal(1)
        expect(again.changes).to.deep.equal([])
      })

      it(`${tool} reports an address that is not there, and leaves nothing behind`, async () => {
        const dest = join(dir, `missing-${tool}`)
        const error = await converge(module(), { url: `${base}/nothing`, dest, via: 'host' }).catch(
          (thrown: unknown) => thrown,
        )
        expect(String(error)).to.match(tool === 'curl' ? /404/ : /wget ended with 8/)
        expect(existsSync(dest)).to.equal(false)
      })

      it(`${tool} fetches a certificate that the controller checks`, async () => {
        const dest = join(dir, `ca-${tool}`)
        const { again } = await converge(module(), { url: `${base}/ca.pem`, dest, via: 'host', expect: 'certificate' })
        expect(again.changes).to.deep.equal([])
        expect(readFileSync(dest, 'utf8')).to.equal(good)
        const error = await converge(module(), {
          url: `${base}/page`,
          dest: `${dest}2`,
          via: 'host',
          expect: 'certificate',
        }).catch((thrown: unknown) => thrown)
        expect(String(error)).to.contain('/page is an HTML page')
      })

      it(`${tool}'s download must have the digest`, async () => {
        const dest = join(dir, `sum-${tool}`)
        const checksum = `md5:${'ab'.repeat(16)}`
        const error = await converge(module(), { url: `${base}/tool`, dest, via: 'host', checksum }).catch(
          (thrown: unknown) => thrown,
        )
        expect(String(error)).to.match(/has the md5 [0-9a-f]{32}, not the (ab){16} in checksum/)
        expect(existsSync(dest)).to.equal(false)
      })
    }

    it('gives curl the password out of sight', async () => {
      const args = {
        url: `${base}/tool`,
        dest: join(dir, 'auth'),
        via: 'host',
        url_username: 'me',
        url_password: 'top "secret" \\',
        headers: { 'X-Key': "it's" },
      }
      await converge(getUrl, args)
      expect(requests[0]?.headers).to.include({
        'x-key': "it's",
        authorization: `Basic ${Buffer.from('me:top "secret" \\').toString('base64')}`,
      })
    })

    it('refuses a password where there is only wget', async () => {
      const args = {
        url: `${base}/tool`,
        dest: join(dir, 'noauth'),
        via: 'host',
        url_username: 'me',
        url_password: 'secret',
      }
      const error = await converge(withoutCurl(getUrl as StateModule), args).catch((thrown: unknown) => thrown)
      expect(String(error)).to.contain('need curl')
    })

    it('never lets wget be seen with a user, a password or a token, also with a file to compare', async () => {
      const calls = join(dir, 'calls')
      const recorded = inEnvironment(
        withoutCurl(getUrl),
        `wget() { printf '%s\\n' "$*" >>${calls}; command wget "$@"; }`,
      )
      const dest = join(dir, 'there-already')
      writeFileSync(dest, 'old')
      const faultOf = (args: Record<string, unknown>) =>
        converge(recorded, { via: 'host', force: true, dest, ...args }).then(
          () => 'none',
          (thrown: unknown) => String(thrown),
        )
      for (const [user, expected] of [
        ['me:s3cret', undefined],
        [':s3cret', undefined],
        ['me', undefined],
        ['me:s3cret', 'certificate'],
      ]) {
        const url = base.replace('://', `://${user}@`)
        const fault = await faultOf({ url: `${url}/tool`, ...(expected && { expect: expected }) })
        expect(fault).to.contain('need curl').and.not.contain('s3cret')
      }
      expect(requests).to.deep.equal([])
      expect(readFileSync(calls, 'utf8')).to.match(/^(--version\n)+$/)
      // Nor with a token in its query: the address comes by another way.
      expect(await faultOf({ url: `${base}/tool?token=s3cret` })).to.equal('none')
      expect(requests.map(({ url }) => url)).to.include('/tool?token=s3cret')
      expect(readFileSync(calls, 'utf8'), 'what is recorded are the calls').to.contain('-i -').and.not.contain('s3cret')
    })

    it('says which tool is missing', async () => {
      const wish = await wishOf(getUrl, { url: `${base}/tool`, dest: join(dir, 'no-tool'), via: 'host' })
      const state = (await probeState(getUrl, wish)) as Record<string, unknown>
      const plan = getUrl.plan(wish as never, { ...state, host: { tool: 'none' } } as never)
      expect(plan.refuse).to.contain('neither curl nor wget')
    })
  })

  describe('arguments', () => {
    for (const [args, message] of [
      [{ tmp_dest: '/tmp' }, /beside its destination/],
      [{ client_cert: '/x' }, /client certificates/],
      [{ url_password: 'x' }, /needs url_username/],
      [{ checksum: 'crc32:12' }, /ALGORITHM/],
      [{ checksum: 'sha256:zz' }, /of that length/],
      [{ checksum: `sha256:${'ab'.repeat(20)}` }, /of that length/],
      [{ url: 'ftp://x/y' }, /http, https or file/],
    ] as const) {
      it(`refuses ${JSON.stringify(args)}`, () => {
        expect(() => getUrl.args.parse({ url, dest: '/x', ...args })).to.throw(message)
      })
    }
  })

  describe('a list of digests', () => {
    for (const [list, hex] of [
      ['ABCD\n', 'abcd'],
      ['aa  one\nbb *file\n', 'bb'],
      ['aa ./file\n', 'aa'],
      ['aa  ./sub/file\n', undefined],
      ['aa  other\n', undefined],
    ] as const) {
      it(JSON.stringify(list), () => expect(listedChecksum(list, 'file')).to.equal(hex))
    }
  })
})
