import { expect } from 'chai'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure, run } from './contract.ts'
import { startDelayProxy } from './delay-proxy.ts'
import { tcpServer } from './fake-servers.ts'
import { freePort, type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

describe('jump hosts', () => {
  let keys: Keys
  let hostKey: string
  let userKey: string
  /** Two jump hosts and the host behind them. */
  let first: Sshd
  let second: Sshd
  let inner: Sshd
  let transport: Transport
  const start = async (config: readonly string[] = []): Promise<Sshd> => {
    const authorized = [publicKey(userKey)]
    const sshd = await startSshd({ keys, hostKeys: [hostKey], authorized, config: ['MaxStartups 100', ...config] })
    trust(keys, sshd.port, hostKey)
    return sshd
  }
  const target = (port: number, more: Partial<Target> = {}) =>
    makeTarget(keys, port, { privateKeyFiles: [userKey], ...more })
  const jump = (sshd: Pick<Sshd, 'port'>, name: string, more: Partial<Target> = {}) =>
    target(sshd.port, { name, ...more })
  const logins = (sshd: Sshd): number => sshd.log().match(/Accepted publickey/g)?.length ?? 0

  before(async function () {
    needSshd(this)
    keys = makeKeys()
    hostKey = keys.make('host')
    userKey = keys.make('user')
    ;[first, second, inner] = await Promise.all([start(), start(), start()])
  })
  after(async () => {
    await Promise.all([first, second, inner].map((sshd) => sshd?.stop()))
    keys?.clean()
  })
  beforeEach(() => {
    transport = sshTransport({ interactive: false })
  })
  afterEach(() => transport.close())

  it('one login serves all the hosts behind it, and goes with the last of them', async () => {
    const before = logins(first)
    const behind = target(inner.port, { jumps: [jump(first, 'bastion')] })
    const connections = await Promise.all(Array.from({ length: 30 }, () => transport.connect(behind)))
    const outputs = await Promise.all(connections.map((connection) => connection.forward('127.0.0.1', inner.port)))
    expect(outputs.length).to.equal(30)
    expect(logins(first)).to.equal(before + 1)
    for (const connection of connections) connection.close()
    for (const connection of connections) expect(await connection.lost).to.equal(undefined)
    await disconnected(first, before + 1)
  })

  it('is kept for a moment, for the next batch', async () => {
    const before = logins(first)
    const behind = target(inner.port, { jumps: [jump(first, 'bastion')] })
    for (let batch = 0; batch < 3; batch++) {
      const connection = await transport.connect(behind)
      connection.close()
      await connection.lost
    }
    expect(logins(first)).to.equal(before + 1)
    transport.close()
    await disconnected(first, before + 1)
  })

  it('may be several, one behind the other', async () => {
    const connection = await transport.connect(
      target(inner.port, { jumps: [jump(first, 'outer'), jump(second, 'middle')] }),
    )
    const { out } = await run(connection, 'echo "$SSH_CONNECTION"')
    expect(out.trim().endsWith(` ${inner.port}`)).to.equal(true)
    connection.close()
    await connection.lost
  })

  it('with `fresh` nothing is shared', async () => {
    const before = logins(first)
    const behind = target(inner.port, { jumps: [jump(first, 'bastion')] })
    const pooled = await transport.connect(behind)
    const fresh = await transport.connect(behind, undefined, { fresh: true })
    expect(logins(first)).to.equal(before + 2)
    fresh.close()
    await fresh.lost
    expect((await run(pooled, 'echo ok')).out).to.equal('ok\n')
    pooled.close()
  })

  it('that refuses the login is named; all who wait share the refusal, the next one tries anew', async () => {
    const port = await freePort()
    const behind = target(inner.port, { jumps: [jump({ port }, 'bastion')] })
    const errors = await Promise.all([1, 2, 3].map(() => failure(transport.connect(behind))))
    for (const error of errors) {
      expect(error.message).to.equal(`jump host bastion: 127.0.0.1:${port} refused the connection`)
      expect(error.phase).to.equal('connect')
    }
    const stranger = keys.make('stranger')
    const refused = target(inner.port, { jumps: [jump(first, 'bastion', { privateKeyFiles: [stranger] })] })
    expect((await failure(transport.connect(refused))).message).to.match(
      /^jump host bastion: root@.* refused .*stranger/,
    )
    const connection = await transport.connect(target(inner.port, { jumps: [jump(first, 'bastion')] }))
    connection.close()
  })

  it('in the middle of a chain is named as well', async () => {
    const port = await freePort()
    const behind = target(inner.port, { jumps: [jump(first, 'outer'), jump({ port }, 'middle')] })
    const { message } = await failure(transport.connect(behind))
    expect(message).to.match(
      /^jump host outer: 127\.0\.0\.1:\d+ cannot reach 127\.0\.0\.1:\d+ \(Connection refused\)$/i,
    )
  })

  it('that cannot reach the host, or does not forward', async () => {
    const port = await freePort()
    const unreachable = await failure(transport.connect(target(port, { jumps: [jump(first, 'bastion')] })))
    expect(unreachable.message).to.match(
      /^jump host bastion: .* cannot reach 127\.0\.0\.1:\d+ \(Connection refused\)$/i,
    )
    const closed = await start(['AllowTcpForwarding no'])
    const refused = await failure(transport.connect(target(inner.port, { jumps: [jump(closed, 'bastion')] })))
    expect(refused.message).to.match(/^jump host bastion: .* does not allow forwarding to 127\.0\.0\.1:\d+$/)
    await closed.stop()
  })

  it('behind which the host is silent: the time-out is the host’s own', async () => {
    const silent = await tcpServer((socket) => void socket.resume())
    const behind = target(silent.port, { jumps: [jump(first, 'bastion')], connectTimeout: 1 })
    expect((await failure(transport.connect(behind))).message).to.match(/sends no SSH banner within 1 s$/)
    await silent.stop()
  })

  it('behind which the host closes at once, or later', async () => {
    const rude = await tcpServer((socket) => socket.end())
    const error = await failure(transport.connect(target(rude.port, { jumps: [jump(first, 'bastion')] })))
    expect(error.message).to.match(/closed the connection before its SSH banner$/)
    await rude.stop()

    const connection = await transport.connect(target(inner.port, { jumps: [jump(first, 'bastion')] }))
    const channel = await connection.exec('kill -KILL $PPID; sleep 1')
    expect((await channel.ended).code).to.equal(null)
    expect((await connection.lost)?.phase).to.equal('lost')
  })

  it('that goes away: every connection behind it says so', async () => {
    const proxy = await startDelayProxy({ port: first.port })
    trust(keys, proxy.port, hostKey)
    const behind = target(inner.port, { jumps: [jump(proxy, 'bastion')] })
    const connections = await Promise.all([1, 2, 3].map(() => transport.connect(behind)))
    const channels = await Promise.all(connections.map((connection) => connection.exec('cat')))
    proxy.reset()
    for (const connection of connections) {
      expect((await connection.lost)?.message).to.match(/^jump host bastion: .* was lost \(reset by the host\)$/)
      connection.close()
    }
    for (const channel of channels) {
      expect((await channel.ended).code).to.equal(null)
      channel.stdin.write('into the void')
      channel.destroy()
    }
    await proxy.stop()
  })

  it('an aborted wait does not spoil it for the others', async () => {
    const stop = new AbortController()
    const behind = target(inner.port, { jumps: [jump(first, 'bastion')] })
    const aborted = transport.connect(behind, stop.signal).catch((error: unknown) => error)
    const other = transport.connect(behind)
    const reason = new Error('not needed')
    stop.abort(reason)
    expect(await aborted).to.equal(reason)
    ;(await other).close()
  })

  async function disconnected(sshd: Sshd, count: number): Promise<void> {
    const ended = (): number => sshd.log().match(/Disconnected from user/g)?.length ?? 0
    for (let tries = 0; tries < 100 && ended() < count; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(ended()).to.equal(count)
  }
})
