import { z } from 'zod'
import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import { bool, text } from '../args.ts'
import { expandedWord, globWord } from './line.ts'
import type { Report, StepResult } from '../define.ts'

/** What `command` and `shell` have in common: the guards, the frame around the command, Ansible's result. */
export const commonArgs = {
  chdir: text().optional().describe('The directory to run in; it must exist'),
  creates: text().optional().describe('A path or pattern: nothing is run when it exists'),
  removes: text().optional().describe('A path or pattern: nothing is run when it does not exist'),
  stdin: text().optional().describe('What the command reads'),
  stdin_add_newline: bool().default(true).describe('End stdin with a line break'),
  strip_empty_ends: bool().default(true).describe('Cut empty lines from the end of what it printed'),
  warn: z
    .never({ error: "'warn' was removed from Ansible in 2.14: leave it out" })
    .optional()
    .describe('Refused: removed from Ansible in 2.14'),
}

export interface CommonWish {
  readonly chdir?: string | undefined
  readonly creates?: string | undefined
  readonly removes?: string | undefined
  readonly stdin?: string | undefined
  readonly stdin_add_newline: boolean
  readonly strip_empty_ends: boolean
}

/** Prints `creates` or `removes` with `yes` or `no`; relative paths are seen from `chdir`. */
export function guardScript({
  chdir,
  creates,
  removes,
}: Pick<CommonWish, 'chdir' | 'creates' | 'removes'>): Script | undefined {
  if (creates === undefined && removes === undefined) return undefined
  const look = (name: string, pattern: string | undefined) =>
    pattern === undefined
      ? nothing
      : sh`_found=no
# shellcheck disable=SC2043 # a pattern may stand for one path
for _f in ${globWord(pattern)}; do if [ -e "$_f" ] || [ -L "$_f" ]; then _found=yes; break; fi; done
printf '%s %s\\n' ${name} "$_found"`
  const asked = lines(look('creates', creates), look('removes', removes))
  // Where the directory is missing the run itself fails and says so.
  return chdir === undefined ? asked : sh`if cd ${cdPath(chdir)} 2>/dev/null; then\n${asked}\nfi`
}

export function guarded(
  { creates, removes }: Pick<CommonWish, 'creates' | 'removes'>,
  output: string,
): string | undefined {
  if (output.includes('creates yes')) return `Did not run command since '${creates ?? ''}' exists`
  if (output.includes('removes no')) return `Did not run command since '${removes ?? ''}' does not exist`
  return undefined
}

/** Ansible's result of a command that was not needed. Pure. */
export function sparedResult(cmd: string | readonly string[], reason: string): Mapping {
  const stdout = reason.replace(/^Did not run command since '([\s\S]*)'/, 'skipped, since $1')
  const ran = { start: null, end: null, delta: null }
  return { cmd, rc: 0, stdout, stdout_lines: splitLines(stdout), stderr: '', stderr_lines: [], ...ran }
}

/** A name such as `-` or `-P` would be an option of cd. */
function cdPath(path: string): Script {
  return expandedWord(path.startsWith('-') ? `./${path}` : path)
}

/**
 * The command between two lines with the host's clock. They also tell a command that ran from one that could not
 * be started: without the first line the message on stderr is ours.
 */
export function frame(wish: CommonWish, command: Script, ready: Script = nothing): Script {
  const { chdir, stdin, stdin_add_newline: newline } = wish
  return lines(
    chdir === undefined ? nothing : changeDirectory(chdir),
    ready,
    sh`_now() { date '+%Y-%m-%d %H:%M:%S.%N'; }
_now
${stdin === undefined ? new Script('') : sh`printf '%s' ${newline ? `${stdin}\n` : stdin} | `}(
${command}
)
_rc=$?
printf '\\n'
_now
exit "$_rc"`,
  )
}

export function changeDirectory(path: string): Script {
  return sh`_dir=${cdPath(path)}
if ! cd "$_dir" 2>/dev/null; then
  if [ ! -e "$_dir" ]; then _why='[Errno 2] No such file or directory'
  elif [ ! -d "$_dir" ]; then _why='[Errno 20] Not a directory'
  else _why='[Errno 13] Permission denied'
  fi
  printf 'Unable to change directory before execution: %s: %s\\n' "$_why" "$_dir" >&2
  exit 1
fi`
}

/** Ansible's result of a command that was run. Pure. */
export function commandReport(cmd: string | readonly string[], wish: CommonWish, step: StepResult): Report {
  const { body, start, end } = unframed(step.stdout)
  const said = step.stderr.toString('utf8')
  if (start === undefined)
    return {
      changed: false,
      failed: said.trim() || 'the command was not started',
      result: { cmd, rc: step.code, msg: said.trim() },
    }
  const strip = (text: string) => (wish.strip_empty_ends ? text.replace(/[\r\n]+$/, '') : text)
  const stdout = strip(body)
  const stderr = strip(said)
  const result: Mapping = {
    cmd,
    rc: step.code,
    stdout,
    stderr,
    stdout_lines: splitLines(stdout),
    stderr_lines: splitLines(stderr),
    start: start.text,
    end: end?.text ?? null,
    delta: end ? duration(end.ms - start.ms) : null,
    msg: step.code === 0 ? '' : 'non-zero return code',
  }
  if (step.timedOut) return { changed: true, failed: 'the command was ended: its time was over', result }
  return { changed: true, result, ...(step.code !== 0 && { failed: 'non-zero return code' }) }
}

/** As Python's str.splitlines, which also splits at form feeds and the like. */
export function splitLines(text: string): string[] {
  const split = text.split(/\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/)
  if (split.at(-1) === '') split.pop()
  return split
}

interface Moment {
  readonly text: string
  readonly ms: number
}

function unframed(stdout: Buffer): { body: string; start?: Moment; end?: Moment } {
  const first = stdout.indexOf(10)
  const start = first < 0 ? undefined : moment(stdout.toString('latin1', 0, first))
  if (!start) return { body: stdout.toString('utf8') }
  const tail = stdout.lastIndexOf(10, stdout.length - 2)
  const end = tail > first ? moment(stdout.toString('latin1', tail + 1).trimEnd()) : undefined
  // A command that a signal ended together with its frame has no last line.
  const body = end ? stdout.subarray(first + 1, tail) : stdout.subarray(first + 1)
  return { body: body.toString('utf8'), start, ...(end && { end }) }
}

/** `2026-11-22 14:53:14.123456789`; busybox knows no fractions of a second. */
function moment(line: string): Moment | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.?(\d{0,6})/.exec(line)
  if (!match) return undefined
  const micros = (match[3] ?? '').padEnd(6, '0')
  return {
    text: `${match[1] ?? ''} ${match[2] ?? ''}.${micros}`,
    ms: Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}Z`) + Number(micros) / 1000,
  }
}

/** As Python prints a timedelta: `0:00:01.002345`. */
function duration(ms: number): string {
  const micros = Math.max(0, Math.round(ms * 1000))
  const seconds = Math.floor(micros / 1e6)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${clock}.${String(micros % 1e6).padStart(6, '0')}`
}
