import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prelude, renderExchange } from '../../src/shell/protocol.ts'
import type { Script } from '../../src/shell/script.ts'

/** A changing step as a session sends it, on a shell that holds the lock; its watchdog would outlive a cut for a minute. */
export function sent(script: Script): string {
  const steps = [{ script, mutates: true, strict: true, timeout: 60 }]
  return `${prelude('nonce')}_sp_locked=held
_sp_watch() { :; }
${renderExchange(
  steps.map((step) => ({ ...step, timeout: 60 })),
  0,
)}`
}

/** Gives a shell the text and then nothing more, as a connection that drops does. */
export async function feed(words: readonly string[], text: string | Buffer): Promise<void> {
  const [program = 'sh', ...args] = words
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' })
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  await once(child, 'close')
}

/** System calls that leave something behind: between two of them nothing can be seen to change. */
const changing = [
  'write,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat',
  'chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,ftruncate,fsync,fdatasync,sync,syncfs,utimensat',
].join(',')

/** Microseconds that each such call is held up, so that a kill falls before the next one. */
const pause = 40_000

/**
 * Runs a script and ends all its processes at once after `calls` changing system calls. True when it was over before.
 * strace counts calls per process, so its own way to inject a signal would miss all but the first of a short command.
 */
export async function killedAfter(words: readonly string[], script: Script, calls: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'))
  const log = join(folder, 'log')
  const inject = [`trace=${changing}`, `inject=${changing}:delay_enter=${pause}`]
  const strace = ['-f', '-qq', '-o', log, ...inject.flatMap((option) => ['-e', option]), '--', ...words]
  const child = spawn('strace', strace, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', detached: true })
  const ended = once(child, 'close')
  child.stdin.on('error', () => undefined)
  child.stdin.end(sent(script))
  let over = false
  void ended.then(() => (over = true))
  try {
    while (!over && linesOf(log) < calls) await new Promise((resolve) => setTimeout(resolve, 4))
    const finished = over
    // The whole group: whatever the shell started goes with it.
    if (!finished && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
    return finished
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Calls that were finished: one that another process interrupts is logged in two lines. */
function linesOf(log: string): number {
  try {
    return readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.includes('unfinished')).length
  } catch {
    return 0
  }
}
