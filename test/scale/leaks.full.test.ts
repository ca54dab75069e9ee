import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { localTransport } from '../../src/transport/local.ts'
import { opensshTransport } from '../../src/transport/openssh.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { Session } from '../../src/shell/session.ts'
import { sh } from '../../src/shell/script.ts'
import { held } from '../transport/contract.ts'
import { type FakeServer, tcpServer } from '../transport/fake-servers.ts'
import {
  type Keys,
  makeKeys,
  makeOpensshTarget,
  makeTarget,
  needSshd,
  publicKey,
  type Sshd,
  startSshd,
  trust,
} from '../transport/sshd.ts'

/** With `SALLYPORT_CONNECTIONS=5000` as many as one likes: one takes some 40 ms of this machine, by openssh 150. */
const connections = Number(process.env['SALLYPORT_CONNECTIONS'] ?? 150)
const aborted = Math.max(40, connections / 25)

describe(`${connections} connections one after the other, and ${aborted} that are called off`, function () {
  this.timeout(3_600_000)
  let keys: Keys
  let sshd: Sshd
  let silent: FakeServer
  let userKey: string
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    const hostKey = keys.make('host')
    userKey = keys.make('user')
    const config = ['MaxStartups 1000', `SetEnv HOME=${keys.dir}`]
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)], config })
    silent = await tcpServer((socket) => socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'))
    trust(keys, sshd.port, hostKey)
  })
  after(async () => {
    await Promise.all([sshd?.stop(), silent?.stop()])
    keys?.clean()
  })

  const more = () => ({ privateKeyFiles: [userKey] })
  const kinds: readonly [string, () => Transport, (port: number) => Target][] = [
    ['by ssh', () => sshTransport({ interactive: false }), (port) => makeTarget(keys, port, more())],
    ['by openssh', () => opensshTransport({ interactive: false }), (port) => makeOpensshTarget(keys, port, more())],
    ['of this machine', () => localTransport(), (port) => makeTarget(keys, port, { kind: 'local' })],
  ]
  for (const [name, open, of] of kinds) {
    it(`${name} leave no descriptor, listener or child behind`, async () => {
      const transport = open()
      const stop = new AbortController()
      const work = async (): Promise<void> => {
        const connection = await transport.connect(of(sshd.port), stop.signal)
        const session = await Session.open(connection)
        const [answer] = await session.exchange([{ script: sh`echo pong` }])
        expect(answer?.stdout.toString()).to.equal('pong\n')
        session.close()
        connection.close()
        await connection.lost
      }
      // At any moment of a login, which takes 30 to 150 ms.
      const callOff = async (wait: number): Promise<void> => {
        const gone = new AbortController()
        const wish = of(wait % 2 === 0 ? sshd.port : silent.port)
        const coming = transport.connect(wish, gone.signal).then(
          (connection) => connection.close(),
          () => undefined,
        )
        await new Promise((resolve) => setTimeout(resolve, wait))
        gone.abort(new Error('called off'))
        await coming
      }
      for (let number = 0; number < 10; number++) await work()
      await callOff(0)
      const before = { ...(await held()), children: children(), listeners: listeners(stop.signal) }
      for (let number = 0; number < connections; number++) await work()
      for (let number = 0; number < aborted; number++) await callOff((number * 7) % 150)
      const after = { ...(await held(before)), children: children(), listeners: listeners(stop.signal) }
      transport.close()
      console.log(`      before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`)
      for (const key of ['files', 'handles', 'children', 'listeners'] as const)
        expect(after[key], key).to.be.at.most(before[key])
    })
  }
})

function children(): number {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  ).length
}

const listeners = (signal: AbortSignal): number =>
  getEventListeners(signal, 'abort').length +
  process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
