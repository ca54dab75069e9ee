import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure, held, read, run } from './contract.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

describe('a ProxyCommand', () => {
  let keys: Keys
  let sshd: Sshd
  let userKey: string
  let transport: Transport
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    const hostKey = keys.make('host')
    userKey = keys.make('user')
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)] })
    trust(keys, sshd.port, hostKey)
    transport = sshTransport({ interactive: false })
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })

  const target = (command: string, more: Partial<Target> = {}): Target =>
    makeTarget(keys, sshd.port, { privateKeyFiles: [userKey], proxyCommand: ['/bin/sh', '-c', command], ...more })
  /** sshd speaks over its own input and output when it is told to. */
  const inetd = () => `exec /usr/sbin/sshd -i -f ${sshd.config} -E ${sshd.config}.log`

  it('carries the connection: a megabyte of bytes both ways', async () => {
    const connection = await transport.connect(target(inetd()))
    const sent = randomBytes(1_000_000)
    const channel = await connection.exec('cat')
    channel.stdin.end(sent)
    expect((await read(channel.stdout)).equals(sent)).to.equal(true)
    connection.close()
    expect(await connection.lost).to.equal(undefined)
  })

  it('may be the way to the first jump host', async () => {
    const jump = target(inetd(), { name: 'bastion' })
    const connection = await transport.connect(
      makeTarget(keys, sshd.port, { privateKeyFiles: [userKey], jumps: [jump] }),
    )
    expect((await run(connection, 'echo ok')).out).to.equal('ok\n')
    connection.close()
  })

  it('that fails tells its own words', async () => {
    const error = await failure(transport.connect(target('echo connecting >&2; echo no way there >&2; exit 3')))
    expect(error.phase).to.equal('connect')
    expect(error.message).to.match(/^the ProxyCommand for 127\.0\.0\.1:\d+ failed: exit 3: no way there$/)
    const missing = await failure(transport.connect(target('', { proxyCommand: ['/no/such/program'] })))
    expect(missing.message).to.match(/failed: spawn \/no\/such\/program ENOENT$/)
  })

  it('that is silent is ended with the time for the login', async () => {
    const pidFile = join(keys.dir, 'pid')
    const silent = target(`echo $$ >${pidFile}; sleep 60; :`, { connectTimeout: 1 })
    const { phase, message } = await failure(transport.connect(silent))
    expect(phase).to.equal('timeout')
    expect(message).to.match(/sends no SSH banner within 1 s$/)
    await gone(Number(readFileSync(pidFile, 'utf8')))
  })

  it('that dies takes the connection with it', async () => {
    const pidFile = join(keys.dir, 'pid2')
    const connection = await transport.connect(target(`echo $$ >${pidFile}; ${inetd()}`))
    const channel = await connection.exec('cat')
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    expect((await channel.ended).code).to.equal(null)
    expect((await connection.lost)?.phase).to.equal('lost')
  })

  it('leaves nothing behind', async () => {
    const once = async (): Promise<void> => {
      const connection = await transport.connect(target(inetd()))
      connection.close()
      await connection.lost
      await failure(transport.connect(target('exit 1')))
    }
    await once()
    const before = await held()
    for (let i = 0; i < 10; i++) await once()
    const after = await held(before)
    expect(after.files).to.be.at.most(before.files)
    expect(after.handles).to.be.at.most(before.handles)
  })

  async function gone(pid: number): Promise<void> {
    while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

describe('lists of algorithms', () => {
  let keys: Keys
  let sshd: Sshd
  let userKey: string
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    const hostKeys = [keys.make('ed'), keys.make('ec', { type: 'ecdsa' })]
    userKey = keys.make('user')
    const config = ['Ciphers aes256-ctr', 'MACs hmac-sha2-512', 'KexAlgorithms ecdh-sha2-nistp384']
    sshd = await startSshd({ keys, hostKeys, authorized: [publicKey(userKey)], config })
    for (const key of hostKeys) trust(keys, sshd.port, key)
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })
  const connect = async (algorithms: Target['algorithms']): Promise<void> => {
    const target = makeTarget(keys, sshd.port, { privateKeyFiles: [userKey], ...(algorithms && { algorithms }) })
    const connection = await sshTransport({ interactive: false }).connect(target)
    connection.close()
  }

  const good: readonly Target['algorithms'][] = [
    { ciphers: 'aes256-ctr' },
    { ciphers: 'none-such,aes256-*' },
    { ciphers: '+3des-cbc', macs: '^hmac-sha2-512', kexAlgorithms: '-curve*' },
    { hostKeyAlgorithms: 'ecdsa-sha2-nistp256' },
  ]
  for (const algorithms of good) it(`that serve: ${JSON.stringify(algorithms)}`, () => connect(algorithms))

  const bad: readonly [Target['algorithms'], RegExp][] = [
    [{ ciphers: 'aes128-ctr' }, /share no .*cipher/],
    [{ ciphers: '-aes256-ctr' }, /share no .*cipher/],
    [{ macs: 'hmac-sha2-256' }, /share no .*MAC/i],
    [{ kexAlgorithms: 'curve25519-sha256' }, /share no key exchange algorithm/],
    [{ ciphers: 'none-such' }, /^the built-in SSH client has nothing of Ciphers none-such$/],
    [{ hostKeyAlgorithms: 'rsa-sha2-512' }, /no longer has a host key of a type/],
  ]
  for (const [algorithms, message] of bad) {
    it(`that do not: ${JSON.stringify(algorithms)}`, async () => {
      const { phase, message: said } = await failure(connect(algorithms))
      expect(said).to.match(message)
      expect(phase).to.be.oneOf(['handshake', 'host-key'])
    })
  }
})
