import { quote, type Script } from './script.ts'

/**
 * The text of an exchange, and how its two output streams are cut into steps again.
 *
 * After every step the shell prints `\nNONCE INDEX CODE\n` on both streams. The nonce is random per session, so no
 * output can forge the end of a step, and both streams split exactly without temporary files.
 */

export interface Step {
  readonly script: Script
  /** The step changes the host: it runs only under the run lock. */
  readonly mutates?: boolean
  /** Runs under `set -e`: the first failing command ends the step. */
  readonly strict?: boolean
  /** People's own commands see the host's locale; everything we parse is in C. */
  readonly ownLocale?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Runs in the session's own shell instead of a subshell, to leave something behind there (the lock). */
  readonly inSession?: boolean
  /** Seconds until the host ends what the step started. */
  readonly timeout?: number
  /** The place of the task it belongs to, for profiles. */
  readonly owner?: string
}

/** A step whose time limit is settled. */
export type TimedStep = Step & { readonly timeout: number }

/** The exit code of a mutating step that did not run because the lock is not held. */
export const notLocked = 126

/** How a watchdog ends that has ended others. */
export const timeIsOver = 75

/**
 * `_sp_watch` ends the processes of an exchange, or of a job, when their time is over: on the host, because a controller
 * that was killed can end nothing. It walks /proc instead of signalling a process group, which
 * would need job control (dash has none without a terminal), and stops the tree before it ends it, or a shell in it
 * could start its next command in between. Its own sleep gets SIGKILL: a TERM that meets a fork before the child has
 * reset its handlers is lost. Once it has begun to end things it heeds no TERM itself: a step's own shell may be gone at
 * the first signal, and what it started may need the second.
 */
export const watchdog = `_sp_tree() {
  _t=" $$ "; _n=1; read -r _me _r </proc/self/stat
  while [ $_n = 1 ]; do _n=0
    for _f in /proc/[0-9]*/stat; do
      read -r _l 2>/dev/null <"$_f" || continue
      _p=\${_l%% *}; _l=\${_l##*) }; _l=\${_l#* }; _pp=\${_l%% *}
      case $_t in *" $_p "*) continue;; esac
      [ "$_p" = "$_me" ] && continue
      case $_t in *" $_pp "*) _t="$_t$_p "; _n=1;; esac
    done
  done
  _t=\${_t#" $$ "}
}
_sp_watch() {
  _b=$!; trap '[ "$!" = "$_b" ] || kill -KILL $!; exit 0' TERM
  sleep "$1" &
  wait $!; trap '' TERM
  [ -e "/proc/$$" ] || exit 0
  _sp_tree; kill -STOP $_t; _sp_tree; kill -TERM $_t; kill -CONT $_t; sleep 2; kill -KILL $_t
  exit ${timeIsOver}
}
`

/**
 * What a session's shell learns first. SIGPIPE is caught (children do not inherit that): when the controller is gone, the
 * shell still gets to end its watchdog.
 */
export function prelude(nonce: string): string {
  return `unset ENV CDPATH; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; umask 022; _sp_locked=; _w=; trap : PIPE; trap '[ -z "$_w" ] || kill $_w 2>/dev/null' EXIT
_sp() { printf '\\n%s %s %d\\n' ${nonce} "$1" "$2"; printf '\\n%s %s %d\\n' ${nonce} "$1" "$2" >&2; }
${watchdog}_sp start 0
`
}

/**
 * The exchange's text: each step one compound command, so that a step which arrives cut does not run at all.
 * Neighbours with the same time limit share one watchdog: most exchanges need only one.
 */
export function renderExchange(steps: readonly TimedStep[], firstIndex: number): string {
  return steps
    .map((step, offset) => {
      const opens = steps[offset - 1]?.timeout !== step.timeout
      const closes = steps[offset + 1]?.timeout !== step.timeout
      const watch = `{ _sp_watch ${Math.ceil(step.timeout)} </dev/null >/dev/null 2>&1 9>&- & _w=$!; }\n`
      const release = '{ kill $_w; wait $_w; _w=; } 2>/dev/null\n'
      return `${opens ? watch : ''}${renderStep(step, firstIndex + offset)}${closes ? release : ''}`
    })
    .join('')
}

function renderStep(step: Step, index: number): string {
  if (step.inSession) return `{ ${step.script.text}\n_sp ${index} $?; } </dev/null\n`
  const head: string[] = []
  if (step.mutates) head.push(`[ "$_sp_locked" ] || exit ${notLocked}`)
  if (!step.ownLocale) head.push('LC_ALL=C; export LC_ALL')
  for (const [name, value] of Object.entries(step.environment ?? {}))
    head.push(`${name}=${quote(value)}; export ${name}`)
  if (step.strict) head.push('set -e')
  return `{ (\n${head.map((line) => line + '\n').join('')}${step.script.text}\n) </dev/null 9>&-; _sp ${index} $?; }\n`
}

/** Bytes of a marker behind its nonce: a label, a code and the line's end. */
const longestMarkerEnd = 40

/** Cuts one output stream at its markers. Works on bytes: output may be in any encoding and arrive cut anywhere. */
export class Splitter {
  readonly #marker: Buffer
  readonly #onMarker: (label: string, code: number, output: Buffer) => void
  #chunks: Buffer[] = []
  #seam: Buffer = Buffer.alloc(0)
  #size = 0

  constructor(nonce: string, onMarker: (label: string, code: number, output: Buffer) => void) {
    this.#marker = Buffer.from(`\n${nonce} `)
    this.#onMarker = onMarker
  }

  /** Bytes received since the last marker. */
  get size(): number {
    return this.#size
  }

  /** What came since the last marker: the last words of a shell that died. */
  rest(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  push(chunk: Buffer): void {
    // Only the last bytes held can belong to a marker that this chunk completes: long outputs stay linear.
    const seam = Buffer.concat([this.#seam, chunk])
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (seam.indexOf(this.#marker) >= 0) this.#cut()
    else this.#seam = Buffer.from(seam.subarray(-(this.#marker.length + longestMarkerEnd)))
  }

  #cut(): void {
    let data = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    for (;;) {
      const start = data.indexOf(this.#marker)
      const end = start < 0 ? -1 : data.indexOf(10, start + this.#marker.length)
      if (end < 0) break
      const [label = '', code = ''] = data.toString('latin1', start + this.#marker.length, end).split(' ')
      const output = Buffer.from(data.subarray(0, start))
      data = data.subarray(end + 1)
      this.#onMarker(label, Number(code), output)
    }
    this.#chunks = data.length > 0 ? [data] : []
    this.#seam = data
    this.#size = data.length
  }
}
