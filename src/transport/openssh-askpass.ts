import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Answers what an ssh asks; undefined: there is no answer. */
export type Answer = (question: string) => Promise<string | undefined>

/** A directory of a run that nobody else can enter, and who answers there for us what ssh would ask a person. */
export interface Askpass {
  readonly dir: string
  /** The environment of an ssh that asks here. */
  readonly env: NodeJS.ProcessEnv
  /** Answers the questions of this process, and not those of others that it starts (ssh to a jump host). */
  answer(pid: number, answer: Answer): { stop(): void }
  close(): void
}

/**
 * Longer ones leave no room for the name of a control socket (104 bytes on some systems); and ssh expands what stands in
 * one, and gives it to a shell where a jump host is in between.
 */
const plainDir = /^[\w./-]{1,60}$/

export function openAskpass(env: NodeJS.ProcessEnv): Askpass {
  const base = tmpdir()
  const dir = mkdtempSync(join(plainDir.test(base) ? base : '/tmp', 'sallyport-'))
  const socketPath = join(dir, 'ask')
  const program = join(dir, 'askpass')
  const answers = new Map<number, Answer>()
  let server: Server | undefined

  return {
    dir,
    // Before OpenSSH 8.4 a display had to be there for a program to be asked.
    env: { ...env, SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: env.DISPLAY || 'none' },
    answer(pid, answer) {
      if (!server) {
        writeFileSync(program, askpassProgram(socketPath), { mode: 0o700 })
        server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, answers))
        server.listen(socketPath)
        server.unref()
      }
      answers.set(pid, answer)
      return { stop: () => void answers.delete(pid) }
    },
    close() {
      server?.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/**
 * What ssh starts to ask. It holds no secret: it says who asks and what, and prints what comes back. One that ssh starts
 * only to show words (touch the key) waits until ssh ends it.
 */
function askpassProgram(socketPath: string): string {
  const ask = `
    const [path, question] = process.argv.slice(1)
    const socket = require('net').connect({ path, allowHalfOpen: true })
    socket.on('error', () => process.exit(1))
    socket.write(JSON.stringify({ pid: process.ppid, question }) + '\\n')
    let said = ''
    socket.on('data', (text) => (said += text))
    socket.on('end', () => {
      if (said === '') process.exit(1)
      process.stdout.write(said, () => process.exit(0))
    })`
  const words = [process.execPath, '-e', ask, socketPath].map((word) => `'${word.replaceAll("'", "'\\''")}'`)
  return `#!/bin/sh\n[ "$SSH_ASKPASS_PROMPT" = none ] && exec sleep 600\nNODE_OPTIONS= exec ${words.join(' ')} "$1"\n`
}

function serve(socket: Socket, answers: ReadonlyMap<number, Answer>): void {
  let said = ''
  socket.on('error', () => undefined)
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (!said.endsWith('\n')) return
    const { pid, question } = JSON.parse(said) as { pid: number; question?: string }
    const answer = answers.get(pid)?.(question ?? '') ?? Promise.resolve(undefined)
    answer.then(
      (secret) => socket.end(secret === undefined ? '' : `${secret}\n`),
      () => socket.end(),
    )
  })
}
