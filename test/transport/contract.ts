import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type { Channel, Connection, Target, Transport } from '../../src/transport/transport.ts'
import { Unreachable } from '../../src/transport/transport.ts'

export interface ContractSubject {
  readonly transport: Transport
  readonly target: Target
  /** Where the target reaches this machine; 127.0.0.1 unless said. */
  readonly here?: string
  /** How many connections must leave nothing behind; 50 unless said. */
  readonly connections?: number
}

/** What every transport promises. `setUp` runs once before, inside mocha's hooks, so it may skip the suite. */
export function transportContract(
  name: string,
  setUp: (context: Mocha.Context) => Promise<ContractSubject>,
  tearDown: () => Promise<void>,
): void {
  describe(`the transport contract: ${name}`, () => {
    let transport: Transport
    let target: Target
    let here: string
    let connections: number
    let connection: Connection

    before(async function () {
      ;({ transport, target, here = '127.0.0.1', connections = 50 } = await setUp(this))
    })
    after(tearDown)
    beforeEach(async () => {
      connection = await transport.connect(target)
    })
    afterEach(async () => {
      connection.close()
      await connection.lost
    })

    describe('exec', () => {
      it('carries bytes unchanged both ways: a megabyte with NULs and UTF-8 cut anywhere', async () => {
        const sent = Buffer.concat([randomBytes(500_000), Buffer.from('\0ä€😀\r\n'.repeat(40_000))])
        const channel = await connection.exec('cat')
        channel.stdin.end(sent)
        const [out, err, end] = await Promise.all([read(channel.stdout), read(channel.stderr), channel.ended])
        expect(out.equals(sent)).to.equal(true)
        expect(err.length).to.equal(0)
        expect(end).to.deep.equal({ code: 0, signal: null })
      })

      it('keeps stderr apart from stdout, however large both are', async () => {
        const channel = await connection.exec(
          'head -c 3000000 /dev/zero >&2 & head -c 3000000 /dev/zero | tr "\\0" x; wait',
        )
        const [out, err] = await Promise.all([read(channel.stdout), read(channel.stderr)])
        expect(out.equals(Buffer.alloc(3_000_000, 'x'))).to.equal(true)
        expect(err.equals(Buffer.alloc(3_000_000))).to.equal(true)
      })

      for (const code of [0, 1, 3, 127, 255]) {
        it(`reports exit status ${code}`, async () => {
          expect((await run(connection, `exit ${code}`)).end).to.deep.equal({ code, signal: null })
        })
      }

      it('reports a signal as no exit status', async () => {
        // The shell that the command runs in must itself be the victim.
        expect((await run(connection, 'kill -KILL $$')).end).to.deep.equal({ code: null, signal: 'SIGKILL' })
      })

      it('passes on the end of input', async () => {
        const channel = await connection.exec('wc -c')
        channel.stdin.write('12345')
        channel.stdin.end()
        expect((await read(channel.stdout)).toString().trim()).to.equal('5')
      })

      it('leaves the input open until it is ended', async () => {
        const channel = await connection.exec('read line; echo "got $line"; read line || echo end')
        channel.stdin.write('one\n')
        expect(await firstText(channel.stdout)).to.equal('got one\n')
        channel.stdin.end()
        expect((await read(channel.stdout)).toString()).to.equal('end\n')
      })

      it('runs several channels at once without mixing them', async () => {
        const names = ['a', 'b', 'c', 'd', 'e']
        const outputs = await Promise.all(names.map((name) => run(connection, `cat; echo ${name}`, name)))
        expect(outputs.map(({ out }) => out)).to.deep.equal(names.map((name) => `${name}${name}\n`))
      })

      it('tells the end of a command whose background child holds the output open', async () => {
        const channel = await connection.exec('sleep 30 & echo started')
        channel.stdout.resume()
        channel.stderr.resume()
        expect((await channel.ended).code).to.equal(0)
        channel.destroy()
      })

      it('delivers the last output before it tells the end', async () => {
        for (let round = 0; round < 5; round++) {
          const channel = await connection.exec('echo out; echo err >&2; exit 4')
          let seen = ''
          for (const stream of [channel.stdout, channel.stderr])
            stream.on('data', (chunk: Buffer) => (seen += chunk.toString()))
          expect(await channel.ended).to.deep.equal({ code: 4, signal: null })
          expect(seen.length, seen).to.equal('out\nerr\n'.length)
        }
      })

      it('is no use for input that nobody reads, but nothing breaks', async () => {
        const channel = await connection.exec('exec <&-; exit 0')
        channel.stdin.write(Buffer.alloc(4_000_000))
        channel.stdout.resume()
        channel.stderr.resume()
        expect((await channel.ended).code).to.equal(0)
        channel.stdin.end('more')
      })
    })

    describe('destroy', () => {
      it('lets go of a channel while its command runs; the others go on', async () => {
        const other = await connection.exec('cat')
        const channel = await connection.exec('while :; do echo x; sleep 0.01; done')
        await firstText(channel.stdout)
        channel.destroy()
        expect((await channel.ended).code).to.not.equal(0)
        channel.destroy()
        other.stdin.end('still here')
        expect((await read(other.stdout)).toString()).to.equal('still here')
      })

      it('may come after the end', async () => {
        const channel = await connection.exec('true')
        channel.stdout.resume()
        channel.stderr.resume()
        await channel.ended
        channel.destroy()
        channel.destroy()
      })
    })

    describe('forward', () => {
      let server: Server
      let port: number
      before(async () => {
        server = createServer({ allowHalfOpen: true }, (socket) => {
          socket.on('error', () => undefined)
          socket.pipe(socket)
        })
        await new Promise<void>((resolve) => server.listen(0, here, resolve))
        port = (server.address() as AddressInfo).port
      })
      after(() => void server.close())

      it('connects from the host, bytes unchanged, and each side may end first', async () => {
        const sent = randomBytes(1_000_000)
        const stream = await connection.forward(here, port)
        stream.end(sent)
        expect((await read(stream)).equals(sent)).to.equal(true)
      })

      it('closes when it is destroyed', async () => {
        const stream = await connection.forward(here, port)
        const closed = new Promise((resolve) => stream.once('close', resolve))
        stream.destroy()
        await closed
      })

      it('says what cannot be reached', async () => {
        const error = await failure(connection.forward('127.0.0.1', 1))
        expect(error.phase).to.equal('channel')
        expect(error.message).to.match(/cannot reach 127\.0\.0\.1:1 \(.*refused.*\)/i)
      })

      it('ends with the connection', async () => {
        const stream = await connection.forward(here, port)
        const closed = new Promise((resolve) => stream.once('close', resolve))
        stream.resume()
        connection.close()
        await closed
      })
    })

    describe('close', () => {
      it('ends what runs, without a status, and `lost` says that it was us', async () => {
        const channel = await connection.exec('cat')
        connection.close()
        connection.close()
        expect((await channel.ended).code).to.equal(null)
        expect(await connection.lost).to.equal(undefined)
        channel.stdin.write('into the void')
        channel.destroy()
      })

      it('refuses new channels afterwards', async () => {
        connection.close()
        expect((await failure(connection.exec('true'))).phase).to.equal('lost')
        expect((await failure(connection.forward('127.0.0.1', 1))).phase).to.equal('lost')
      })

      it('leaves nothing behind, of many connections one after the other', async function () {
        this.timeout(120_000)
        const once = async (number: number): Promise<void> => {
          const next = await transport.connect(target)
          // Not every time: a login shell's start takes longer than all the rest.
          if (number % 10 === 0) expect((await run(next, 'echo ok')).out).to.equal('ok\n')
          next.close()
          await next.lost
        }
        await once(0)
        const before = await held()
        for (let i = 0; i < connections; i++) await once(i)
        const after = await held(before)
        expect(after.files, 'open files').to.be.at.most(before.files)
        expect(after.handles, 'handles and timers').to.be.at.most(before.handles)
      })
    })

    it('stops when it is aborted beforehand, with the reason given', async () => {
      const reason = new Error('never mind')
      const outcome = await transport.connect(target, AbortSignal.abort(reason)).catch((error: unknown) => error)
      expect(outcome).to.equal(reason)
    })
  })
}

/** Everything a stream still has to say. */
export async function read(stream: Readable | Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export function firstText(stream: Readable): Promise<string> {
  return new Promise((resolve) => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())))
}

/** Runs a command to its end. */
export async function run(connection: Connection, command: string, input = '') {
  const channel: Channel = await connection.exec(command)
  channel.stdin.end(input)
  const [out, err, end] = await Promise.all([read(channel.stdout), read(channel.stderr), channel.ended])
  return { out: out.toString(), err: err.toString(), end }
}

/** The Unreachable that a promise must be rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Unreachable> {
  const outcome: unknown = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  expect(outcome).to.be.instanceOf(Unreachable)
  if (!(outcome instanceof Unreachable)) throw new Error('unreachable code')
  expect(outcome.message).to.match(/^[^\n]+$/)
  return outcome
}

/** Open files and live handles, once what is closing has closed. */
export async function held(atMost?: Held): Promise<Held> {
  const within = (now: Held, limit: Held) => now.files <= limit.files && now.handles <= limit.handles
  let last = { files: Infinity, handles: Infinity }
  // What is closed takes a moment to go, on a busy machine a long one.
  for (let tries = 0; tries < (atMost ? 100 : 20); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const handles = process.getActiveResourcesInfo().filter((name) => !/^(Immediate|CloseReq)/.test(name)).length
    const now = { files: readdirSync('/proc/self/fd').length, handles }
    if (atMost ? within(now, atMost) : now.files === last.files && now.handles === last.handles) return now
    last = now
  }
  return last
}

export interface Held {
  readonly files: number
  readonly handles: number
}
