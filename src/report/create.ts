import { createTheme, isUnicode } from './theme.ts'
import type { Reporter } from './events.ts'
import type { Stream } from './screen.ts'

export type Output = 'auto' | 'pretty' | 'plain' | 'jsonl'

export interface ReporterOptions {
  readonly output: Output
  /** 0 to 3, one per `-v`. */
  readonly verbosity: number
  /** Shows what changes in files. */
  readonly diff: boolean
  /** Left out: colours on a terminal, as NO_COLOR and FORCE_COLOR say. */
  readonly color?: boolean
  readonly stdout: Stream
  /** When it leads to the same terminal, what others write to it is kept apart from the live rows. */
  readonly stderr: Stream
  readonly columns?: number
  /** Files below it are named as seen from it; left out: this process's working folder. */
  readonly folder?: string
  /** Left out: this process's. */
  readonly env?: NodeJS.ProcessEnv
}

/** The reporter for this output; only what it needs is loaded (Listr takes a while, and a log has no use for it). */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const env = options.env ?? process.env
  const kind = options.output === 'auto' ? chooseOutput(options.stdout, env) : options.output
  if (kind === 'jsonl') {
    const { createJsonlReporter } = await import('./jsonl.ts')
    return createJsonlReporter(options.stdout, { diff: options.diff })
  }
  const color = options.color ?? wantsColor(options.stdout, env)
  const theme = createTheme({ color, unicode: isUnicode(env, process.platform) })
  const look = { theme, verbosity: options.verbosity, diff: options.diff, folder: options.folder ?? process.cwd() }
  if (kind === 'pretty') {
    const { createPrettyReporter } = await import('./pretty.ts')
    const { stdout, stderr } = options
    const terminal = {
      stream: stdout,
      others: stderr.isTTY && stderr !== stdout ? [stderr] : [],
      columns: () => options.columns ?? (stdout.columns || 80),
      rows: () => stdout.rows || 24,
    }
    return createPrettyReporter(terminal, look)
  }
  const { createPlainReporter } = await import('./plain.ts')
  return createPlainReporter(options.stdout, { ...look, screen: false })
}

/** Live rows only where somebody sees them: not in a pipe, a CI job with a pseudo-terminal, or a dumb terminal. */
export function chooseOutput(stdout: Stream, env: NodeJS.ProcessEnv): Exclude<Output, 'auto'> {
  const ci = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0'
  return stdout.isTTY === true && !ci && env['TERM'] !== 'dumb' ? 'pretty' : 'plain'
}

/** NO_COLOR (no-color.org) before FORCE_COLOR before what the stream is. */
export function wantsColor(stdout: Stream, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return stdout.isTTY === true && env['TERM'] !== 'dumb'
}
