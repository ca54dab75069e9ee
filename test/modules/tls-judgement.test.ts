import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect } from 'chai'
import { certificatesIn, endsSoon, nameOf, namesOf } from '../../src/modules/tls/certificates.ts'
import { handshake } from '../../src/modules/tls/handshake.ts'
import { opensslScript, readOpenssl } from '../../src/modules/tls/openssl.ts'
import { proveTls } from '../../src/modules/tls/prove.ts'
import type { Server, TlsAnswer } from '../../src/modules/tls/server.ts'
import { type Certificate, CertificateAuthority, type CertificateRequest } from '../lab/certificates.ts'

/** Both ways to judge a server that is real: the handshake made here, and the openssl tool's. */
describe('the judgement of a TLS server', function () {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
  let authority: CertificateAuthority
  before(async () => void (authority = await CertificateAuthority.create(join(dir, 'ca'), 'Trusted CA')))
  after(() => rmSync(dir, { recursive: true, force: true }))

  const judged = async (certificate: Certificate, name: string): Promise<Record<string, TlsAnswer>> => {
    const listener = createServer(certificate).on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as AddressInfo
    const server = { host: '127.0.0.1', port, name, ca: authority.pem }
    try {
      return {
        handshake: await handshake(connect(port, '127.0.0.1'), server, 10),
        openssl: await byOpenssl(server),
      }
    } finally {
      listener.close()
    }
  }

  it('holds by the clock of the host, which rsyslog goes by', async () => {
    const { key, cert } = await authority.issue({ name: 'in.example', from: -20, to: 20 })
    const listener = createServer({ key, cert }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const server = { host: '127.0.0.1', port, name: 'in.example', ca: authority.pem }
    const at = (days: number) => {
      const now = Math.floor(Date.now() / 1000) + days * 86_400
      const look = () => Promise.resolve({ stdout: Buffer.from(`${now}\n`) })
      return proveTls({ look, forward: () => Promise.resolve(connect(port, '127.0.0.1')) } as never, server, 10)
    }
    expect((await at(0)).kind).to.equal('proven')
    for (const days of [-700, 25])
      expect(await at(days))
        .to.have.property('message')
        .that.matches(/^the clock of this host says 20.*, when the certificate of in\.example at .* is not valid/)
    listener.close()
  })

  describe('of what a server sends beside its chain, a root that an older one signed and that has ended', () => {
    const name = 'in.example'
    let cross = ''
    before(async () => {
      const older = await CertificateAuthority.create(join(dir, 'older'), 'Older CA')
      cross = await older.crossSign(authority, { from: -700, to: -333 })
    })

    it('counts the CA instead', async () => {
      const { key, cert } = await authority.issue({ name })
      for (const [way, answer] of Object.entries(await judged({ key, cert: cert + cross }, name))) {
        if (answer.kind !== 'proven') throw new Error(`${way}: ${answer.message}`)
        expect(answer.chain.map(({ subject }) => nameOf(subject))).to.deep.equal([name, 'Trusted CA'])
        expect(answer.chain[1]?.issuer, way).to.equal('CN=Trusted CA')
        expect(endsSoon(answer.chain), way).to.equal(undefined)
      }
    })

    it('does not blame it for a certificate that has ended itself', async () => {
      const { key, cert } = await authority.issue({ name, from: -20, to: -10 })
      for (const [way, answer] of Object.entries(await judged({ key, cert: cert + cross }, name)))
        expect(answer.kind === 'fault' && answer.message, way).to.match(/certificate of in\.example at .* ended on/)
    })

    it('says of one that has ended when that was', () =>
      expect(endsSoon(certificatesIn(cross))).to.match(/^the certificate of Trusted CA ended on .* GMT$/))
  })

  describe('takes a name as rsyslog does', () => {
    const rows: readonly [string, CertificateRequest, string, RegExp?][] = [
      ['a DNS name', { name: 'x', alternatives: 'DNS:other.example, DNS:in.wild.example' }, 'in.wild.example'],
      ['the common name alone', { name: 'in.wild.example', alternatives: 'email:a@b.example' }, 'in.wild.example'],
      ['the common name beside another', { name: 'in.wild.example', alternatives: 'DNS:x' }, 'in.wild.example'],
      ['an address as a name', { name: 'x', alternatives: 'DNS:127.0.0.1' }, '127.0.0.1'],
      [
        'no wildcard',
        { name: '*.wild.example' },
        'in.wild.example',
        /:\d+ has a wildcard certificate \(\*\.wild\.example\), which rsyslog does not take for in\.wild\.example$/,
      ],
      [
        'no other letter case',
        { name: 'in.wild.example' },
        'In.Wild.example',
        /for in\.wild\.example, which rsyslog does not take for In\.Wild\.example: write the name as the certificate has it$/,
      ],
      [
        'no address that is not a name as well',
        { name: 'x', alternatives: 'IP:127.0.0.1' },
        '127.0.0.1',
        /for the IP address 127\.0\.0\.1, which rsyslog does not take: it compares DNS names and the common name$/,
      ],
      [
        'nobody else',
        { name: 'x', alternatives: 'DNS:a.example, IP:192.0.2.1' },
        'in.wild.example',
        /has a certificate for a\.example, 192\.0\.2\.1, not for in\.wild\.example$/,
      ],
    ]
    it('none that is written within another', () => {
      const subjectAltName = String.raw`URI:"http://y/\u002c DNS:in.wild.example", othername:"XmppAddr:z\"\u002c DNS:a", DNS:x, IP Address:::1`
      expect(namesOf({ subjectAltName, subject: 'C=FR\nCN=y' })).to.deep.equal({
        dns: ['x'],
        addresses: ['::1'],
        common: ['y'],
      })
    })
    for (const [what, request, name, message] of rows) {
      it(what, async () => {
        for (const [way, answer] of Object.entries(await judged(await authority.issue(request), name))) {
          expect(answer.kind, `${way} ${JSON.stringify(answer)}`).to.equal(message ? 'fault' : 'proven')
          if (message && answer.kind === 'fault') expect(answer.message, way).to.match(message)
        }
      })
    }
  })
})

function byOpenssl(server: Server): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', opensslScript(server).text], (error, stdout) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      const nothing = Buffer.alloc(0)
      resolve(readOpenssl({ code, stdout: Buffer.from(stdout), stderr: nothing, timedOut: false, ms: 0 }, server))
    })
    child.stdin?.end()
  })
}
