import { spawn } from 'node:child_process'
import { openSshLog, type SshLog } from './openssh-log.ts'
import { outputGrace, Unreachable } from './transport.ts'

/** Milliseconds that ssh may take to end before it is killed. */
const patience = 2000

/** An ssh that logs in and then holds the connection in the background. */
export interface SshProcess {
  readonly pid: number
  readonly log: SshLog
  /** How its foreground ended: 0 when the login stands. */
  readonly ended: Promise<number | null>
  /** The last of its processes has ended. */
  readonly gone: Promise<void>
  /** Tells which process holds the connection, once it stands. */
  holder: number | undefined
  kill(): void
}

/** @throws Unreachable when there is no ssh to start */
export async function startSsh(args: readonly string[], env: NodeJS.ProcessEnv): Promise<SshProcess> {
  // In a process group of its own: Ctrl-C is for us to handle.
  const child = spawn('ssh', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env })
  const log = openSshLog()
  child.stderr.on('data', log.feed)
  child.stderr.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => child.stderr.once('close', resolve))
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      if (code === 0) return resolve(code)
      // Its last words tell why; a child of its own may hold that open for ever.
      const timer = setTimeout(() => {
        signal(child.pid, 'SIGKILL')
        child.stderr.destroy()
      }, outputGrace)
      void gone.then(() => {
        clearTimeout(timer)
        resolve(code ?? -1)
      })
    }),
  )
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => {
      child.stderr.destroy()
      reject(cannotStart(error))
    })
  })
  let foreground = true
  void ended.then(() => (foreground = false))
  /** Once the foreground has ended its number may be given to others, unless a ProxyCommand still bears it. */
  const own = (): number | undefined =>
    foreground || log.debug.some((line) => line.startsWith('Executing proxy command')) ? child.pid : undefined
  let killing: NodeJS.Timeout | undefined
  const running: SshProcess = {
    ...{ pid: child.pid ?? 0, log, ended, gone, holder: undefined },
    kill() {
      if (killing) return
      signal(running.holder, 'SIGTERM')
      signal(own(), 'SIGTERM')
      killing = setTimeout(() => {
        signal(running.holder, 'SIGKILL')
        signal(own(), 'SIGKILL')
        child.stderr.destroy()
      }, patience)
      void gone.then(() => clearTimeout(killing))
    },
  }
  return running
}

/** Signals a process and its group: a ProxyCommand is in it as well. */
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended by itself.
  }
}

function cannotStart(error: Error): Unreachable {
  return 'code' in error && error.code === 'ENOENT'
    ? new Unreachable(
        'connect',
        'the connection openssh needs the program ssh on this machine, and there is none',
        'install openssh-client (Debian, Ubuntu, Alpine) or openssh-clients (Red Hat, SUSE), or use the connection ssh',
      )
    : new Unreachable('connect', `cannot start ssh: ${error.message}`)
}
