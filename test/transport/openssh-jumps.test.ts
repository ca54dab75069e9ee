import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { opensshTransport } from '../../src/transport/openssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure, read, run } from './contract.ts'
import { startDelayProxy } from './delay-proxy.ts'
import { tcpServer } from './fake-servers.ts'
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

describe('jump hosts of openssh', () => {
  let keys: Keys
  let hostKey: string
  let userKey: string
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
    makeOpensshTarget(keys, port, { privateKeyFiles: [userKey], ...more })
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
    transport = opensshTransport({ interactive: false })
  })
  afterEach(() => transport.close())

  it('takes no folder for its sockets whose name a shell could read as code', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'sallyport-tmp-'))
    const odd = join(parent, 'a $(touch owned) %h')
    mkdirSync(odd)
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = odd
    try {
      const connection = await transport.connect(target(inner.port, { jumps: [jump(first, 'bastion')] }))
      expect(await run(connection, 'echo there')).to.deep.include({ out: 'there\n' })
      connection.close()
      expect(readdirSync(odd)).to.deep.equal([])
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
      rmSync(parent, { recursive: true })
    }
  })

  it('one login serves all the hosts behind it, and goes with the last of them', async () => {
    const before = logins(first)
    const behind = target(inner.port, { jumps: [jump(first, 'bastion')] })
    const connections = await Promise.all(Array.from({ length: 5 }, () => transport.connect(behind)))
    expect(logins(first)).to.equal(before + 1)
    const channel = await connections[0]?.exec('cat')
    channel?.stdin.end(Buffer.alloc(300_000, 'through'))
    if (channel) expect((await read(channel.stdout)).length).to.equal(300_000)
    for (const connection of connections) connection.close()
    for (const connection of connections) expect(await connection.lost).to.equal(undefined)
    while (!/Disconnected from user/.test(first.log())) await new Promise((resolve) => setTimeout(resolve, 50))
  })

  it('may be several, one behind the other', async () => {
    const jumps = [jump(first, 'outer'), jump(second, 'middle')]
    const connection = await transport.connect(target(inner.port, { jumps }))
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

  it('that is down, or refuses the login, is named', async () => {
    const port = await freePort()
    const down = target(inner.port, { jumps: [jump({ port }, 'bastion')] })
    const error = await failure(transport.connect(down))
    expect(error.message).to.equal(`jump host bastion: 127.0.0.1:${port} refused the connection`)
    expect(error.phase).to.equal('connect')
    const refused = jump(first, 'bastion', { privateKeyFiles: [keys.make('stranger')] })
    const { message } = await failure(transport.connect(target(inner.port, { jumps: [refused] })))
    expect(message).to.match(/^jump host bastion: root@.* refused .*stranger/)
  })

  it('that cannot reach the host, or does not forward', async () => {
    const port = await freePort()
    const unreachable = await failure(transport.connect(target(port, { jumps: [jump(first, 'bastion')] })))
    expect(unreachable.message).to.match(/^jump host bastion: .* cannot reach 127\.0\.0\.1:\d+ \(Connection refused\)$/)
    const closed = await start(['AllowTcpForwarding no'])
    const refused = await failure(transport.connect(target(inner.port, { jumps: [jump(closed, 'bastion')] })))
    expect(refused.message).to.match(/^jump host bastion: .* does not allow forwarding to 127\.0\.0\.1:\d+$/)
    await closed.stop()
  })

  it('behind which the host is silent, or closes at once', async () => {
    const silent = await tcpServer((socket) => void socket.resume())
    const behind = target(silent.port, { jumps: [jump(first, 'bastion')], connectTimeout: 2 })
    expect((await failure(transport.connect(behind))).message).to.match(/sends no SSH banner within 2 s$/)
    await silent.stop()
    const rude = await tcpServer((socket) => socket.end())
    const error = await failure(transport.connect(target(rude.port, { jumps: [jump(first, 'bastion')] })))
    expect(error.message).to.match(/closed the connection before its SSH banner$/)
    await rude.stop()
  })

  it('that goes away: every connection behind it says so', async () => {
    const proxy = await startDelayProxy({ port: first.port })
    trust(keys, proxy.port, hostKey)
    const behind = target(inner.port, { jumps: [jump(proxy, 'bastion')] })
    const connections = await Promise.all([1, 2].map(() => transport.connect(behind)))
    proxy.reset()
    for (const connection of connections) {
      expect((await connection.lost)?.message).to.match(/^jump host bastion: .* was lost \(reset by the host\)$/)
    }
    await proxy.stop()
  })

  it('a ProxyCommand of one’s own, and one that fails', async () => {
    const inetd = `/usr/sbin/sshd -i -f ${inner.config} -E ${inner.config}.log`
    const connection = await transport.connect(target(inner.port, { proxyCommand: ['/bin/sh', '-c', inetd] }))
    expect((await run(connection, 'echo ok')).out).to.equal('ok\n')
    connection.close()
    await connection.lost
    const failing = ['/bin/sh', '-c', "sh -c 'echo no way there >&2; exit 3'"]
    const error = await failure(transport.connect(target(inner.port, { proxyCommand: failing })))
    expect(error.phase).to.equal('connect')
    expect(error.message).to.match(/^the ProxyCommand for 127\.0\.0\.1:\d+ failed: no way there$/)
  })
})
