import { expect } from 'chai'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Become } from '../../src/shell/become.ts'
import { sh } from '../../src/shell/script.ts'
import { Session } from '../../src/shell/session.ts'
import { localTransport } from '../../src/transport/local.ts'
import { opensshTransport } from '../../src/transport/openssh.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target } from '../../src/transport/transport.ts'
import { failure } from './contract.ts'
import { type Keys, makeKeys, makeOpensshTarget, makeTarget, needSshd, publicKey, startSshd, trust } from './sshd.ts'
import { startUpFiles } from './start-up-files.ts'

describe('between a login and its shell', () => {
  let keys: Keys
  let hostKey: string
  let userKey: string
  const running: { stop(): Promise<void> }[] = []
  const sshd = async (authorized = [publicKey(userKey)]): Promise<number> => {
    const started = await startSshd({ keys, hostKeys: [hostKey], authorized })
    running.push(started)
    trust(keys, started.port, hostKey)
    return started.port
  }
  let port: number
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    hostKey = keys.make('host')
    userKey = keys.make('user')
    port = await sshd()
  })
  after(async () => {
    for (const transport of Object.values(transports)) transport.close()
    await Promise.all(running.map((server) => server.stop()))
    keys?.clean()
  })

  const transports = {
    ssh: sshTransport({ interactive: false }),
    openssh: opensshTransport({ interactive: false }),
  }
  const targetAt = { ssh: makeTarget, openssh: makeOpensshTarget }
  for (const kind of ['ssh', 'openssh'] as const) {
    const target = (to: number): Target => targetAt[kind](keys, to, { privateKeyFiles: [userKey] })
    startUpFiles(kind, () => ({
      transport: transports[kind],
      target: target(port),
      // The sshd of the test says where its home is.
      writeStartUpFile: (text) => Promise.resolve(writeFileSync(join(keys.dir, '.bashrc'), text)),
    }))

    it(`a forced command that goes on to ours (${kind})`, async () => {
      const command = String.raw`command="echo audited; eval \"$SSH_ORIGINAL_COMMAND\"" `
      const connection = await transports[kind].connect(target(await sshd([command + publicKey(userKey)])))
      const session = await Session.open(connection)
      expect((await session.exchange([{ script: sh`echo mine` }]))[0]?.stdout.toString()).to.equal('mine\n')
      connection.close()
    })

    it(`a forced command that does not (${kind})`, async () => {
      const forced = await sshd([`command="echo backups only" ${publicKey(userKey)}`])
      const connection = await transports[kind].connect(target(forced))
      const session = await Session.open(connection)
      const { message, hint } = await failure(session.exchange([{ script: sh`echo mine` }]))
      expect(message).to.equal('the login works, but no shell answered (exit 0, it said: backups only)')
      expect(hint).to.match(/forced command/)
      connection.close()
    })
  }

  it('no start-up file on this machine itself, but a program of become that prints', async () => {
    const exe = join(keys.dir, 'noisy-sudo')
    writeFileSync(
      exe,
      '#!/bin/sh\necho lecture; printf half >&2\nwhile [ "$1" != -- ]; do shift; done; shift\nexec "$@"\n',
    )
    chmodSync(exe, 0o755)
    const become: Become = { method: 'sudo', user: 'root', exe }
    const connection = await localTransport().connect(makeTarget(keys, 22, { kind: 'local' }))
    const session = await Session.open(connection, become)
    const [step] = await session.exchange([{ script: sh`printf out; printf err >&2` }])
    expect([step?.stdout.toString(), step?.stderr.toString()]).to.deep.equal(['out', 'err'])
    session.close()
    connection.close()
  })
})
