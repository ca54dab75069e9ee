import { expect } from 'chai'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn } from 'node:child_process'
import fc from 'fast-check'
import { lockStep, parseLockAnswer } from '../../src/shell/lock.ts'
import { prelude, renderExchange } from '../../src/shell/protocol.ts'
import { Script, sh } from '../../src/shell/script.ts'
import { Session } from '../../src/shell/session.ts'
import { Unreachable } from '../../src/transport/transport.ts'
import { pipeConnection } from '../support/pipe-connection.ts'
import { shells } from '../support/modules.ts'

const raw = (text: string) => ({ script: new Script(text) })

/** The exchange protocol, with a shell of that name at the other end. */
export function sessionUnder(name: string): void {
  const command = shells[name] ?? [name]
  describe(`a session under ${name}`, () => {
    const open = async () => {
      const connection = pipeConnection(command)
      return { connection, session: await Session.open(connection) }
    }

    it('splits both streams of every step exactly', async () => {
      const { session } = await open()
      const results = await session.exchange([
        raw('printf a; printf A >&2'),
        raw(':'),
        raw('printf "line\\n\\n"; exit 3'),
        raw('printf "\\377\\000\\n"; printf "no newline" >&2'),
      ])
      expect(results.map((r) => [r.code, r.stdout.toString('latin1'), r.stderr.toString()])).to.deep.equal([
        [0, 'a', 'A'],
        [0, '', ''],
        [3, 'line\n\n', ''],
        [0, '\xff\0\n', 'no newline'],
      ])
      session.close()
    })

    it('keeps going over several exchanges, each one round trip', async () => {
      const { session } = await open()
      for (let i = 0; i < 5; i++) {
        const [result] = await session.exchange([{ script: sh`printf %s ${`round ${i}`}` }])
        expect(result?.stdout.toString()).to.equal(`round ${i}`)
      }
      expect(session.counters.exchanges).to.equal(5)
      session.close()
    })

    it('contains exit, exec, cd, set -e and syntax errors of evaluated text within their step', async () => {
      const { session } = await open()
      const results = await session.exchange([
        raw('cd /tmp; exit 9'),
        { script: new Script('false; printf unreached'), strict: true },
        { script: sh`eval ${'if then ((('}` },
        raw('exec true'),
        raw('pwd; kill -9 "$(sh -c \'echo $PPID\')"'),
        raw('printf "still here"'),
      ])
      expect(results.map((r) => r.code !== 0)).to.deep.equal([true, true, true, false, true, false])
      expect(results[1]?.stdout.toString()).to.equal('')
      expect(results[4]?.stdout.toString()).to.equal('/\n')
      expect(results[5]?.stdout.toString()).to.equal('still here')
      session.close()
    })

    it('gives a step nothing to read: the script cannot be eaten', async () => {
      const { session } = await open()
      const results = await session.exchange([raw('cat; read -r x; printf "<%s>" "$x"'), raw('printf next')])
      expect(results.map((r) => r.stdout.toString())).to.deep.equal(['<>', 'next'])
      session.close()
    })

    it('does not wait for a background child that keeps the streams open', async () => {
      const { session } = await open()
      const [child] = await session.exchange([raw('sleep 300 & printf "$!"')])
      const [stillThere] = await session.exchange([raw(`kill ${child?.stdout.toString()}`)])
      expect(stillThere?.code, 'the child outlives its step').to.equal(0)
      session.close()
    })

    it('ignores whatever comes before the first marker', async () => {
      const connection = pipeConnection(['sh', '-c', `echo noise; echo noise >&2; exec ${command.join(' ')}`])
      const session = await Session.open(connection)
      const [result] = await session.exchange([raw('printf clean; printf too >&2')])
      expect([result?.stdout.toString(), result?.stderr.toString()]).to.deep.equal(['clean', 'too'])
      session.close()
    })

    it('carries every string unharmed through quoting', async () => {
      const { session } = await open()
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.string({ unit: 'binary', maxLength: 60 }).filter((s) => !s.includes('\0') && s.isWellFormed()),
            {
              minLength: 1,
              maxLength: 20,
            },
          ),
          async (texts) => {
            const results = await session.exchange(texts.map((text) => ({ script: sh`printf %s ${text}` })))
            expect(results.map((r) => r.stdout.toString())).to.deep.equal(texts)
          },
        ),
        { numRuns: 40 },
      )
      session.close()
    })

    it('ends a hanging step on the host when its time is over, and goes on', async () => {
      const { session } = await open()
      const marker = `77${process.pid}${Date.now() % 1000}`
      const [hung, next] = await session.exchange([
        { script: new Script(`sleep ${marker} | cat; sleep ${marker}`), timeout: 1 },
        { ...raw('printf next'), timeout: 1 },
      ])
      expect(hung?.timedOut).to.equal(true)
      expect(next?.stdout.toString()).to.equal('next')
      await until(() => processesWith(marker).length === 0)
      session.close()
    })

    it('ends also what does not heed a TERM, when the step itself does', async () => {
      const { session } = await open()
      const marker = `79${process.pid}${Date.now() % 1000}`
      const stubborn = sh`sh -c ${`trap '' TERM; sleep ${marker}; :`}; :`
      const [hung] = await session.exchange([{ script: stubborn, timeout: 1 }])
      expect(hung?.timedOut).to.equal(true)
      await until(() => processesWith(marker).length === 0, 6000)
      session.close()
    })

    it('keeps the limits of steps in one exchange apart', async () => {
      const { session } = await open()
      const [before, hung, next] = await session.exchange([
        raw('printf before'),
        { script: new Script('sleep 30'), timeout: 1 },
        raw('sleep 1.5; printf next'),
      ])
      expect([before?.timedOut, hung?.timedOut, next?.timedOut]).to.deep.equal([false, true, false])
      expect(next?.stdout.toString()).to.equal('next')
      session.close()
    })

    it('ends a hanging step also when the controller is gone', async () => {
      const { session } = await open()
      const marker = `78${process.pid}${Date.now() % 1000}`
      const exchange = session
        .exchange([{ script: new Script(`sleep ${marker}`), timeout: 2 }])
        .catch((e: unknown) => e)
      await until(() => processesWith(marker).length > 0)
      session.close()
      await exchange
      await until(() => processesWith(marker).length === 0, 6000)
    })

    it('leaves no watchdog behind', async () => {
      const { session } = await open()
      const limit = 86_400 + process.pid
      for (let i = 0; i < 20; i++) await session.exchange([{ ...raw('true'), timeout: limit }])
      // What has been sent a KILL may take a moment to be gone.
      await until(() => processesWith(String(limit)).length === 0)
      session.close()
    })

    it('waits for a limit that is longer than a timer', async () => {
      const { session } = await open()
      const [result] = await session.exchange([{ ...raw('sleep 0.2; printf done'), timeout: 3_000_000 }])
      expect(result?.stdout.toString()).to.equal('done')
      session.close()
    })

    it('calls a dropped connection unreachable, never success', async () => {
      const { session, connection } = await open()
      const exchange = session.exchange([raw('sleep 5')]).then(
        () => 'success',
        (error: unknown) => error,
      )
      await sleep(200)
      connection.drop()
      expect(await exchange).to.be.instanceOf(Unreachable)
    })

    it('uploads bytes unchanged, mode 0600 from the first byte, also over a leftover', async () => {
      const { session } = await open()
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-'))
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255))
      const path = join(dir, "it's a $(file)")
      await session.upload({ path, content: Buffer.from('old') })
      await session.upload({ path, content })
      expect((await readFile(path)).equals(content)).to.equal(true)
      expect((await stat(path)).mode & 0o777).to.equal(0o600)
      const refused = await session.upload({ path: join(dir, 'no/such/dir'), content }).catch((e: unknown) => e)
      expect(String(refused)).to.match(/no such|nonexist|can't create|cannot create/i)
      session.close()
      await rm(dir, { recursive: true })
    })

    it('lets one session at a time change the host, and says who has the lock', async function () {
      if (process.getuid?.() !== 0) return this.skip()
      const { session: first } = await open()
      const { session: second } = await open()
      const mutating = { ...raw('printf changed'), mutates: true }
      const [unlocked] = await first.exchange([mutating])
      expect(unlocked?.code).to.equal(126)
      const [lock, ran] = await first.exchange([lockStep('alice on laptop', 0), mutating])
      expect(parseLockAnswer(lock?.stdout.toString() ?? '')).to.deep.equal({ kind: 'held' })
      expect(ran?.stdout.toString()).to.equal('changed')
      const [busy, kept] = await second.exchange([lockStep('bob', 0), mutating])
      expect(parseLockAnswer(busy?.stdout.toString() ?? '')).to.deep.equal({ kind: 'busy', holder: 'alice on laptop' })
      expect(kept?.code).to.equal(126)
      await first.exchange([{ ...raw('sleep 3 &'), mutates: true }])
      first.close()
      const [waited] = await second.exchange([lockStep('bob', 20)])
      expect(parseLockAnswer(waited?.stdout.toString() ?? '')).to.deep.equal({ kind: 'held' })
      second.close()
    })

    it('does nothing for a step that arrives cut, at every byte', async function () {
      this.timeout(120_000)
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-'))
      const file = join(dir, 'f')
      const text =
        prelude('nonce') + renderExchange([{ script: sh`printf %s ${"a'b"} >${file}; rm ${file}.x`, timeout: 60 }], 0)
      const start = prelude('nonce').length
      const whole = text.indexOf('_sp 0 $?; }') + '_sp 0 $?; }'.length
      for (let cut = start; cut < whole; cut++) {
        await feed(command, text.slice(0, cut))
        expect(existsSync(file), `cut at ${cut}: ${JSON.stringify(text.slice(start, cut))}`).to.equal(false)
      }
      await feed(command, text)
      expect(readFileSync(file, 'utf8')).to.equal("a'b")
      await rm(dir, { recursive: true })
    })
  })
}

function feed(command: readonly string[], text: string): Promise<void> {
  const [program = 'sh', ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  return new Promise((resolve) => child.on('close', () => resolve()))
}

function processesWith(argument: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
    } catch {
      return false
    }
  })
}

async function until(condition: () => boolean, ms = 4000): Promise<void> {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error('the condition did not come true in time')
    await sleep(50)
  }
}
