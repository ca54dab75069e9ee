import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { HostKeyPolicy, Target } from '../../src/transport/transport.ts'
import { failure } from './contract.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd } from './sshd.ts'

describe('meeting a host', () => {
  let keys: Keys
  let sshd: Sshd
  let userKey: string
  const hostKeys: Record<string, string> = {}
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    userKey = keys.make('user')
    for (const type of ['ed25519', 'ecdsa', 'rsa']) hostKeys[type] = keys.make(`host-${type}`, { type })
    sshd = await startSshd({ keys, hostKeys: Object.values(hostKeys), authorized: [publicKey(userKey)] })
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })

  let number = 0
  const target = (policy: Partial<HostKeyPolicy> & { lines?: string } = {}): Target & { readonly file: string } => {
    const file = join(keys.dir, `known${++number}`, 'known_hosts')
    const { lines, ...rest } = policy
    if (lines !== undefined) {
      execFileSync('mkdir', [join(keys.dir, `known${number}`)])
      writeFileSync(file, lines)
    }
    const hostKeys = { checking: 'accept-new', knownHostsFiles: [file], ...rest } as const
    return { ...makeTarget(keys, sshd.port, { privateKeyFiles: [userKey], hostKeys }), file }
  }
  const warnings = async (to: Target, interactive = true): Promise<readonly string[]> => {
    const connection = await sshTransport({ interactive }).connect(to)
    connection.close()
    return connection.warnings
  }
  const line = (type: string, name = `[127.0.0.1]:${sshd.port}`) =>
    `${name} ${publicKey(hostKeys[type] ?? '')
      .split(' ')
      .slice(0, 2)
      .join(' ')}\n`

  it('for the first time: its key is recorded, and the person is told', async () => {
    const to = target()
    expect(existsSync(to.file)).to.equal(false)
    expect((await warnings(to)).join()).to.match(
      /^the new host key of \[127\.0\.0\.1\]:\d+ \(ED25519 SHA256:\S{43}\) was added to .*known_hosts$/,
    )
    expect(readFileSync(to.file, 'utf8')).to.equal(line('ed25519'))
    expect(statSync(to.file).mode & 0o777).to.equal(0o600)
    expect(await warnings(to)).to.deep.equal([])
    expect(readFileSync(to.file, 'utf8')).to.equal(line('ed25519'))
  })

  it('without a terminal and with nothing known at all: "nothing is being verified"', async () => {
    expect((await warnings(target(), false))[0]).to.match(/nothing is being verified$/)
    const others = target({ lines: line('rsa', 'somebody.else') })
    expect((await warnings(others, false)).join()).to.not.match(/nothing is being verified/)
  })

  it('with known_hosts in /dev/null: said every time', async () => {
    const to = target({ knownHostsFiles: ['/dev/null'] })
    for (let times = 0; times < 2; times++) expect((await warnings(to)).join()).to.match(/was not verified$/)
  })

  it('where its key cannot be recorded: a warning, no failure', async () => {
    const to = target({ knownHostsFiles: [join(keys.dir, 'user', 'known_hosts')] })
    expect((await warnings(to)).join()).to.match(/could not be recorded: /)
  })

  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    it(`asks for the type of key that is recorded (${type}), not for the one it likes best`, async () => {
      expect(await warnings(target({ lines: line(type), checking: 'yes' }))).to.deep.equal([])
    })
  }

  it('known by a hashed name', async () => {
    const to = target({ lines: line('ecdsa'), checking: 'yes' })
    execFileSync('ssh-keygen', ['-q', '-H', '-f', to.file], { stdio: 'ignore' })
    expect(readFileSync(to.file, 'utf8')).to.match(/^\|1\|/)
    expect(await warnings(to)).to.deep.equal([])
  })

  it('known by an alias', async () => {
    expect(await warnings(target({ lines: line('rsa', 'the-web'), alias: 'The-Web', checking: 'yes' }))).to.deep.equal(
      [],
    )
  })

  it('of which only a key of a bygone type is recorded', async () => {
    const name = Buffer.from('ssh-dss')
    const blob = Buffer.concat([Buffer.from([0, 0, 0, name.length]), name]).toString('base64')
    const to = target({ lines: `[127.0.0.1]:${sshd.port} ssh-dss ${blob}\n` })
    expect((await warnings(to)).join()).to.match(/was added to/)
  })

  it('known without its port', async () => {
    expect(await warnings(target({ lines: line('rsa', '127.0.0.1'), checking: 'yes' }))).to.deep.equal([])
    // Another key there says nothing about this port.
    const elsewhere = target({ lines: `127.0.0.1 ${publicKey(userKey)}\n` })
    expect((await warnings(elsewhere)).join()).to.match(/was added to/)
  })

  it('known from the second file; a new key goes to the first', async () => {
    const to = target({ lines: line('ed25519') })
    const empty = join(keys.dir, 'empty')
    expect(await warnings({ ...to, hostKeys: { checking: 'yes', knownHostsFiles: [empty, to.file] } })).to.deep.equal(
      [],
    )
    expect(existsSync(empty)).to.equal(false)
  })

  it('with a known key and an authority for others', async () => {
    const to = target({ lines: `@cert-authority * ${publicKey(userKey)}\n${line('ed25519')}`, checking: 'yes' })
    expect(await warnings(to)).to.deep.equal([])
  })

  it('twice at once, with all checks off: recorded once', async () => {
    const to = target({ checking: 'no' })
    const transport = sshTransport({ interactive: false })
    const connections = await Promise.all([transport.connect(to), transport.connect(to), transport.connect(to)])
    for (const connection of connections) connection.close()
    expect(readFileSync(to.file, 'utf8')).to.equal(line('ed25519'))
  })

  it('whose key is revoked while the run goes on', async () => {
    const to = target({ lines: line('ed25519') })
    const transport = sshTransport({ interactive: false })
    ;(await transport.connect(to)).close()
    appendFileSync(to.file, `@revoked * ${publicKey(hostKeys.ed25519 ?? '')}\n`)
    expect((await failure(transport.connect(to))).message).to.match(/is revoked/)
  })
})
