import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import { shortName } from './unit-name.ts'

/**
 * `restart_on`: which contents a service was started with. Every (re)start of ours leaves a stamp under /run: the
 * files' hashes, taken before the restart, and systemd's id of the run they belong to. A restart that a killed run
 * owed is seen by the next one; a reboot clears the stamps, and times decide as long as there is none.
 */
export interface WatchedFile {
  readonly kind: 'present' | 'missing' | 'directory'
  readonly sha256: string
  /** Seconds since 1970. */
  readonly modified: number
}

export interface Stamp {
  /** systemd's InvocationID; empty where there is none. */
  readonly run: string
  /** Path → sha256 or `missing`. */
  readonly files: Readonly<Record<string, string>>
}

export interface StartTimes {
  /** Seconds since 1970, by today's clock; undefined where nobody knows. */
  readonly started?: number
  readonly booted: number
}

const folder = '/run/sallyport/restart'

/** Sets `_h`. */
const hashFunction = sh`_hash() {
  if [ -d "$1" ]; then _h=directory
  elif [ -e "$1" ]; then _h=$(sha256sum <"$1" 2>/dev/null) || _h=$(cksum <"$1" 2>/dev/null) || _h=unreadable; _h=\${_h%% *}
  else _h=missing
  fi
}`

/**
 * Lines `file HASH MTIME PATH` and `stamp …`. Sets `_stamped` where the stamp is of the run that is on (by `_show`) and
 * knows every file: then it alone decides, and nobody asks for times.
 */
export function probeStamp(unit: string, paths: readonly string[]): Script {
  return lines(
    hashFunction,
    sh`_paths=
if [ -r ${stampPath(unit)} ]; then
  while IFS= read -r _l; do
    printf 'stamp\\t%s\\n' "$_l"
    case $_l in
    run*) case "$_show
" in *"InvocationID=\${_l#*\t}
"*) _stamped=yes ;; esac ;;
    *) _paths="$_paths
\${_l#*\t}
" ;;
    esac
  done <${stampPath(unit)}
fi
for _f in ${[...paths]}; do
  case $_paths in *"
$_f
"*) ;; *) _stamped= ;; esac
done
_times=
if [ -z "$_stamped" ]; then
  _times="
$(stat -L -c '%Y\t%n' ${[...paths]} 2>/dev/null)
"
fi
for _f in ${[...paths]}; do
  _hash "$_f"
  _m=\${_times%%"\t$_f
"*}
  if [ "$_m" = "$_times" ]; then _m=; fi
  printf 'file\\t%s\\t%s\\t%s\\n' "$_h" "\${_m##*
}" "$_f"
done`,
  )
}

function stampPath(unit: string): string {
  return `${folder}/${shortName(unit)}`
}

/** Remembers the hashes in `_hashes`: to run before the (re)start, so that a file changed meanwhile is seen later. */
export function takeHashes(paths: readonly string[]): Script {
  if (paths.length === 0) return nothing
  return lines(
    hashFunction,
    sh`_hashes=$(for _f in ${[...paths]}; do _hash "$_f"; printf '%s\\t%s\\n' "$_h" "$_f"; done)`,
  )
}

/** Leaves the stamp, after the (re)start succeeded; `_run` holds the service's run. */
export function writeStamp(unit: string, paths: readonly string[]): Script {
  if (paths.length === 0) return nothing
  const next = `${folder}/.${shortName(unit)}.new`
  return sh`umask 077
mkdir -p ${folder}
chmod 700 /run/sallyport ${folder}
printf '%s\\n' "run\t$_run" "$_hashes" >${next}
mv -f ${next} ${stampPath(unit)}`
}

export function parseFile(fields: readonly string[]): readonly [string, WatchedFile] {
  const [hash = '', modified = '', ...path] = fields
  const kind = hash === 'missing' || hash === 'directory' ? hash : 'present'
  return [path.join('\t'), { kind, sha256: kind === 'present' ? hash : kind, modified: Number(modified) }]
}

export function parseStamp(stampLines: readonly (readonly string[])[]): Stamp | undefined {
  if (stampLines.length === 0) return undefined
  const files: Record<string, string> = {}
  let run = ''
  for (const [first = '', ...rest] of stampLines) {
    if (first === 'run') run = rest.join('')
    else files[rest.join('\t')] = first
  }
  return { run, files }
}

/**
 * Whether a file's content may not be what the service was started with. The stamp decides while it speaks of the
 * run that is on now; when somebody else restarted the service since, or nobody stamped it, the times do. A file
 * as old as the start, to the second, counts as newer.
 */
export function differs(
  path: string,
  file: WatchedFile,
  stamp: Stamp | undefined,
  run: string,
  times: StartTimes,
): boolean {
  const stamped = stamp !== undefined && stamp.run === run ? stamp.files[path] : undefined
  if (stamped !== undefined) return stamped !== file.sha256
  return file.kind === 'present' && file.modified >= Math.floor(times.started ?? times.booted)
}
