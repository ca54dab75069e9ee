import { timeIsOver, watchdog } from '../../shell/protocol.ts'
import { Script, sh } from '../../shell/script.ts'
import { isMapping, type Value } from '../../source/value.ts'
import type { StepResult } from '../define.ts'

/**
 * A job runs on in the background of a host (`async`): in a session of its own, so that no end of a connection reaches
 * it, under a watchdog of its own. All of it is in one folder, `~/.sallyport_async/ID`, of the user who runs it:
 *
 *     about          what its report will need, as JSON
 *     pid            its shell, and when that was started (process ids are given away again)
 *     stdout stderr  what it has printed
 *     end            its exit code and its watchdog's; there when it is over, and whole
 */

/** What a job is told to remember until somebody asks for it. */
export interface About {
  /** The registry's name of the module that reports it. */
  readonly module: string
  readonly wish: Value
  /** Why nothing had to be run. */
  readonly satisfied?: string
}

export type JobState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'running' }
  /** It ended without a word: somebody killed it, or the host was started anew. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'over'; readonly step: StepResult; readonly about: About }

const codes = { missing: 3, running: 4, gone: 5 } as const

/** What a job is called: a name that `ansible_job_id` may have. */
export const jobId = /^j\d+\.\d+$/

const folder = (id: string): Script => sh`"$HOME"/.sallyport_async/${id}`

/** Starts a script that may take so many seconds, and prints the path of its folder. */
export function startJob(id: string, { script, limit }: { script: Script; limit: number }, about: About): Script {
  const own = new Script(`${watchdog}_j=$1
read -r _l </proc/$$/stat; _l=\${_l##*) }
set -- $_l; printf '%s %s\\n' $$ "\${20}" >"$_j/pid"
exec >/dev/null 2>&1
(
umask 022
${script.text}
) >"$_j/stdout" 2>"$_j/stderr" &
_c=$!
_sp_watch ${limit} & _w=$!
wait $_c; _rc=$?
kill $_w; wait $_w; printf '%s %s\\n' $_rc $? >"$_j/end.new"; mv "$_j/end.new" "$_j/end"
`)
  return sh`umask 077
_j=${folder(id)}
# Whoever cleans up takes an empty folder away: between the two halves of mkdir, once in a blue moon.
mkdir -p "$_j" 2>/dev/null || mkdir -p "$_j" || exit 1
printf '%s\\n' ${JSON.stringify(about)} >"$_j/about" || exit 1
command -v setsid >/dev/null 2>&1 || setsid() { "$@"; }
# It ends when the job has let go of the pipe: then it stands on its own feet.
_said=$(printf '%s' ${own.text} | setsid sh -c '_s=$(cat); exec </dev/null; eval "$_s"' job "$_j" 2>&1 &)
[ -e "$_j/pid" ] || { printf 'the job could not be started: %s\\n' "$_said" >&2; exit 1; }
printf '%s\\n' "$_j"`
}

/** Says how a job is doing, in its exit code and, when it is over, with all that it printed. Read-only. */
export function lookAtJob(id: string): Script {
  return sh`_j=${folder(id)}
[ -d "$_j" ] || exit ${codes.missing}
printf '%s\\n' "$_j"
_alive=no
# shellcheck disable=SC2086 # the fields behind the name in brackets
if read -r _p _start 2>/dev/null <"$_j/pid" && read -r _l 2>/dev/null <"/proc/$_p/stat"; then
  _l=\${_l##*) }; set -- $_l; [ "\${20}" != "$_start" ] || _alive=yes
fi
if [ -e "$_j/end" ]; then cat "$_j/end" "$_j/about" "$_j/stdout"; cat "$_j/stderr" >&2; exit 0; fi
[ $_alive = no ] || exit ${codes.running}
exit ${codes.gone}`
}

/** Takes away what a job left; the last one takes the folder of all along. */
export function forgetJob(id: string): Script {
  return sh`_j=${folder(id)}
[ -d "$_j" ] || exit ${codes.missing}
printf '%s\\n' "$_j"
rm -rf "$_j" && { rmdir "\${_j%/*}" 2>/dev/null || :; }`
}

/** The folder that `forgetJob` took away; undefined when there was none. Pure. */
export function forgotten({ code, stdout, stderr }: StepResult): string | undefined {
  if (code === codes.missing) return undefined
  if (code !== 0) throw new Error(`the traces of a job could not be taken away: ${stderr.toString().trim()}`)
  return firstLine(stdout)[0]
}

/** What `lookAtJob` said, and where the job's folder is. Pure. */
export function jobState(said: StepResult): { readonly folder: string; readonly state: JobState } {
  const [folder, behind] = firstLine(said.stdout)
  if (said.code !== 0) {
    const kind = Object.entries(codes).find(([, code]) => code === said.code)?.[0] as keyof typeof codes | undefined
    if (!kind) throw new Error(`the state of a job could not be seen: ${said.stderr.toString().trim()}`)
    return { folder, state: { kind } }
  }
  const [end, afterEnd] = firstLine(behind)
  const [about, stdout] = firstLine(afterEnd)
  const [code, watch] = end.split(' ').map(Number)
  const step = { ...said, stdout, code: code ?? 1, timedOut: watch === timeIsOver }
  return { folder, state: { kind: 'over', step, about: aboutIn(about) } }
}

function aboutIn(text: string): About {
  const value = JSON.parse(text) as Value
  if (!isMapping(value)) throw new Error('the record of a job is damaged')
  const { module, wish, satisfied } = value
  if (typeof module !== 'string' || wish === undefined) throw new Error('the record of a job is damaged')
  return { module, wish, ...(typeof satisfied === 'string' && { satisfied }) }
}

function firstLine(bytes: Buffer): [string, Buffer] {
  const end = bytes.indexOf(10)
  return end < 0 ? [bytes.toString(), Buffer.alloc(0)] : [bytes.toString('utf8', 0, end), bytes.subarray(end + 1)]
}
