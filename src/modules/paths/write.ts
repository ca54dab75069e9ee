import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path/posix'
import { lines, Script, sh } from '../../shell/script.ts'
import type { Apply, Upload } from '../define.ts'
import type { Checksum } from './checksum.ts'
import { type Content, digestFunction, printScript } from './content.ts'
import { chmodWord } from './mode.ts'
import { validateScript } from './validate.ts'

/**
 * The one way a file gets its content: a dotfile beside it (no `*.conf` include reads that), which has its final owner
 * and mode before its first byte, then the content, a check of what arrived, the validator, a flush, a rename.
 *
 * `begin TEMP OWNER MODE` opens it as descriptor 3 and `finish TEMP TARGET` puts it into place. The file is created
 * exclusively and from then on reached through the descriptor: in a directory that others may write to, a link or
 * pipe put in its place gets neither our content nor our chown. A temporary file that a killed run left is
 * removed by the next.
 */
export const writeFunctions = new Script(
  `begin() {
  tmp=$1
  rm -f "$tmp"
  umask 077
  set -C
  exec 3>"$tmp"
  set +C
  umask 022
  fd=/proc/self/fd/3
  [ -e "$fd" ] || fd=$tmp
  [ -f "$fd" ] || { printf '%s is in the way\\n' "$tmp" >&2; exit 1; }
  [ -z "$2" ] || chown "$2" "$fd"
  chmod "$3" "$fd"
}
unwritten() {
  free=$(df -P "$tmp" 2>/dev/null | while read -r _ _ _ free _; do printf '%s\\n' "$free"; done | tail -n 1)
  why=''
  case $free in ?) why=': no space left on device' ;; esac
  printf 'cannot write %s%s\\n' "$1" "$why" >&2
  exit 1
}
finish() {
  sync "$tmp" 2>/dev/null || sync
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    printf '%s is a directory\\n' "$1" >&2
    exit 1
  fi
  mv -fT "$tmp" "$1" 2>/dev/null || mv -f "$tmp" "$1"
  tmp=''
  ! command -v restorecon >/dev/null || restorecon "$1" || :
}`,
)

/** Before any write: however the script ends, it leaves no temporary file and no uploaded one. */
export function writePrelude(uploads: readonly Upload[]): Script {
  const sent = uploads.map((upload) => upload.path)
  return lines(
    digestFunction,
    writeFunctions,
    sh`tmp=''`,
    sh`discard() {
  [ -z "$tmp" ] || rm -f "$tmp"`,
    ...(sent.length > 0 ? [sh`  rm -f ${sent}`] : []),
    sh`}`,
    sh`trap discard EXIT`,
    sh`trap 'exit 1' HUP INT TERM`,
  )
}

export interface Write {
  readonly path: string
  /** For chown; empty: the session's. */
  readonly account: string
  readonly bits: number
  readonly validate?: readonly string[] | undefined
}

/** Writes a content. `stagingIn` is a directory that exists before the script runs, for what must be uploaded. */
export function writeContent(write: Write, content: Content, stagingIn: string): Apply {
  const { from } = content
  if (from instanceof Script) return { script: writeOutput(write, from, content) }
  const print = printScript(from)
  // A builtin printf says no more than "I/O error": `unwritten` finds out why.
  if (print) return { script: writeOutput(write, sh`${print} 2>/dev/null`, content, sh` || unwritten ${write.path}`) }
  const upload: Upload = { path: stagingPath(write.path, stagingIn), content: from }
  return { script: writeOutput(write, sh`cat ${upload.path}`, content), uploads: [upload] }
}

function writeOutput(write: Write, command: Script, { sha256, sum }: Content, otherwise = new Script('')): Script {
  const { path, account, bits, validate } = write
  const temporary = temporaryPath(path)
  return lines(
    sh`begin ${temporary} ${account} ${chmodWord(bits)}`,
    sh`{ ${command}; } >&3${otherwise}`,
    // A write by anyone but root clears set-id bits.
    ...(bits & 0o6000 ? [sh`chmod ${chmodWord(bits)} "$fd"`] : []),
    sh`exec 3>&-`,
    ...(sha256 === undefined ? [] : [arrived(temporary, sha256)]),
    ...(sum ? [promised(temporary, sum)] : []),
    ...(validate ? [validateScript(validate, temporary)] : []),
    sh`finish ${path}`,
  )
}

/** A full disk or a broken transfer ends here, with the old file untouched. */
function arrived(temporary: string, sha256: string): Script {
  return sh`h=$(sha256 ${temporary})
[ "\${h%% *}" = ${sha256} ] || { echo 'what was written is not what was sent: is the disk full?' >&2; exit 1; }`
}

function promised(temporary: string, { algorithm, hex }: Checksum): Script {
  return sh`h=$(${`${algorithm}sum`} <${temporary})
[ "\${h%% *}" = ${hex} ] || { printf 'the download has the %s %s, not the %s in checksum\\n' ${algorithm} "\${h%% *}" ${hex} >&2; exit 1; }`
}

/** The dotfile beside a path; a name so long that the dotfile's would not fit is shortened to a digest. */
export function temporaryPath(path: string): string {
  const name = basename(path)
  const short = Buffer.byteLength(name) > 240 ? hash(name) : name
  return `${dirname(path).replace(/\/$/, '')}/.${short}.sallyport`
}

function stagingPath(path: string, directory: string): string {
  return `${directory.replace(/\/$/, '')}/.${hash(path)}.sallyport-sent`
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
