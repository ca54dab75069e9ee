import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import { addressOf, forwardRefused } from './ssh-errors.ts'
import {
  type Channel,
  type ChannelEnd,
  type Connection,
  outputGrace,
  type Transport,
  type Unreachable,
  Unreachable as UnreachableError,
} from './transport.ts'

/** How long a command may take to end on SIGTERM before it is killed, in milliseconds. */
const patience = 2000

/** Runs commands on this machine, each in a process group of its own. */
export function localTransport(): Transport {
  return {
    connect: (_target, signal) =>
      signal?.aborted ? Promise.reject(asError(signal.reason)) : Promise.resolve(new LocalConnection()),
    close: () => undefined,
  }
}

class LocalConnection implements Connection {
  readonly warnings: readonly string[] = []
  readonly lost: Promise<Unreachable | undefined>
  readonly #open = new Set<{ destroy(): unknown }>()
  #end: () => void = () => undefined
  #closed = false

  constructor() {
    this.lost = new Promise((resolve) => (this.#end = () => resolve(undefined)))
  }

  async exec(command: string): Promise<Channel> {
    this.#refuseWhenClosed()
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(new UnreachableError('channel', `cannot start /bin/sh: ${error.message}`)))
    })
    const channel = localChannel(child)
    this.#open.add(channel)
    void channel.ended.then(() => this.#open.delete(channel))
    return channel
  }

  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenClosed()
      const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
      const refused = (error: Error): void =>
        reject(forwardRefused(Object.assign(error, { reason: 2 }), 'this machine', addressOf(host, port)))
      socket.once('error', refused)
      socket.once('connect', () => {
        socket.removeListener('error', refused)
        socket.on('error', () => undefined)
        this.#open.add(socket)
        socket.once('close', () => this.#open.delete(socket))
        resolve(socket)
      })
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const open of this.#open) open.destroy()
    this.#end()
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new UnreachableError('lost', 'the connection is closed')
  }
}

function localChannel(child: ChildProcessByStdio<Writable, Readable, Readable>): Channel {
  let timer: NodeJS.Timeout | undefined
  let exited = false
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      exited = true
      // `close` comes after the last output, and never when a background child holds it open.
      const grace = setTimeout(resolve, outputGrace, { code, signal })
      child.once('close', () => {
        clearTimeout(grace)
        resolve({ code, signal })
      })
    })
  })
  // A command that does not read its input is no reason to end the run (EPIPE).
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
  const destroy = (): void => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    // What a finished command left in the background was meant to stay; and its process id may have been given away.
    if (exited || timer !== undefined || !signalGroup(child.pid, 'SIGTERM')) return
    const end = performance.now() + patience
    // Looked at until it is gone: what the command had started may end, or be fetched by init, a while after it.
    timer = setInterval(() => {
      const isLeft = signalGroup(child.pid, 0)
      if (isLeft && performance.now() < end) return
      if (isLeft) signalGroup(child.pid, 'SIGKILL')
      clearInterval(timer)
    }, 20)
  }
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, destroy }
}

/** Signals a command with everything it has started. False when nothing of it is left. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
