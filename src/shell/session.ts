import { randomBytes } from 'node:crypto'
import type { StepResult, Upload } from '../modules/define.ts'
import { milliseconds } from '../timers.ts'
import { Unreachable, type Channel, type Connection } from '../transport/transport.ts'
import type { Become } from './become.ts'
import { BecomeError, openShell, patience, refusalOf } from './open-shell.ts'
import { prelude, renderExchange, Splitter, type Step, type TimedStep } from './protocol.ts'
import { quote } from './script.ts'

/** A host that prints without end must not fill the controller's memory. */
const maxOutput = 256 * 1024 * 1024
/** Seconds the controller waits longer than the host's own watchdog before it gives the session up. */
const grace = 15
const defaultTimeout = 600

/** A step of an exchange has ended: which one, and with which exit code. */
export type Heard = (index: number, code: number) => void

/** Round trips are what a run costs; tests and `--profile` count them. */
export interface SessionCounters {
  exchanges: number
  uploads: number
}

/**
 * One `sh` on the host, fed over standard input. Opening sends nothing that waits for an answer (but for a sudo
 * password): prelude and first exchange travel together.
 */
export class Session {
  readonly #connection: Connection
  readonly #become: Become | undefined
  readonly #channel: Channel
  readonly counters: SessionCounters = { exchanges: 0, uploads: 0 }
  readonly #stdout: Splitter
  readonly #stderr: Splitter
  #started = false
  /** Runs from the first exchange until the shell reports itself. */
  #starting: NodeJS.Timeout | undefined
  #pendingPrelude: string
  #nextIndex = 0
  #waiting: Pending | undefined
  #dead: Error | undefined

  private constructor(connection: Connection, become: Become | undefined, nonce: string, channel: Channel) {
    this.#connection = connection
    this.#become = become
    this.#channel = channel
    this.#pendingPrelude = prelude(nonce)
    this.#stdout = new Splitter(nonce, (label, code, output) => this.#marker('stdout', label, code, output))
    this.#stderr = new Splitter(nonce, (label, code, output) => this.#marker('stderr', label, code, output))
  }

  /** Throws Unreachable when the channel is refused, BecomeError when sudo refuses. */
  static async open(connection: Connection, become?: Become): Promise<Session> {
    const nonce = randomBytes(12).toString('hex')
    const channel = await openShell(connection, become)
    const session = new Session(connection, become, nonce, channel)
    session.#listen()
    return session
  }

  #listen(): void {
    const receive = (splitter: Splitter) => (chunk: Buffer) => {
      splitter.push(chunk)
      if (splitter.size > maxOutput)
        this.#die(new Unreachable('lost', 'the host printed more than 256 MiB in one step'))
    }
    this.#channel.stdout.on('data', receive(this.#stdout))
    this.#channel.stderr.on('data', receive(this.#stderr))
    this.#channel.stdin.on('error', () => undefined)
    void this.#channel.ended.then(({ code }) => setImmediate(() => this.#die(this.#lastWords(code))))
    void this.#connection.lost.then((reason) =>
      this.#die(reason ?? new Unreachable('lost', 'the connection was closed')),
    )
  }

  /**
   * Runs the steps one after the other in one round trip. Rejects with Unreachable when the session breaks. `heard` is told
   * of each step as soon as it has ended.
   */
  exchange(steps: readonly Step[], heard?: Heard): Promise<StepResult[]> {
    if (this.#dead) return Promise.reject(this.#dead)
    if (this.#waiting) throw new Error('a session does one exchange at a time')
    if (steps.length === 0) return Promise.resolve([])
    const timed = steps.map((step) => ({ ...step, timeout: step.timeout ?? defaultTimeout }))
    const limit = timed.reduce((sum, step, index) => (opensWatch(timed, index) ? sum + step.timeout : sum), 0)
    const text = this.#pendingPrelude + renderExchange(timed, this.#nextIndex)
    this.#pendingPrelude = ''
    if (!this.#started) this.#starting ??= setTimeout(() => this.#die(this.#noShell()), patience * 1000)
    this.counters.exchanges++
    return new Promise<StepResult[]>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#die(new Unreachable('timeout', `no answer within ${limit + grace} s`)),
        milliseconds(limit + grace),
      )
      this.#waiting = {
        first: this.#nextIndex,
        steps: timed,
        stdout: [],
        stderr: [],
        started: performance.now(),
        heard,
        resolve: (results) => {
          clearTimeout(timer)
          resolve(results)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      this.#nextIndex += steps.length
      this.#channel.stdin.write(text)
    })
  }

  /**
   * Puts contents that are too big for a literal into place, each over a channel of its own: `cat` gets its bytes
   * only after the shell said that it is done reading, because shells read ahead.
   */
  async upload(upload: Upload): Promise<void> {
    const nonce = randomBytes(12).toString('hex')
    const channel = await openShell(this.#connection, this.#become)
    this.counters.uploads++
    const errors: Buffer[] = []
    channel.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    channel.stdin.on('error', () => undefined)
    const ready = new Promise<void>((resolve) => {
      const splitter = new Splitter(nonce, () => resolve())
      channel.stdout.on('data', (chunk: Buffer) => splitter.push(chunk))
    })
    const path = quote(upload.path)
    channel.stdin.write(`umask 077; rm -f ${path}; printf '\\n%s ready 0\\n' ${nonce}; set -C; exec cat >${path}\n`)
    const ended = channel.ended.then(({ code }) => code)
    await Promise.race([ready, ended])
    channel.stdin.end(upload.content)
    const code = await ended
    if (code === null) throw new Unreachable('lost', 'the connection dropped during an upload')
    if (code !== 0) throw new UploadError(Buffer.concat(errors).toString().trim() || `cat exited ${code}`)
  }

  /** Ends the shell; what it started and left in the background stays. */
  close(): void {
    this.#dead ??= new Unreachable('lost', 'the session is closed')
    clearTimeout(this.#starting)
    this.#channel.stdin.end()
    this.#channel.destroy()
  }

  #marker(stream: 'stdout' | 'stderr', label: string, code: number, output: Buffer): void {
    if (label === 'start') {
      this.#started = true
      clearTimeout(this.#starting)
      return
    }
    const waiting = this.#waiting
    if (!waiting) return
    waiting[stream].push({ code, output, at: performance.now() })
    if (waiting.stdout.length === waiting.stderr.length) waiting.heard?.(waiting.stdout.length - 1, code)
    if (waiting.stdout.length < waiting.steps.length || waiting.stderr.length < waiting.steps.length) return
    this.#waiting = undefined
    waiting.resolve(waiting.steps.map((step, index) => stepResult(waiting, step, index)))
  }

  #die(error: Error): void {
    this.#dead ??= error
    clearTimeout(this.#starting)
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#channel.destroy()
    waiting?.reject(this.#dead)
  }

  #noShell(): Error {
    if (this.#become) return new BecomeError(`${this.#become.method} gave no shell within ${patience} s`)
    return new Unreachable(
      'timeout',
      `the login works, but no shell answered within ${patience} s`,
      'do its start-up files hang, or the file system of its home?',
    )
  }

  /** Why the shell ended before it answered. */
  #lastWords(code: number | null): Error {
    const words = this.#stderr.rest().toString().trim().split('\n').at(-1) ?? ''
    if (this.#started || code === null) {
      return new Unreachable('lost', `the session on the host ended${words ? `: ${words}` : ''}`)
    }
    if (this.#become) return new BecomeError(refusalOf(this.#become.method, words, code))
    const said = words || this.#stdout.rest().toString().trim().split('\n').at(-1) || 'nothing'
    return new Unreachable(
      'channel',
      `the login works, but no shell answered (exit ${code}, it said: ${said})`,
      'is there a forced command, or a login shell that refuses commands, for this user?',
    )
  }
}

/** An upload was refused by the host: no space, read-only, … */
export class UploadError extends Error {}

interface Part {
  readonly code: number
  readonly output: Buffer
  readonly at: number
}

interface Pending {
  readonly first: number
  readonly steps: readonly TimedStep[]
  readonly stdout: Part[]
  readonly stderr: Part[]
  readonly started: number
  readonly heard: Heard | undefined
  resolve(results: StepResult[]): void
  reject(error: Error): void
}

/** Steps with the same limit share a watchdog, which counts from the first of them. */
function opensWatch(steps: readonly TimedStep[], index: number): boolean {
  return steps[index - 1]?.timeout !== steps[index]?.timeout
}

function stepResult(pending: Pending, step: TimedStep, index: number): StepResult {
  const stdout = pending.stdout[index] as Part
  const stderr = pending.stderr[index] as Part
  const before = index === 0 ? pending.started : (pending.stdout[index - 1] as Part).at
  return {
    code: stdout.code,
    stdout: stdout.output,
    stderr: stderr.output,
    // Only a signal's exit code after the watchdog's time is its work.
    timedOut: stdout.code >= 128 && stdout.at - watchedSince(pending, index) >= step.timeout * 1000 - 50,
    ms: stdout.at - before,
  }
}

function watchedSince(pending: Pending, index: number): number {
  let first = index
  while (!opensWatch(pending.steps, first)) first--
  return first === 0 ? pending.started : (pending.stdout[first - 1] as Part).at
}
