import { expect } from 'chai'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { pauseAfter, withRetries } from '../../src/transport/retries.ts'
import { sshTransport } from '../../src/transport/ssh.ts'
import { type Retry, Unreachable } from '../../src/transport/transport.ts'
import { failure } from './contract.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

/** What becomes of a login that fails in these ways, one after the other, and then stands. */
async function login(failures: readonly Retry[], retries?: number) {
  const stop = new AbortController()
  const told: number[] = []
  let tries = 0
  const work = (): Promise<string> => {
    const retry = failures[tries++]
    return retry ? Promise.reject(new Unreachable('connect', 'not now', 'wait', retry)) : Promise.resolve('in')
  }
  const onRetry = (_failure: Unreachable, number: number): void => void told.push(number)
  // No pause that grows: what is looked at here is how often.
  const outcome = await withRetries(work, { retries, signal: stop.signal, onRetry, pauseAfter: () => 0 }).catch(
    (error: unknown) => error,
  )
  return { tries, told, outcome: outcome instanceof Unreachable ? outcome.message : outcome }
}

describe('a login that is tried again', () => {
  const many = (retry: Retry): Retry[] => Array<Retry>(10).fill(retry)
  const cases: readonly [string, readonly Retry[], number | undefined, number, string][] = [
    ['what is over soon, three times', many('soon'), undefined, 4, 'not now (4 tries)'],
    ['until it stands', ['soon', 'soon'], undefined, 3, 'in'],
    ['what may last not unasked', many('perhaps'), undefined, 1, 'not now'],
    ['what may last, as often as asked', many('perhaps'), 2, 3, 'not now (3 tries)'],
    ['what is over soon, no oftener than asked', many('soon'), 1, 2, 'not now (2 tries)'],
    ['nothing when asked for no retries', many('soon'), 0, 1, 'not now'],
    ['what no try will cure never', many('never'), 5, 1, 'not now'],
    ['no further than the first that no try will cure', ['soon', 'never'], 5, 2, 'not now (2 tries)'],
  ]
  for (const [name, failures, retries, tries, outcome] of cases) {
    it(name, async () => {
      expect(await login(failures, retries)).to.deep.equal({
        tries,
        told: Array.from({ length: tries - 1 }, (_, index) => index + 1),
        outcome,
      })
    })
  }

  it('leaves errors alone that are no failed login', async () => {
    const bug = new TypeError('a bug')
    const options = { retries: 5, signal: new AbortController().signal, onRetry: () => undefined }
    expect(await withRetries(() => Promise.reject(bug), options).catch((error: unknown) => error)).to.equal(bug)
  })

  it('pauses longer each time, differently on each host, and never over half a minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, chance) => {
        const pause = pauseAfter(tries, chance)
        expect(pause).to.be.within(250, 30_000)
        expect(pauseAfter(tries + 1, chance)).to.be.at.least(pause)
        expect(pauseAfter(tries, 0) * 2).to.be.closeTo(pauseAfter(tries, 1), 2)
      }),
    )
  })

  it('does not sit out a pause when it is called off', async () => {
    const stop = new AbortController()
    const reason = new Error('Ctrl-C')
    const options = { retries: 9, signal: stop.signal, onRetry: () => stop.abort(reason), pauseAfter: () => 600_000 }
    const failing = withRetries(() => Promise.reject(new Unreachable('connect', 'no', undefined, 'soon')), options)
    expect(await failing.catch((error: unknown) => error)).to.equal(reason)
  })

  describe('by a real sshd', () => {
    let keys: Keys
    let hostKey: string
    let userKey: string
    let narrow: Sshd
    let wide: Sshd
    const transport = sshTransport({ interactive: false })
    before(async function () {
      needSshd(this)
      keys = makeKeys()
      hostKey = keys.make('host')
      userKey = keys.make('user')
      const start = async (config: readonly string[]): Promise<Sshd> => {
        const sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)], config })
        trust(keys, sshd.port, hostKey)
        return sshd
      }
      narrow = await start(['MaxStartups 1'])
      wide = await start(['MaxAuthTries 1'])
    })
    after(async () => {
      await Promise.all([narrow?.stop(), wide?.stop()])
      keys?.clean()
    })
    const target = ({ port }: Sshd, key = userKey) => makeTarget(keys, port, { privateKeyFiles: [key] })
    const signal = new AbortController().signal

    it('comes in when a full MaxStartups has room again', async () => {
      let waiting: Socket | undefined
      while (waiting === undefined) {
        const socket = connect(narrow.port, '127.0.0.1')
        const greeting = await new Promise((resolve) => socket.once('data', resolve))
        if (String(greeting).startsWith('SSH-')) waiting = socket
        else socket.destroy()
      }
      const told: string[] = []
      const connection = await withRetries(() => transport.connect(target(narrow)), {
        ...{ retries: 10, signal },
        onRetry({ message }) {
          told.push(message)
          waiting?.destroy()
        },
      })
      connection.close()
      expect(told[0]).to.match(/before its SSH banner, saying "Exceeded MaxStartups"$/)
    })

    it('is not tried again with a key that was refused, or on a host whose key has changed', async () => {
      const stranger = keys.make('stranger')
      const tried = async (wish: ReturnType<typeof target>): Promise<number> => {
        let tries = 0
        const work = () => (tries++, transport.connect(wish))
        await failure(withRetries(work, { retries: 5, signal, onRetry: () => undefined, pauseAfter: () => 0 }))
        return tries
      }
      expect(await tried(target(wide, stranger))).to.equal(1)
      const other = makeKeys()
      try {
        trust(other, wide.port, userKey)
        expect(
          await tried({ ...target(wide), hostKeys: { checking: 'yes', knownHostsFiles: [other.knownHosts] } }),
        ).to.equal(1)
      } finally {
        other.clean()
      }
    })
  })
})
