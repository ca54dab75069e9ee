import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { firstLine } from './ssh-errors.ts'

/** The input and output of a `ProxyCommand`, as a stream that speaks with the host. */
export interface ProxyStream {
  readonly stream: Duplex
  /** How the command ended and what it said of its own; undefined while it runs and is silent. */
  readonly trouble: () => Promise<string | undefined>
}

/** Milliseconds between the end of a command's output and its own. */
const patience = 500

/** Starts the command in a process group of its own: Ctrl-C is for us to handle. It ends with the stream. */
export function startProxyCommand([program = '', ...words]: readonly string[]): ProxyStream {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let said = ''
  let end: string | undefined
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const ended = new Promise<void>((resolve) => {
    child.once('error', ({ message }) => resolve(void (end = message)))
    child.once('close', (code, signal) => resolve(void (end = signal ?? `exit ${code}`)))
  })
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout })
  stream.on('error', () => undefined)
  for (const part of [child.stdin, child.stdout, child.stderr]) part.on('error', () => undefined)
  stream.once('close', () => {
    child.stdin.destroy()
    child.stdout.destroy()
    // What the command says last tells why; a child of its own may hold that open for ever.
    const timer = setTimeout(() => child.stderr.destroy(), patience)
    void ended.then(() => clearTimeout(timer))
    try {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has ended by itself.
    }
  })
  return {
    stream,
    async trouble() {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, patience))])
      const last = firstLine(said.trim().split('\n').at(-1) ?? '')
      return end === undefined && last === '' ? undefined : [end, last].filter(Boolean).join(': ')
    },
  }
}
