import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuthContext } from 'ssh2'
import { opensshTransport } from '../../src/transport/openssh.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure, held, run } from './contract.ts'
import { type FakeServer, sshServer } from './fake-servers.ts'
import {
  type Keys,
  makeKeys,
  makeOpensshTarget,
  makeTarget,
  needSshd,
  publicKey,
  type Sshd,
  startSshd,
  trust,
} from './sshd.ts'

describe('logging in by openssh', () => {
  let keys: Keys
  let hostKey: string
  let transport: Transport
  before(function () {
    needSshd(this)
    keys = makeKeys()
    hostKey = keys.make('host')
  })
  after(() => keys?.clean())
  beforeEach(() => {
    transport = opensshTransport({ interactive: false })
  })
  afterEach(() => transport.close())

  const logsIn = async (target: Target): Promise<void> => {
    const connection = await transport.connect(target)
    connection.close()
    await connection.lost
  }

  describe('with a certificate', () => {
    let authority: string
    let user: string
    let sshd: Sshd
    const sign = (key: string, principals: string, ...more: string[]) =>
      execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', principals, ...more, `${key}.pub`])
    /** A known_hosts file that trusts an authority and no key. */
    const trusting = (name: string, key: string): Partial<Target> => {
      const file = join(keys.dir, name)
      writeFileSync(file, `@cert-authority [127.0.0.1]:* ${publicKey(key)}\n`)
      return { hostKeys: { checking: 'yes', knownHostsFiles: [file] } }
    }
    before(async () => {
      authority = keys.make('authority')
      user = keys.make('certified')
      const certifiedHost = keys.make('certified-host')
      sign(user, 'root,deploy')
      sign(certifiedHost, '127.0.0.1', '-h')
      const config = [`TrustedUserCAKeys ${authority}.pub`, `HostCertificate ${certifiedHost}-cert.pub`]
      sshd = await startSshd({ keys, hostKeys: [certifiedHost], authorized: [], config })
    })
    after(() => sshd?.stop())
    const target = (more: Parameters<typeof makeOpensshTarget>[2] = {}) =>
      makeOpensshTarget(keys, sshd.port, { privateKeyFiles: [user], ...trusting('by-authority', authority), ...more })

    it('of the user, at a host with a certificate of its own', async () => {
      const connection = await transport.connect(target())
      expect((await run(connection, 'echo ok')).out).to.equal('ok\n')
      expect(connection.warnings).to.deep.equal([])
      connection.close()
    })

    it('of the user, for somebody else', async () => {
      const stranger = keys.make('other-principal')
      sign(stranger, 'nobody-here')
      const { phase, message } = await failure(transport.connect(target({ privateKeyFiles: [stranger] })))
      expect(phase).to.equal('login')
      expect(message).to.match(/ refused .*other-principal \(ED25519-CERT SHA256:\S+\)/)
    })

    it('of the host, by an authority that is not trusted', async () => {
      const to = target(trusting('by-another', keys.make('another-authority')))
      const { phase, message } = await failure(transport.connect(to))
      expect(phase).to.equal('host-key')
      expect(message).to.match(/^the host certificate of \[127.* is by an authority \(ED25519 SHA256:\S{43}\) that/)
    })

    it('of the host, for another name', async () => {
      const key = keys.make('elsewhere')
      sign(key, 'elsewhere.example', '-h')
      const config = [`HostCertificate ${key}-cert.pub`]
      const other = await startSshd({ keys, hostKeys: [key], authorized: [], config })
      try {
        const to = makeOpensshTarget(keys, other.port, { ...trusting('by-authority', authority) })
        const { phase, message } = await failure(transport.connect(to))
        expect(phase).to.equal('host-key')
        expect(message).to.match(/^the host certificate of .* does not hold: .*name is not a listed principal$/)
      } finally {
        await other.stop()
      }
    })

    it('which the built-in client cannot: it names this transport', async () => {
      const builtIn = sshTransport({ interactive: false })
      const trusted = trusting('by-authority', authority)
      const host = await failure(builtIn.connect(makeTarget(keys, sshd.port, { privateKeyFiles: [user], ...trusted })))
      expect(host.message).to.match(/known only by a certificate authority/)
      expect(host.hint).to.match(/ansible_connection: openssh/)
      trust(keys, sshd.port, join(keys.dir, 'certified-host'))
      const login = await failure(builtIn.connect(makeTarget(keys, sshd.port, { privateKeyFiles: [user] })))
      expect(login.message).to.match(/ refused .*certified /)
      expect(login.hint).to.match(/certificate .*certified-cert\.pub.*ansible_connection: openssh/)
      builtIn.close()
    })
  })

  describe('with an encrypted key', () => {
    let sshd: Sshd
    let locked: string
    before(async () => {
      locked = keys.make('locked', { passphrase: "open 'sesame' $HOME" })
      sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(locked)] })
      trust(keys, sshd.port, hostKey)
    })
    after(() => sshd?.stop())

    it('asks once for all hosts; the clock of the login stands still while a person types', async () => {
      const asked: string[] = []
      const passphrase = (file: string) => {
        asked.push(file)
        return new Promise<string>((resolve) => setTimeout(resolve, 2500, "open 'sesame' $HOME"))
      }
      const target = makeOpensshTarget(keys, sshd.port, { privateKeyFiles: [locked], passphrase, connectTimeout: 10 })
      await Promise.all([logsIn(target), logsIn({ ...target, name: 'web2' })])
      expect(asked).to.deep.equal([locked])
    })

    it('says which, when the answer is wrong or nobody knows it', async () => {
      const target = makeOpensshTarget(keys, sshd.port, { privateKeyFiles: [locked] })
      for (const answer of ['open barley', undefined]) {
        const { message } = await failure(transport.connect({ ...target, passphrase: () => Promise.resolve(answer) }))
        expect(message).to.match(/^root@.* refused .*locked \(ED25519 .*\); .*locked.* passphrase/)
        transport.close()
      }
    })
  })

  describe('with a password', () => {
    let server: FakeServer
    let tries: string[]
    const users: Readonly<Record<string, (context: AuthContext) => void>> = {
      password: (context) =>
        context.method === 'password' && context.password === 'right word'
          ? context.accept()
          : context.reject(['password']),
      both: (context) =>
        context.method === 'keyboard-interactive'
          ? context.prompt([{ prompt: 'Mot de passe : ', echo: false }], () => context.reject(['password']))
          : context.reject(['keyboard-interactive', 'password']),
      keyboard: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
          answer === 'right word' ? context.accept() : context.reject(['keyboard-interactive']),
        )
      },
      code: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Verification code: ', echo: true }], () => context.reject())
      },
      keysOnly: (context) => context.reject(['publickey']),
    }
    before(async () => {
      server = await sshServer(hostKey, (context) => {
        if (context.method !== 'none') tries.push(context.method)
        users[context.username]?.(context)
      })
      trust(keys, server.port, hostKey)
    })
    after(() => server?.stop())
    beforeEach(() => {
      tries = []
    })
    const target = (user: string, password = 'right word') => makeOpensshTarget(keys, server.port, { user, password })

    for (const user of ['password', 'keyboard']) {
      it(`by ${user}`, async () => {
        await logsIn(target(user))
        expect(tries.length).to.equal(1)
      })
    }

    const refusals: readonly [string, string, RegExp, readonly string[]][] = [
      ['wrong', 'password', /^password@127\.0\.0\.1:\d+ refused the password$/, ['password']],
      ['wrong, by keyboard-interactive', 'keyboard', /refused the password$/, ['keyboard-interactive']],
      ['where a code is asked for', 'code', /asks "Verification code:", which only a person/, ['keyboard-interactive']],
      ['where only keys are taken', 'keysOnly', /^ssh has nothing that keysOnly@.* takes \(publickey\)$/, []],
    ]
    for (const [name, user, message, methods] of refusals) {
      it(name, async () => {
        const error = await failure(transport.connect(target(user, 'not it')))
        expect(error.message).to.match(message)
        expect(error.phase).to.equal('login')
        expect(tries).to.deep.equal(methods)
      })
    }

    it('wrong: never sent a second time by another method, or the account could be locked', async () => {
      const error = await failure(transport.connect(target('both', 'not it')))
      expect(error.message).to.match(/refused the password$/)
      expect(tries).to.deep.equal(['keyboard-interactive'])
    })

    it('which stands in no command line, environment or file', async () => {
      const seen: string[] = []
      const answering = users.keyboard
      const watching: Readonly<Record<string, (context: AuthContext) => void>> = users
      const look = (context: AuthContext): void => {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          for (const file of ['cmdline', 'environ']) {
            try {
              seen.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'))
            } catch {
              // It has ended meanwhile.
            }
          }
        }
        answering?.(context)
      }
      Object.assign(watching, { keyboard: look })
      await logsIn(target('keyboard'))
      Object.assign(watching, { keyboard: answering })
      const ours = seen.filter((text) => text.includes('sallyport-'))
      expect(ours.length).to.be.at.least(1)
      expect(seen.filter((text) => text.includes('right word'))).to.deep.equal([])
      const dirs = [...new Set(ours.flatMap((text) => /\/tmp\/sallyport-\w{6}\/askpass/.exec(text) ?? []))]
      for (const program of dirs) {
        try {
          expect(readFileSync(program, 'utf8')).to.not.include('right word')
          expect(statSync(join(program, '..')).mode & 0o777).to.equal(0o700)
        } catch (error) {
          // That of another run on this machine, which has ended meanwhile.
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
        }
      }
    })

    it('leaves nothing behind', async () => {
      const once = async (): Promise<void> => {
        await logsIn(target('keyboard'))
        await failure(transport.connect(target('keyboard', 'not it')))
      }
      await once()
      const before = await held()
      for (let i = 0; i < 5; i++) await once()
      const after = await held(before)
      expect(after.files).to.be.at.most(before.files)
      expect(after.handles).to.be.at.most(before.handles)
    })
  })
})
