import { expect } from 'chai'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2, { type AuthContext } from 'ssh2'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure } from './contract.ts'
import { type FakeServer, sshServer } from './fake-servers.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

describe('logging in', () => {
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
    transport = sshTransport({ interactive: false })
  })

  const logsIn = async (target: Target): Promise<void> => {
    const connection = await transport.connect(target)
    connection.close()
  }

  describe('with a key', () => {
    let sshd: Sshd
    const kinds: Readonly<Record<string, () => string>> = {
      ed25519: () => keys.make('ed25519'),
      'ecdsa 256': () => keys.make('ecdsa256', { type: 'ecdsa', bits: 256 }),
      'ecdsa 384': () => keys.make('ecdsa384', { type: 'ecdsa', bits: 384 }),
      'ecdsa 521': () => keys.make('ecdsa521', { type: 'ecdsa', bits: 521 }),
      'rsa 2048': () => keys.make('rsa2048', { type: 'rsa', bits: 2048 }),
      'rsa in PEM': () => keys.make('rsapem', { type: 'rsa', bits: 2048, format: 'PEM' }),
      'ecdsa in PEM': () => keys.make('ecpem', { type: 'ecdsa', bits: 256, format: 'PEM' }),
      'rsa in PKCS#8': () => pkcs8('rsa8', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      'ecdsa in PKCS#8': () => pkcs8('ec8', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      'ed25519 in PKCS#8': () => pkcs8('ed8', generateKeyPairSync('ed25519').privateKey),
    }
    const locked: Readonly<Record<string, () => string>> = {
      'ed25519, encrypted': () => keys.make('ed-locked', { passphrase: 'open sesame' }),
      'rsa in PEM, encrypted': () =>
        keys.make('pem-locked', { type: 'rsa', bits: 2048, format: 'PEM', passphrase: 'open sesame' }),
      'ed25519 in PKCS#8, encrypted': () =>
        pkcs8('ed8-locked', generateKeyPairSync('ed25519').privateKey, 'open sesame'),
    }

    /** A key in PKCS#8, with its public half where `publicKey` looks for it. */
    function pkcs8(name: string, key: KeyObject, passphrase?: string): string {
      const file = join(keys.dir, name)
      const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
      writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem', ...cipher }), { mode: 0o600 })
      writeFileSync(`${file}.pub`, sshPublicKey(key))
      return file
    }

    before(async () => {
      sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [] })
      trust(keys, sshd.port, hostKey)
    })
    after(() => sshd.stop())
    const authorize = (file: string) => appendFileSync(sshd.authorizedKeys, `${publicKey(file)}\n`)

    for (const [kind, make] of Object.entries(kinds)) {
      it(kind, async () => {
        const file = make()
        authorize(file)
        await logsIn(makeTarget(keys, sshd.port, { privateKeyFiles: [file] }))
      })
    }

    for (const [kind, make] of Object.entries(locked)) {
      it(`${kind}: asks once for all hosts, and says so when the answer is wrong`, async () => {
        const file = make()
        authorize(file)
        const asked: string[] = []
        const passphrase = (name: string) => {
          asked.push(name)
          return Promise.resolve('open sesame')
        }
        const target = makeTarget(keys, sshd.port, { privateKeyFiles: [file], passphrase })
        await Promise.all([logsIn(target), logsIn(target), logsIn({ ...target, name: 'web2' })])
        expect(asked).to.deep.equal([file])

        const wrong = { ...target, passphrase: () => Promise.resolve('open barley') }
        const error = await failure(sshTransport({ interactive: false }).connect(wrong))
        expect(error.message).to.equal(`the passphrase for ${file} is wrong`)
        const silent = { ...target, passphrase: () => Promise.resolve(undefined) }
        for (const nobody of [makeTarget(keys, sshd.port, { privateKeyFiles: [file] }), silent]) {
          const { message, hint } = await failure(sshTransport({ interactive: false }).connect(nobody))
          expect(message).to.match(/is encrypted and nobody is there to ask for its passphrase$/)
          expect(hint).to.equal(`load it into an agent first: ssh-add ${file}`)
        }
      })
    }

    it('the second of two; the clock of the login stands still while a person types', async () => {
      const stranger = keys.make('stranger')
      const file = keys.make('slow', { passphrase: 'let me think' })
      authorize(file)
      const passphrase = () => new Promise<string>((resolve) => setTimeout(resolve, 1500, 'let me think'))
      await logsIn(makeTarget(keys, sshd.port, { privateKeyFiles: [stranger, file], passphrase, connectTimeout: 1.2 }))
    })

    describe('of an agent', () => {
      let socket: string
      let agent: number
      before(function () {
        socket = join(keys.dir, 'agent')
        if (!existsSync('/usr/bin/ssh-agent')) return this.skip()
        const env = { ...process.env, SSH_ASKPASS: '/bin/false', SSH_ASKPASS_REQUIRE: 'force' }
        agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore', env }).pid ?? 0
        while (!existsSync(socket)) spawnSync('sleep', ['0.02'])
      })
      after(() => void (agent > 0 && process.kill(agent)))
      const add = (file: string, passphrase = '', confirm = false) =>
        execFileSync('ssh-add', ['-q', ...(confirm ? ['-c'] : []), file], {
          env: { ...process.env, SSH_AUTH_SOCK: socket, ...askpass(passphrase) },
          stdio: 'ignore',
        })
      /** ssh-add asks a program when it has no terminal. */
      const askpass = (passphrase: string) => {
        const program = join(keys.dir, 'askpass')
        writeFileSync(program, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 })
        return { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force' }
      }
      const drop = () => spawnSync('ssh-add', ['-D', '-q'], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
      afterEach(drop)

      for (const type of ['ed25519', 'ecdsa', 'rsa']) {
        it(type, async () => {
          const file = keys.make(`agent-${type}`, { type })
          authorize(file)
          add(file)
          await logsIn(makeTarget(keys, sshd.port, { agent: socket }))
        })
      }

      it('instead of asking for the passphrase of the file', async () => {
        const file = keys.make('both', { passphrase: 'never asked' })
        authorize(file)
        add(file, 'never asked')
        const passphrase = () => Promise.reject(new Error('it was asked'))
        await logsIn(makeTarget(keys, sshd.port, { agent: socket, privateKeyFiles: [file], passphrase }))
      })

      it('named by its public half alone', async () => {
        const file = keys.make('half')
        authorize(file)
        add(file)
        await logsIn(
          makeTarget(keys, sshd.port, { agent: socket, privateKeyFiles: [`${file}.pub`], identitiesOnly: true }),
        )
      })

      it('and no other one with identitiesOnly', async () => {
        const file = keys.make('unlisted')
        const stranger = keys.make('stranger-listed')
        authorize(file)
        add(file)
        const target = makeTarget(keys, sshd.port, { agent: socket, privateKeyFiles: [stranger], identitiesOnly: true })
        const { message } = await failure(transport.connect(target))
        expect(message)
          .to.match(/refused .*stranger-listed/)
          .and.not.match(/of the agent/)
        await logsIn({ ...target, identitiesOnly: false })
      })

      it('names the keys that were refused', async () => {
        add(keys.make('known-to-nobody'))
        const { message } = await failure(transport.connect(makeTarget(keys, sshd.port, { agent: socket })))
        expect(message).to.match(/refused known-to-nobody \(ED25519 SHA256:\S{43}\) of the agent$/)
      })

      it('that will not sign: the person it asks says no', async () => {
        const file = keys.make('confirmed')
        authorize(file)
        add(file, '', true)
        const { message } = await failure(transport.connect(makeTarget(keys, sshd.port, { agent: socket })))
        expect(message).to.match(
          /^the agent would not sign with confirmed \(ED25519 \S+\) of the agent: Agent responded with failure$/,
        )
      })

      it('that is dead: no matter with a key file, and said without', async () => {
        const file = keys.make('alive')
        authorize(file)
        const gone = join(keys.dir, 'gone')
        await logsIn(makeTarget(keys, sshd.port, { agent: gone, privateKeyFiles: [file] }))
        const { message } = await failure(transport.connect(makeTarget(keys, sshd.port, { agent: gone })))
        expect(message).to.match(/^there is no key, agent or password .*; the agent at .*gone is dead: ENOENT$/)
      })
    })
  })

  describe('with a password', () => {
    let server: FakeServer
    let tries: string[]
    /** How the server behaves, by the user's name. */
    const users: Readonly<Record<string, (context: AuthContext) => void>> = {
      password: (context) =>
        context.method !== 'password'
          ? context.reject(['password', 'keyboard-interactive'])
          : context.password === 'right'
            ? context.accept()
            : context.reject(['password', 'keyboard-interactive']),
      keyboard: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        const ask = (): void =>
          context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
            answer === 'right' ? context.accept() : ask(),
          )
        ask()
      },
      code: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Verification code: ', echo: true }], () => context.reject())
      },
      twice: (context) => {
        if (context.method === 'password') return context.reject(['keyboard-interactive'], true)
        if (context.method !== 'keyboard-interactive') return context.reject(['password'])
        context.prompt([{ prompt: 'One-time code: ', echo: true }], () => context.reject())
      },
      keysOnly: (context) => context.reject(['publickey']),
      expired: (context) => {
        if (context.method === 'password') context.requestChange('Choose another one', () => undefined)
        else context.reject(['password'])
      },
    }

    before(async () => {
      server = await sshServer(hostKey, (context) => {
        tries.push(context.method)
        users[context.username]?.(context)
      })
      trust(keys, server.port, hostKey)
    })
    after(() => server.stop())
    beforeEach(() => {
      tries = []
    })
    const target = (user: string, password = 'right', more: Partial<Target> = {}) =>
      makeTarget(keys, server.port, { user, password, connectTimeout: 5, ...more })

    it('at the first try', async () => {
      await logsIn(target('password'))
      expect(tries).to.deep.equal(['password'])
    })

    it('by keyboard-interactive where that is what the host takes', async () => {
      await logsIn(target('keyboard'))
      expect(tries).to.deep.equal(['password', 'keyboard-interactive'])
    })

    const refusals: readonly [string, Target['user'], string, RegExp, readonly string[]][] = [
      [
        'wrong: sent once only, or the account could be locked',
        'password',
        'wrong',
        /refused the password$/,
        ['password'],
      ],
      [
        'wrong, by keyboard-interactive',
        'keyboard',
        'wrong',
        /refused the password$/,
        ['password', 'keyboard-interactive'],
      ],
      [
        'where a code is asked for',
        'code',
        'right',
        /asks "Verification code:", which only a person/,
        ['password', 'keyboard-interactive'],
      ],
      [
        'where a code is asked for afterwards',
        'twice',
        'right',
        /asks "One-time code:"/,
        ['password', 'keyboard-interactive'],
      ],
      [
        'where only keys are taken',
        'keysOnly',
        'right',
        /takes only publickey; what there is \(the password\)/,
        ['password'],
      ],
      ['that has expired', 'expired', 'right', /^the password of expired@127.* has expired$/, ['password']],
    ]
    for (const [name, user, password, message, methods] of refusals) {
      it(name, async () => {
        const error = await failure(transport.connect(target(user, password)))
        expect(error.message).to.match(message)
        expect(error.phase).to.equal('login')
        expect(error.message).to.not.include(password === 'wrong' ? 'wrong' : 'right')
        expect(tries).to.deep.equal(methods)
      })
    }

    it('and the host then refuses every command', async () => {
      const connection = await transport.connect(target('password'))
      const error = await failure(connection.exec('refused'))
      expect(error.message).to.match(/^127\.0\.0\.1:\d+ refused to run a command$/)
      expect(error.phase).to.equal('channel')
      connection.close()
    })

    it('after the passphrase that nobody knows', async () => {
      const locked = keys.make('locked', { passphrase: 'secret' })
      const stranger = keys.make('not-there')
      const more = { privateKeyFiles: [stranger, locked] }
      await logsIn(target('password', 'right', more))
      await logsIn(target('password', 'right', { ...more, passphrase: () => Promise.resolve('wrong') }))
      const { message } = await failure(transport.connect(target('password', 'wrong', more)))
      expect(message).to.match(/refused the password; .*locked is encrypted and nobody is there to ask/)
    })

    it('after the key that the host does not know', async () => {
      await logsIn(target('password', 'right', { privateKeyFiles: [keys.make('unknown')] }))
      expect(tries).to.deep.equal(['publickey', 'password'])
    })
  })
})

/** The public half as a line of authorized_keys. */
function sshPublicKey(key: KeyObject): string {
  if (key.asymmetricKeyType === 'ed25519') {
    const { x } = key.export({ format: 'jwk' })
    const raw = Buffer.from(x ?? '', 'base64url')
    const blob = Buffer.concat([
      Buffer.from([0, 0, 0, 11]),
      Buffer.from('ssh-ed25519'),
      Buffer.from([0, 0, 0, 32]),
      raw,
    ])
    return `ssh-ed25519 ${blob.toString('base64')} test\n`
  }
  const classic = key.export({ type: key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' })
  const parsed = ssh2.utils.parseKey(classic)
  if (parsed instanceof Error) throw parsed
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')} test\n`
}
