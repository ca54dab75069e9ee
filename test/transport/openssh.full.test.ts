import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { opensshTransport } from '../../src/transport/openssh.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import type { Lab, Suite } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { failure, firstText, run, transportContract } from './contract.ts'
import { type Keys, makeKeys, makeOpensshTarget, makeTarget, needSshd, publicKey, startSshd, trust } from './sshd.ts'
import { processes } from './processes.ts'
import { startUpFiles } from './start-up-files.ts'

/** Debian 11, 12 and 13: OpenSSH 8.4, 9.2 and 10. */
const suites: readonly Suite[] = ['bullseye', 'bookworm', 'trixie']

describe('the sshds and clients of three Debians', function () {
  let lab: Lab
  before(async function () {
    lab = await labOrSkip.call(
      this,
      suites.map((suite) => ({ name: suite, suite })),
    )
  })
  after(() => {
    for (const transport of Object.values(shared)) transport.close()
    return lab?.down()
  })

  const shared = { ssh: sshTransport({ interactive: false }), openssh: opensshTransport({ interactive: false }) }
  const targetOf = (
    suite: Suite,
    make: typeof makeOpensshTarget | typeof makeTarget,
    more: Partial<Target> = {},
  ): Target => {
    const keys = { dir: lab.dir, knownHosts: lab.knownHostsPath } as Keys
    const login = { user: 'root', privateKeyFiles: [lab.privateKeyPath] }
    return make(keys, 22, { host: lab.host(suite).address, ...login, ...more })
  }

  for (const suite of suites) {
    for (const kind of ['ssh', 'openssh'] as const) {
      let transport: Transport
      transportContract(
        `${kind}, with the sshd of ${suite}`,
        () => {
          transport = kind === 'ssh' ? sshTransport({ interactive: false }) : opensshTransport({ interactive: false })
          const target = targetOf(suite, kind === 'ssh' ? makeTarget : makeOpensshTarget)
          return Promise.resolve({ transport, target, here: lab.gateway, connections: 3 })
        },
        () => Promise.resolve(transport?.close()),
      )
      startUpFiles(`${kind}, with the sshd of ${suite}`, () => {
        const target = targetOf(suite, kind === 'ssh' ? makeTarget : makeOpensshTarget)
        const file = lab.host(suite).root('/root/.bashrc')
        return { transport: shared[kind], target, writeStartUpFile: (text) => writeFile(file, text) }
      })
    }

    describe(`a password, with the sshd of ${suite}`, () => {
      const ways: readonly [string, string][] = [
        ['as it is', ''],
        // Each under both of its names.
        [
          'by keyboard-interactive',
          'KbdInteractiveAuthentication yes\nChallengeResponseAuthentication yes\nPasswordAuthentication no',
        ],
        ['nowhere', 'PasswordAuthentication no\nKbdInteractiveAuthentication no\nChallengeResponseAuthentication no'],
      ]
      for (const [way, config] of ways) {
        it(`taken ${way}, by both clients; a wrong one is not`, async function () {
          this.timeout(60_000)
          const host = lab.host(suite)
          await writeFile(host.root('/etc/ssh/sshd_config.d/00-way.conf'), config)
          await host.exec('systemctl restart ssh')
          const { name: user, password } = lab.sudoUser
          for (const [kind, make] of [
            ['ssh', makeTarget],
            ['openssh', makeOpensshTarget],
          ] as const) {
            const target = { ...targetOf(suite, make, { user, privateKeyFiles: [] }), connectTimeout: 30 }
            if (way === 'nowhere') {
              const { phase, message } = await failure(shared[kind].connect({ ...target, password }))
              expect(phase).to.equal('login')
              expect(message).to.match(/takes only publickey|has nothing that .* takes \(publickey\)/)
              continue
            }
            const connection = await shared[kind].connect({ ...target, password })
            expect((await run(connection, 'id -un')).out).to.equal(`${user}\n`)
            connection.close()
            const { message } = await failure(shared[kind].connect({ ...target, password: 'not it' }))
            expect(message).to.match(/refused the password$/)
          }
        })
      }
    })
  }

  // The one of this machine is in every other test.
  for (const suite of ['bullseye', 'trixie'] as const) {
    const path = process.env.PATH ?? ''
    let transport: Transport
    transportContract(
      `openssh, with the client of ${suite}`,
      () => {
        process.env.PATH = clientOf(suite) + delimiter + path
        transport = opensshTransport({ interactive: false })
        const target = targetOf('bookworm', makeOpensshTarget)
        return Promise.resolve({ transport, target, here: lab.gateway, connections: 3 })
      },
      () => {
        process.env.PATH = path
        return Promise.resolve(transport?.close())
      },
    )
  }

  /** A directory with that Debian's ssh, which runs here with that Debian's libraries. */
  function clientOf(suite: Suite): string {
    const dir = join(lab.dir, `client-${suite}`)
    const root = (file: string) => lab.host(suite).root(file)
    const libraries = [`/usr/lib/${triple()}`, `/lib/${triple()}`].map(root)
    const loader = readdirSync(libraries[1] ?? '').find((name) => /^ld-(linux-.*|[\d.]+)\.so(\.\d+)?$/.test(name))
    mkdirSync(dir, { recursive: true })
    const command = `${join(libraries[1] ?? '', loader ?? 'no-loader')} --library-path ${libraries.join(':')} ${root('/usr/bin/ssh')}`
    writeFileSync(join(dir, 'ssh'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
    return dir
  }
})

const triple = (): string => (process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu')

describe('an openssh whose controller is killed', () => {
  it('ends by itself, with what ran on the host', async function () {
    needSshd(this)
    const keys = makeKeys()
    const [hostKey, user] = [keys.make('host'), keys.make('user')]
    const sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(user)] })
    trust(keys, sshd.port, hostKey)
    const target = makeOpensshTarget(keys, sshd.port, { privateKeyFiles: [user] })
    const program = `
      import { opensshTransport } from '${new URL('../../src/transport/openssh.ts', import.meta.url).href}'
      const connection = await opensshTransport({ interactive: false }).connect(${JSON.stringify(target)})
      const channel = await connection.exec('sh')
      console.log('stands')
      channel.stdout.resume()`
    const args = ['--import', 'tsx', '--input-type', 'module', '-e', program]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: keys.dir },
    })
    expect(await firstText(child.stdout)).to.equal('stands\n')
    const holder = (line: string) => line.startsWith('ssh\0') && line.includes(`ControlPath=${keys.dir}/`)
    expect((await processes(holder, 1)).length).to.equal(1)
    child.kill('SIGKILL')
    await processes(holder, 0)
    await sshd.stop()
    keys.clean()
  })
})
