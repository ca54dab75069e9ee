import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { sshTransport } from '../../src/transport/ssh.ts'
import { firstText } from './contract.ts'
import { startDelayProxy } from './delay-proxy.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

describe('round trips', () => {
  let keys: Keys
  let sshd: Sshd
  let hostKey: string
  const userKeys: Record<string, string> = {}
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    hostKey = keys.make('host')
    for (const type of ['ed25519', 'ecdsa', 'rsa']) userKeys[type] = keys.make(`user-${type}`, { type })
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: Object.values(userKeys).map(publicKey) })
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })

  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    it(`TCP 1, ident 1, key exchange 1, service and ${type} key 1, channel 1, exec 1, exchange 1`, async () => {
      const proxy = await startDelayProxy({ port: sshd.port, oneWayMs: 100 })
      trust(keys, proxy.port, hostKey)
      const target = makeTarget(keys, proxy.port, { privateKeyFiles: [userKeys[type] ?? ''], connectTimeout: 30 })
      const connection = await sshTransport({ interactive: false }).connect(target)
      expect(proxy.roundTrips(), 'login').to.equal(4)
      const channel = await connection.exec('sh')
      expect(proxy.roundTrips(), 'exec').to.equal(6)
      channel.stdin.write('echo hello\n')
      expect(await firstText(channel.stdout)).to.equal('hello\n')
      expect(proxy.roundTrips(), 'first byte').to.equal(7)
      connection.close()
      await proxy.stop()
    })
  }

  it('a key that is refused costs one', async () => {
    const proxy = await startDelayProxy({ port: sshd.port, oneWayMs: 100 })
    trust(keys, proxy.port, hostKey)
    const privateKeyFiles = [keys.make('stranger'), userKeys.ed25519 ?? '']
    const target = makeTarget(keys, proxy.port, { privateKeyFiles, connectTimeout: 30 })
    const connection = await sshTransport({ interactive: false }).connect(target)
    expect(proxy.roundTrips()).to.equal(5)
    connection.close()
    await proxy.stop()
  })
})

describe('loading', () => {
  it('node-ssh and ssh2 wait for the first SSH connection', () => {
    const script = `
      import { createRequire } from 'node:module'
      import { openTransport } from ${JSON.stringify(join(import.meta.dirname, '../../src/transport/open-transport.ts'))}
      const transport = openTransport({ interactive: false })
      const target = { name: 'l', host: 'l', port: 22, user: 'l', kind: 'local', privateKeyFiles: [], jumps: [],
        hostKeys: { checking: 'yes', knownHostsFiles: [] }, connectTimeout: 1, keepalive: 0 }
      ;(await transport.connect(target)).close()
      const { cache } = createRequire(import.meta.url)
      const loaded = () => Object.keys(cache).filter((file) => /node_modules.(node-ssh|ssh2)/.test(file)).length
      const before = loaded()
      await transport.connect({ ...target, kind: 'ssh', host: '127.0.0.1', port: 1 }).catch(() => undefined)
      console.log(JSON.stringify([before, loaded() > 0]))`
    const args = ['--import', 'tsx', '--input-type=module', '-e', script]
    const loaded = execFileSync(process.execPath, args, { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' })
    expect(JSON.parse(loaded)).to.deep.equal([0, true])
  })
})
