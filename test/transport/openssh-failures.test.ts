import { expect } from 'chai'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import type { OpensshConnection } from '../../src/transport/openssh-connection.ts'
import { opensshTransport } from '../../src/transport/openssh.ts'
import type { Target, Transport, UnreachablePhase } from '../../src/transport/transport.ts'
import { failure, held, read, run } from './contract.ts'
import { startDelayProxy } from './delay-proxy.ts'
import { type FakeServer, tcpServer } from './fake-servers.ts'
import { processes } from './processes.ts'
import {
  freePort,
  type Keys,
  makeKeys,
  makeOpensshTarget,
  needSshd,
  publicKey,
  type Sshd,
  startSshd,
  trust,
} from './sshd.ts'

describe('a login that fails, by openssh', () => {
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
    transport = opensshTransport({ interactive: false })
  })
  afterEach(async () => {
    transport.close()
    for (const server of running.splice(0)) await server.stop()
  })

  const started = <T extends { stop(): Promise<void> }>(server: T): T => {
    running.push(server)
    return server
  }
  const another = async (config: readonly string[], authorized = [publicKey(userKey)]): Promise<Sshd> => {
    const other = started(await startSshd({ keys, hostKeys: [hostKey], authorized, config }))
    trust(keys, other.port, hostKey)
    return other
  }
  const target = (port: number, more: Parameters<typeof makeOpensshTarget>[2] = {}): Target =>
    makeOpensshTarget(keys, port, { privateKeyFiles: [userKey], ...more })
  const refusal = async (target: Target, phase: UnreachablePhase, message: RegExp) => {
    const error = await failure(transport.connect(target))
    expect(error.message).to.match(message)
    expect(error.phase).to.equal(phase)
    return error
  }

  describe('on the way', () => {
    it('without the program', async () => {
      const path = process.env.PATH ?? ''
      process.env.PATH = join(keys.dir, 'nothing-here') + delimiter
      try {
        const error = await refusal(target(sshd.port), 'connect', /needs the program ssh on this machine/)
        expect(error.hint).to.match(/openssh-client /)
      } finally {
        process.env.PATH = path
      }
    })

    it('a name that does not resolve', async () => {
      const host = 'no-such-host.invalid'
      await refusal(target(22, { host }), 'resolve', /no-such-host\.invalid (does not|cannot be) resolve/)
    })

    it('a port where nobody listens', async () => {
      const port = await freePort()
      await refusal(target(port), 'connect', new RegExp(`^127\\.0\\.0\\.1:${port} refused the connection$`))
    })

    it('a server that never sends a banner', async () => {
      const server = started(await tcpServer(() => undefined))
      await refusal(target(server.port, { connectTimeout: 1 }), 'timeout', /sends no SSH banner within 1 s$/)
    })

    it('a server that stops answering in the key exchange', async () => {
      const server = started(await tcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')))
      const silent = target(server.port, { connectTimeout: 1 })
      await refusal(silent, 'timeout', /did not finish the key exchange within 1 s$/)
    })

    it('a server that closes at once', async () => {
      const server = started(await tcpServer((socket) => socket.end()))
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
      const full = /before its SSH banner(, saying "Exceeded MaxStartups")?$/
      const error = await refusal(target(other.port), 'handshake', full)
      expect(error.hint).to.match(/forks/)
      waiting.destroy()
    })

    it('something that is not an SSH server', async () => {
      const server = started(await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
      await refusal(target(server.port), 'handshake', /does not speak SSH, saying "HTTP\/1\.1 400 Bad Request"$/)
    })

    it('an sshd with which no algorithm is shared', async () => {
      const args = ['-o', 'KexAlgorithms=curve25519-sha256']
      const other = await another(['KexAlgorithms diffie-hellman-group14-sha256'])
      await refusal(target(other.port, { args }), 'handshake', /share no key exchange algorithm$/)
    })

    it('an option that ssh does not have', async () => {
      const args = ['-o', 'NoSuchOption=yes']
      await refusal(target(sshd.port, { args }), 'connect', /^ssh does not understand its options: .*nosuchoption/i)
    })

    it('an abort in the middle: ssh ends', async () => {
      const server = started(await tcpServer(() => undefined))
      const reason = new Error('Ctrl-C')
      const stop = new AbortController()
      const outcome = transport.connect(target(server.port), stop.signal).catch((error: unknown) => error)
      const before = await sshesTo(server.port, 1)
      stop.abort(reason)
      expect(await outcome).to.equal(reason)
      expect(before.length).to.equal(1)
      await sshesTo(server.port, 0)
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
      const to = target(sshd.port, checking('unknown', '', { checking: 'yes' }))
      const shape = /^the host key of \[127\.0\.0\.1\]:\d+ \(ED25519 SHA256:[\w+/]{43}\) is not in .*unknown$/
      expect((await refusal(to, 'host-key', shape)).hint).to.match(/ssh-keyscan/)
    })

    it('that is unknown, and is taken: recorded and told', async () => {
      const to = target(sshd.port, checking('new', ''))
      const connection = await transport.connect(to)
      expect(connection.warnings[0]).to.match(/nothing is being verified$/)
      expect(connection.warnings[1]).to.match(/^the new host key of \[127\.0\.0\.1\]:\d+ \(.*SHA256:\S{43}\) was added/)
      connection.close()
      expect(readFileSync(join(keys.dir, 'new'), 'utf8')).to.equal(line(hostKey))
    })

    it('that are unknown, of many hosts at once: no line is lost', async () => {
      const names = Array.from({ length: 8 }, (_, index) => `web${index}`)
      const { hostKeys } = checking('many', '')
      const logins = names.map((alias) =>
        transport.connect(target(sshd.port, { ...(hostKeys && { hostKeys: { ...hostKeys, alias } }) })),
      )
      for (const connection of await Promise.all(logins)) connection.close()
      const lines = names.map((name) => `${name} ${publicKey(hostKey).split(' ').slice(0, 2).join(' ')}`)
      expect(readFileSync(join(keys.dir, 'many'), 'utf8').trimEnd().split('\n')).to.have.members(lines)
    })

    it('that has changed: its fingerprint, the place, and how to go on', async () => {
      const error = await refusal(
        target(sshd.port, checking('changed', `# mine\n${line(userKey)}`)),
        'host-key',
        /has CHANGED: it shows ED25519 SHA256:\S{43}, recorded is another at .*changed:2$/,
      )
      expect(error.hint).to.include(`ssh-keygen -f ${join(keys.dir, 'changed')} -R '[127.0.0.1]:${sshd.port}'`)
    })

    for (const mode of ['yes', 'accept-new'] as const) {
      it(`that is revoked, with StrictHostKeyChecking ${mode}`, async () => {
        const to = checking(`revoked-${mode}`, line(hostKey) + line(hostKey, '@revoked '), { checking: mode })
        await refusal(target(sshd.port, to), 'host-key', /\(ED25519 SHA256:\S{43}\) is revoked$/)
      })
    }

    it('that has changed, unchecked: a warning, and no password goes there', async () => {
      const unchecked = checking('unchecked', line(userKey), { checking: 'no' })
      const connection = await transport.connect(target(sshd.port, unchecked))
      expect(connection.warnings.join()).to.match(/has CHANGED/)
      connection.close()
      await failure(transport.connect(target(sshd.port, { ...unchecked, privateKeyFiles: [], password: 'secret' })))
      expect(sshd.log()).to.not.match(/Failed password/)
    })
  })

  describe('for want of the right key', () => {
    it('a key that the host does not know: named with its fingerprint', async () => {
      const stranger = keys.make('stranger')
      const refused = /^root@127\.0\.0\.1:\d+ refused .*stranger \(ED25519 SHA256:\S{43}\)$/
      const error = await refusal(target(sshd.port, { privateKeyFiles: [stranger] }), 'login', refused)
      expect(error.hint).to.match(/authorized_keys/)
    })

    it('so many keys that sshd gives up', async () => {
      const other = await another(['MaxAuthTries 2'])
      const many = ['a', 'b', 'c'].map((name) => keys.make(`many-${name}`))
      const error = await refusal(target(other.port, { privateKeyFiles: many }), 'login', /too many refused keys$/)
      expect(error.hint).to.match(/IdentitiesOnly/)
    })

    it('no credential at all: says what the host would take', async () => {
      await refusal(target(sshd.port, { privateKeyFiles: [] }), 'login', /^ssh has nothing that .* takes \(publickey/)
    })

    it('a key and more (AuthenticationMethods)', async () => {
      const other = await another(['AuthenticationMethods publickey,password'])
      await refusal(target(other.port), 'login', /wants a second proof after the first \(password\)$/)
    })

    it('a key file that does not exist', async () => {
      const missing = target(sshd.port, { privateKeyFiles: [join(keys.dir, 'missing')] })
      await refusal(missing, 'login', /the key file .*missing does not exist$/)
    })

    it('a key file that others can read', async () => {
      const open = keys.make('open')
      chmodSync(open, 0o640)
      const other = await another([], [publicKey(open)])
      const refused = /; Permissions 0640 for .*open' are too open/
      await refusal(target(other.port, { privateKeyFiles: [open] }), 'login', refused)
    })

    it('an encrypted key and nobody to ask', async () => {
      const locked = keys.make('locked', { passphrase: 'secret' })
      await refusal(target(sshd.port, { privateKeyFiles: [locked] }), 'login', /^root@.* refused .*locked/)
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
      first.stderr.resume()
      expect((await read(first.stdout)).toString()).to.equal('fine')
      connection.close()
    })

    it('nothing, when keys are exchanged anew in the middle of a command (RekeyLimit)', async () => {
      const other = await another(['RekeyLimit 1M'])
      const connection = await transport.connect(target(other.port))
      const sent = Buffer.alloc(5_000_000, 'rekey')
      const channel = await connection.exec('cat')
      channel.stdin.end(sent)
      expect((await read(channel.stdout)).equals(sent)).to.equal(true)
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

    it('an ssh that somebody kills', async () => {
      const connection = await transport.connect(target(sshd.port))
      const channel = await connection.exec('cat')
      const [pid = 0] = await processes((words) => words.includes((connection as OpensshConnection).controlPath), 1)
      process.kill(pid, 'SIGKILL')
      expect(await channel.ended).to.deep.equal({ code: null, signal: null })
      expect((await connection.lost)?.phase).to.equal('lost')
    })

    it('a network that swallows everything: keepalives notice', async function () {
      this.timeout(20_000)
      const proxy = started(await startDelayProxy({ port: sshd.port }))
      trust(keys, proxy.port, hostKey)
      const connection = await transport.connect(target(proxy.port, { keepalive: 1 }))
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
      target(silent.port, { connectTimeout: 0.5 }),
      target(sshd.port, { privateKeyFiles: [stranger] }),
      target(sshd.port, { hostKeys: { checking: 'yes', knownHostsFiles: [] } }),
    ]
    for (const attempt of attempts()) await failure(transport.connect(attempt))
    const before = await held()
    for (let round = 0; round < 5; round++) {
      await Promise.all(attempts().map((attempt) => failure(transport.connect(attempt))))
    }
    const after = await held(before)
    expect(after.files).to.be.at.most(before.files)
    expect(after.handles).to.be.at.most(before.handles)
    await sshesTo(silent.port, 0)
  })
})

/** Waits until so many ssh processes are on their way to this port; their numbers. */
const sshesTo = (port: number, count: number) =>
  processes((line) => line.startsWith('ssh\0') && line.includes(`Port=${port}`), count)
