import { accessSync, constants } from 'node:fs'
import type { Command } from 'commander'
import { UserError } from '../errors.ts'
import { chooseOutput, type Output, wantsColor } from '../report/create.ts'
import { recapRecord } from '../report/jsonl.ts'
import { mergeRuns } from '../report/merge.ts'
import { readRun } from '../report/read-run.ts'
import { recapLines } from '../report/recap.ts'
import { createTheme, isUnicode } from '../report/theme.ts'
import { unreadable } from '../variables/load.ts'
import { command, outputKind, parse } from './options.ts'

interface MergeOptions {
  readonly output: Output
  readonly verbose: number
}

/** What became of runs that are over. */
export async function run(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args
  if (action === 'merge') {
    const parsed = parse<MergeOptions>(mergeCommand(), rest)
    return typeof parsed === 'number' ? parsed : merge(parsed.operands, parsed.options)
  }
  const spec = command('report', 'Reports about runs that are over.').addCommand(mergeCommand().name('merge'))
  const parsed = parse(spec, args.length === 0 ? ['--help'] : args)
  return typeof parsed === 'number' ? parsed : 1
}

function mergeCommand(): Command {
  return command('report merge', 'Joins the JSON lines of several runs (`--shard`) into one recap and one exit code.')
    .argument('<files...>')
    .option('--output <kind>', 'auto, plain or jsonl', outputKind, 'auto')
    .option('-v, --verbose', 'list every host of a large fleet', (_value: string, before: number) => before + 1, 0)
}

async function merge(files: readonly string[], { output, verbose }: MergeOptions): Promise<number> {
  // All of them can be read, or nothing is told.
  for (const file of files) readable(file)
  const runs = []
  for (const file of files) {
    const { record, complete } = await readRun(file)
    runs.push(record)
    if (!complete) process.stderr.write(`${file}: the run was cut off, there is no recap\n`)
  }
  const merged = mergeRuns(runs)
  const { stdout, env } = process
  if ((output === 'auto' ? chooseOutput(stdout, env) : output) === 'jsonl') {
    stdout.write(`${JSON.stringify(recapRecord({ event: 'recap', ...merged }))}\n`)
    return merged.exitCode
  }
  const theme = createTheme({ color: wantsColor(stdout, env), unicode: isUnicode(env, process.platform) })
  const view = { theme, verbosity: verbose, ...(stdout.isTTY && { columns: stdout.columns }) }
  const lines = recapLines({ ...merged, check: merged.mode !== 'apply' }, view)
  stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(''))
  return merged.exitCode
}

function readable(file: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    const known = unreadable(file, error)
    throw known instanceof UserError ? known : new UserError(`cannot read ${file}`)
  }
}
