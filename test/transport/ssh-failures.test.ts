import { expect } from 'chai'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport, UnreachablePhase } from '../../src/transport/transport.ts'
import { failure, held, read, run } from './contract.ts'
import { startDelayProxy } from './delay-proxy.ts'
import { type FakeServer, tcpServer } from './fake-servers.ts'
import { freePort, type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

describe('a login that fails', () => {
  let keys: Keys
  let hostKey: string
  let userKey: string
  let sshd: Sshd
  let transport: Transport
  const running: { stop(): Promise<void> }[] = []

  before(async function () {
    needSshd(this)
    keys = makeKeys()
    hostKey = keys.make('host')
    userKey = keys.make('user')
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)] })
    trust(keys, sshd.port, hostKey)
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })
  beforeEach(() => {
    transport = sshTransport({ interactive: false })
  })
  afterEach(async () => {
    transport.close()
    for (const server of running.splice(0)) await server.stop()
  })

  const started = <T extends { stop(): Promise<void> }>(server: T): T => {
    running.push(server)
    return server
  }
  /** An sshd with other settings; its host key is known. */
  const another = async (config: readonly string[], authorized = [publicKey(userKey)]): Promise<Sshd> => {
    const other = started(await startSshd({ keys, hostKeys: [hostKey], authorized, config }))
    trust(keys, other.port, hostKey)
    return other
  }
  const target = (port: number, more: Partial<Target> = {}): Target =>
    makeTarget(keys, port, { privateKeyFiles: [userKey], ...more })
  const refusal = async (target: Target, phase: UnreachablePhase, message: RegExp) => {
    const error = await failure(transport.connect(target))
    expect(error.message).to.match(message)
    expect(error.phase).to.equal(phase)
    return error
  }

  describe('on the way', () => {
    it('a name that does not resolve', async () => {
      await refusal(
        target(22, { host: 'no-such-host.invalid' }),
        'resolve',
        /no-such-host\.invalid (does not|cannot be) resolve/,
      )
    })

    it('a port where nobody listens', async () => {
      const port = await freePort()
      await refusal(target(port), 'connect', new RegExp(`^127\\.0\\.0\\.1:${port} refused the connection$`))
    })

    it('a server that never sends a banner', async () => {
      const server = started(await tcpServer(() => undefined))
      const before = Date.now()
      await refusal(target(server.port, { connectTimeout: 1 }), 'timeout', /sends no SSH banner within 1 s$/)
      expect(Date.now() - before).to.be.within(900, 5000)
    })

    it('a server that stops answering in the key exchange', async () => {
      const server = started(await tcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')))
      await refusal(
        target(server.port, { connectTimeout: 1 }),
        'timeout',
        /did not finish the key exchange within 1 s$/,
      )
    })

    it('a server that closes at once', async () => {
      const server = started(await tcpServer((socket) => socket.end()))
      await refusal(target(server.port), 'handshake', /closed the connection before its SSH banner$/)
    })

    it('a server that resets at once', async () => {
      const server = started(await tcpServer((socket) => setTimeout(() => socket.resetAndDestroy(), 20)))
      await refusal(target(server.port), 'handshake', /closed the connection before its SSH banner$/)
    })

    it('an sshd with too many logins in progress (MaxStartups)', async () => {
      const other = await another(['MaxStartups 1'])
      // The connection that saw it start may still be in progress.
      let waiting: Socket | undefined
      while (waiting === undefined) {
        const socket = connect(other.port, '127.0.0.1')
        const greeting = await new Promise((resolve) => socket.once('data', resolve))
        if (String(greeting).startsWith('SSH-')) waiting = socket
        else socket.destroy()
      }
      const error = await refusal(
        target(other.port),
        'handshake',
        /before its SSH banner, saying "Exceeded MaxStartups"$/,
      )
      expect(error.hint).to.match(/forks/)
      waiting.destroy()
    })

    it('something that is not an SSH server', async () => {
      const server = started(await tcpServer((socket) => socket.end('HTTP/1.1 400 \x1b[31mBad Request\r\n\r\n')))
      await refusal(target(server.port), 'handshake', /does not speak SSH, saying "HTTP\/1\.1 400 \?\[31mBad Request"$/)
    })

    it('an sshd with which no algorithm is shared', async () => {
      const other = await another(['KexAlgorithms sntrup761x25519-sha512@openssh.com'])
      await refusal(target(other.port), 'handshake', /share no key exchange algorithm$/)
    })

    it('an abort in the middle', async () => {
      const server = started(await tcpServer(() => undefined))
      const reason = new Error('Ctrl-C')
      const stop = new AbortController()
      const outcome = transport.connect(target(server.port), stop.signal).catch((error: unknown) => error)
      setTimeout(() => stop.abort(reason), 50)
      expect(await outcome).to.equal(reason)
    })
  })

  describe('with a host key', () => {
    const checking = (file: string, lines: string, more: Partial<Target['hostKeys']> = {}): Partial<Target> => {
      const knownHostsFiles = [join(keys.dir, file)]
      writeFileSync(knownHostsFiles[0] ?? '', lines)
      return { hostKeys: { checking: 'accept-new', knownHostsFiles, ...more } }
    }
    const line = (file: string, marker = '') => {
      const [type, key] = publicKey(file).split(' ')
      return `${marker}[127.0.0.1]:${sshd.port} ${type} ${key}\n`
    }

    it('that is unknown, when every key must be known', async () => {
      const error = await refusal(
        target(sshd.port, checking('unknown', '', { checking: 'yes' })),
        'host-key',
        /^the host key of \[127\.0\.0\.1\]:\d+ \(ED25519 SHA256:[\w+/]{43}\) is not in .*unknown$/,
      )
      expect(error.hint).to.match(/ssh-keyscan/)
    })

    it('that has changed: both fingerprints, the place, and how to go on', async () => {
      const error = await refusal(
        target(sshd.port, checking('changed', `# mine\n${line(userKey)}`)),
        'host-key',
        /has CHANGED: it shows ED25519 SHA256:\S{43}, recorded is ED25519 SHA256:\S{43} at .*changed:2$/,
      )
      expect(error.hint).to.include(`ssh-keygen -f ${join(keys.dir, 'changed')} -R '[127.0.0.1]:${sshd.port}'`)
    })

    it('of another type than the recorded ones', async () => {
      const ecdsa = keys.make('ecdsa', { type: 'ecdsa' })
      await refusal(
        target(sshd.port, checking('types', line(ecdsa))),
        'host-key',
        /no longer has a host key of a type .*\(ECDSA\)$/,
      )
    })

    for (const mode of ['yes', 'accept-new', 'no'] as const) {
      it(`that is revoked, with StrictHostKeyChecking ${mode}`, async () => {
        const lines = line(hostKey) + line(hostKey, '@revoked ')
        await refusal(
          target(sshd.port, checking('revoked', lines, { checking: mode })),
          'host-key',
          /is revoked at .*revoked:2$/,
        )
      })
    }

    it('that only an authority could vouch for', async () => {
      const lines = line(userKey, '@cert-authority ')
      const error = await refusal(
        target(sshd.port, checking('authority', lines)),
        'host-key',
        /only by a certificate authority \(.*authority:1\)/,
      )
      expect(error.hint).to.match(new RegExp(`ssh-keyscan -p ${sshd.port} 127\\.0\\.0\\.1 >> .*authority$`))
    })

    it('that has changed, unchecked: a warning, and no password goes there', async () => {
      const unchecked = checking('unchecked', line(userKey), { checking: 'no' })
      const connection = await transport.connect(target(sshd.port, unchecked))
      expect(connection.warnings.join()).to.match(/has CHANGED/)
      connection.close()
      await refusal(
        target(sshd.port, { ...unchecked, privateKeyFiles: [], password: 'secret' }),
        'login',
        /no password is sent to a host whose key is not the known one/,
      )
      expect(sshd.log()).to.not.match(/Failed password/)
    })
  })

  describe('for want of the right key', () => {
    it('a key that the host does not know: named with its fingerprint', async () => {
      const other = keys.make('stranger')
      const error = await refusal(
        target(sshd.port, { privateKeyFiles: [other] }),
        'login',
        /^root@127\.0\.0\.1:\d+ refused .*stranger \(ED25519 SHA256:\S{43}\)$/,
      )
      expect(error.hint).to.match(/authorized_keys/)
    })

    it('so many keys that sshd gives up', async () => {
      const other = await another(['MaxAuthTries 2'])
      const many = ['a', 'b', 'c'].map((name) => keys.make(`many-${name}`))
      const error = await refusal(
        target(other.port, { privateKeyFiles: many }),
        'login',
        /after too many refused keys$/,
      )
      expect(error.hint).to.match(/IdentitiesOnly/)
    })

    it('no credential at all: says what the host would take', async () => {
      await refusal(
        target(sshd.port, { privateKeyFiles: [] }),
        'login',
        /^there is no key, agent or password .* takes publickey/,
      )
    })

    it('a host that takes no keys is not offered any', async () => {
      const other = await another(['PubkeyAuthentication no'])
      await refusal(
        target(other.port),
        'login',
        /takes only password, keyboard-interactive; what there is \(.*user .*\) is of no use$/,
      )
    })

    it('a host that takes no passwords is not sent the password', async () => {
      const other = await another(['PasswordAuthentication no', 'KbdInteractiveAuthentication no'])
      const stranger = keys.make('stranger2')
      await refusal(
        target(other.port, { privateKeyFiles: [stranger], password: 'secret' }),
        'login',
        /^root@127\.0\.0\.1:\d+ refused .*stranger2 \(ED25519 SHA256:\S{43}\)$/,
      )
      expect(other.log()).to.not.match(/password/)
    })

    it('a key and more (AuthenticationMethods)', async () => {
      const other = await another(['AuthenticationMethods publickey,password'])
      await refusal(
        target(other.port),
        'login',
        /wants a second proof after the first \(password\), and there is none$/,
      )
    })

    it('a key file that does not exist', async () => {
      const missing = join(keys.dir, 'missing')
      await refusal(
        target(sshd.port, { privateKeyFiles: [missing] }),
        'login',
        /the key file .*missing does not exist$/,
      )
    })

    it('a key file that cannot be read', async () => {
      await refusal(target(sshd.port, { privateKeyFiles: [keys.dir] }), 'login', /cannot be read \(EISDIR\)$/)
    })

    it('a key file that others can read', async () => {
      const open = keys.make('open')
      chmodSync(open, 0o640)
      const error = await refusal(
        target(sshd.port, { privateKeyFiles: [open] }),
        'login',
        /is open to others \(mode 0640\)$/,
      )
      expect(error.hint).to.equal(`chmod 600 ${open}`)
    })

    it('a key that is in a FIDO device: another transport can', async () => {
      const file = join(keys.dir, 'id_ed25519_sk')
      const body = Buffer.from('openssh-key-v1\0 … sk-ssh-ed25519@openssh.com …').toString('base64')
      const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`
      writeFileSync(file, text, { mode: 0o600 })
      const error = await refusal(target(sshd.port, { privateKeyFiles: [file] }), 'login', /is in a FIDO device$/)
      expect(error.hint).to.match(/openssh/)
    })

    it('a file that is no key', async () => {
      const text = join(keys.dir, 'text')
      writeFileSync(text, 'dear diary')
      await refusal(
        target(sshd.port, { privateKeyFiles: [text] }),
        'login',
        /text is not a private key: Unsupported key format$/,
      )
    })
  })

  describe('or is cut short later', () => {
    it('a second session where only one is allowed (MaxSessions)', async () => {
      const other = await another(['MaxSessions 1'])
      const connection = await transport.connect(target(other.port))
      const first = await connection.exec('cat')
      const error = await failure(connection.exec('true'))
      expect(error.phase).to.equal('channel')
      expect(error.message).to.match(/refused to open a channel/)
      expect(error.hint).to.match(/MaxSessions/)
      first.stdin.end('fine')
      first.stdout.resume()
      first.stderr.resume()
      expect((await first.ended).code).to.equal(0)
      connection.close()
    })

    it('nothing, when keys are exchanged anew in the middle of a command (RekeyLimit)', async () => {
      const other = await another(['RekeyLimit 1M'])
      const connection = await transport.connect(target(other.port))
      const sent = Buffer.alloc(5_000_000, 'rekey')
      const channel = await connection.exec('cat')
      channel.stdin.end(sent)
      expect((await read(channel.stdout)).equals(sent)).to.equal(true)
      expect((await channel.ended).code).to.equal(0)
      connection.close()
      expect(await connection.lost).to.equal(undefined)
    })

    it('a forced command runs instead of ours, as sshd says', async () => {
      const other = await another([], [`command="echo forced" ${publicKey(userKey)}`])
      const connection = await transport.connect(target(other.port))
      expect((await run(connection, 'echo mine')).out).to.equal('forced\n')
      connection.close()
    })

    it('a host that allows no forwarding', async () => {
      const other = await another(['AllowTcpForwarding no'])
      const connection = await transport.connect(target(other.port))
      const error = await failure(connection.forward('127.0.0.1', sshd.port))
      expect(error.phase).to.equal('forbidden')
      expect(error.message).to.match(/does not allow forwarding to 127\.0\.0\.1:\d+$/)
      connection.close()
    })

    it('a reset in the middle of a command', async () => {
      const proxy = started(await startDelayProxy({ port: sshd.port }))
      trust(keys, proxy.port, hostKey)
      const connection = await transport.connect(target(proxy.port))
      const channel = await connection.exec('echo half; cat; echo never')
      channel.stderr.resume()
      await new Promise((resolve) => channel.stdout.once('data', resolve))
      proxy.reset()
      const lost = await connection.lost
      expect(lost?.phase).to.equal('lost')
      expect(lost?.message).to.match(/the connection to 127\.0\.0\.1:\d+ was lost \(reset by the host\)$/)
      expect(await channel.ended).to.deep.equal({ code: null, signal: null })
      expect((await failure(connection.exec('true'))).phase).to.equal('lost')
      const refused = await new Promise((resolve) => channel.stdin.write('into the void', resolve))
      expect(refused).to.be.instanceOf(Error)
      channel.destroy()
      connection.close()
    })

    it('an sshd that goes away in the middle of a command, whose output nobody reads', async () => {
      const other = await another([])
      const connection = await transport.connect(target(other.port))
      const channel = await connection.exec('echo unread; kill -KILL $PPID; sleep 1')
      expect(await channel.ended).to.deep.equal({ code: null, signal: null })
      expect((await connection.lost)?.phase).to.equal('lost')
      channel.destroy()
    })

    it('a network that swallows everything: keepalives notice', async function () {
      this.timeout(20_000)
      const proxy = started(await startDelayProxy({ port: sshd.port }))
      trust(keys, proxy.port, hostKey)
      const connection = await transport.connect(target(proxy.port, { keepalive: 0.3 }))
      const channel = await connection.exec('cat')
      proxy.freeze()
      expect((await connection.lost)?.message).to.match(/no longer answers$/)
      expect(await channel.ended).to.deep.equal({ code: null, signal: null })
    })
  })

  it('leaves nothing behind', async () => {
    const silent: FakeServer = started(await tcpServer((socket) => void socket.resume()))
    const port = await freePort()
    const stranger = keys.make('stranger3')
    const attempts = () => [
      target(port),
      target(silent.port, { connectTimeout: 0.2 }),
      target(sshd.port, { privateKeyFiles: [stranger] }),
      target(sshd.port, { hostKeys: { checking: 'yes', knownHostsFiles: [] } }),
    ]
    for (const attempt of attempts()) await failure(transport.connect(attempt))
    const before = await held()
    for (let round = 0; round < 10; round++) {
      await Promise.all(attempts().map((attempt) => failure(transport.connect(attempt))))
    }
    const after = await held(before)
    expect(after.files).to.be.at.most(before.files)
    expect(after.handles).to.be.at.most(before.handles)
  })
})
