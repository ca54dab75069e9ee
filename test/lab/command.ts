import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly input?: string | Buffer
  readonly env?: NodeJS.ProcessEnv
}

export class CommandError extends Error {
  readonly result: CommandResult
  constructor(command: readonly string[], result: CommandResult) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n')
    super(`${command.join(' ').slice(0, 300)}: exit ${result.code}\n${said}`)
    this.name = 'CommandError'
    this.result = result
  }
}

const signalExit = (signal: NodeJS.Signals | null): number => 128 + (signal ? constants.signals[signal] : 0)

/** Runs a command to its end and returns whatever it did; a signal is 128+n, as in a shell. */
export function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', ...(options.env && { env: options.env }) })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({
        code: code ?? signalExit(signal),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    )
    // A command that ends without reading its input is no error of ours.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}

/** Like `attempt`, but a non-zero exit throws a CommandError that carries what the command said. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, args, options)
  if (result.code !== 0) throw new CommandError([command, ...args], result)
  return result.stdout
}

/** The synchronous twin, for clearing up while the process is already on its way out. */
export function attemptSync(command: string, args: readonly string[]): CommandResult {
  const result = spawnSync(command, args, { encoding: 'utf8' })
  return {
    code: result.status ?? signalExit(result.signal),
    stdout: result.stdout ?? '',
    stderr: result.stderr ?? String(result.error ?? ''),
  }
}
