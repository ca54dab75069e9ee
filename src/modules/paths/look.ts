import { quote, Script, sh } from '../../shell/script.ts'
import { diffLimit, digestFunction } from './content.ts'
import { type Fields, sayFunctions } from './record.ts'

/** What is at a path. */
export interface Look {
  /** Absolute, with `~`, a directory as destination and (where asked for) links resolved. */
  readonly path: string
  readonly type: 'absent' | 'file' | 'directory' | 'link' | 'other'
  /** Permissions with the set-id and sticky bits. */
  readonly bits: number
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
  readonly size: number
  readonly links: number
  readonly inode: string
  readonly device: string
  /** Seconds since 1970. */
  readonly atime: number
  readonly mtime: number
  readonly ctime: number
  /** Where a link points, as written in it. */
  readonly target: string | undefined
  readonly sha256: string | undefined
  /** The content, where it differs from the wished one and is short. */
  readonly text: string | undefined
  /** What was found is a directory in which the file of the wished name was looked up. */
  readonly inside: boolean
  /** Why nobody could look there. */
  readonly fault: string | undefined
  /** How many of its parent directories are missing, and what the nearest one that exists is like. */
  readonly missing: number
  readonly parent: { readonly directory: boolean; readonly bits: number; readonly group: string }
  /** Check runs: packages that may bring the path, or its directory, are still to be installed. */
  readonly pending: boolean
  /** Check runs: an earlier task changes the content in a way that is not known yet. */
  readonly hidden: boolean
}

/** A path as one shell word, with `~` and `~user` left for the host to expand. */
export function pathWord(path: string): Script {
  const home = /^~[a-z_][a-z0-9_-]*(?=\/|$)|^~(?=\/|$)/i.exec(path)?.[0]
  if (home === undefined) return new Script(quote(path))
  const rest = path.slice(home.length)
  return new Script(rest === '' ? home : `${home}/${rest === '/' ? '' : quote(rest.slice(1))}`)
}

/** The fields of one `stat` call, the same words in GNU's and busybox'. Names last: they alone may hold a space. */
const format = '%f:%u:%g:%s:%h:%i:%d:%X:%Y:%Z:%U:%G'

/**
 * `look NAME PATH IN FOLLOW SHA HOME` prints a record: of PATH, or of IN inside it when PATH is a directory; of what a
 * link leads to when FOLLOW is set; with its content's digest when SHA is set, and with its text when SHA is
 * a digest and another one; HOME says that PATH began with `~`. Only reads; what is not there has no `is` line.
 */
export const lookFunctions = new Script(
  `${sayFunctions.text}
${digestFunction.text}
look() {
  echo "record $1"
  h=''
  p=$2
  if [ -n "$3" ] && [ -d "$p" ]; then
    p=\${p%/}/$3
    echo inside
  fi
  if [ -n "$4" ] && [ -L "$p" ] && [ -e "$p" ]; then
    p=$(readlink -f "$p"; echo .)
    p=\${p%??}
  fi
  if [ "$p" != "$2" ] || [ -n "$6" ]; then say path "$p"; fi
  u='' g=''
  case $p in [!/]*) echo homeless; return ;; esac
  if s=$(stat -c ${format} "$p" 2>&1); then
    printf 'is %s\\n' "$s"
    g=\${s##*:}
    u=\${s%:*}
    u=\${u##*:}
    if [ -L "$p" ]; then
      t=$(readlink "$p"; echo .)
      say target "\${t%??}"
    elif [ -f "$p" ] && [ -n "$5" ]; then
      h=$(sha256 "$p")
      h=\${h%% *}
      printf 'sha256 %s\\n' "$h"
      s=\${s#*:*:*:}
      if [ "$h" != "$5" ] && [ "$5" != - ] && [ "\${s%%:*}" -le ${diffLimit} ] && [ -r "$p" ]; then say_file text "$p"; fi
    fi
  else
    command -v stat >/dev/null || { echo 'this host has no stat command' >&2; exit 1; }
    case $s in *': Permission denied') echo denied ;; esac
    d=\${p%/*} n=0
    while [ -n "$d" ] && [ ! -e "$d" ] && [ ! -L "$d" ]; do d=\${d%/*} n=$((n + 1)); done
    printf 'parent %s:%s\\n' "$n" "$(stat -L -c %f:%G "\${d:-/}" 2>/dev/null)"
  fi
}`,
)

export interface LookWish {
  /** The record's name. */
  readonly record: string
  readonly path: string
  /** The name to look up when the path is a directory. */
  readonly inside?: string | undefined
  readonly follow?: boolean | undefined
  /** The wished content's SHA-256 (or a word that expands to it), or `-` to fetch the digest alone. */
  readonly sha256?: string | Script | undefined
}

export function lookScript({ record, path, inside = '', follow = false, sha256 = '' }: LookWish): Script {
  return sh`look ${record} ${pathWord(path)} ${inside} ${follow ? 'f' : ''} ${sha256} ${path.startsWith('~') ? 'h' : ''}`
}

const types: Readonly<Record<number, Look['type']>> = { 0o10: 'file', 0o4: 'directory', 0o12: 'link' }

export function parseLook(fields: Fields | undefined, path: string): Look {
  if (!fields) throw new Error(`the probe of ${path} ended early`)
  const [raw = '', uid, gid, size, links, inode = '', device = '', atime, mtime, ctime, user = '', group = ''] = (
    fields.get('is') ?? ''
  ).split(':')
  const parent = (fields.get('parent') ?? '').split(':')
  // Of what exists the parent is not asked: it is a directory.
  const parentBits = raw === '' ? parseInt(parent[1] ?? '', 16) : 0x4000
  const bits = parseInt(raw, 16)
  return {
    path: fields.get('path') ?? path,
    type: raw === '' ? 'absent' : (types[bits >> 12] ?? 'other'),
    bits: raw === '' ? 0 : bits & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    user: user === 'UNKNOWN' ? (uid ?? '') : user,
    group: group === 'UNKNOWN' ? (gid ?? '') : group,
    size: Number(size ?? 0),
    links: Number(links ?? 0),
    inode,
    device,
    atime: Number(atime ?? 0),
    mtime: Number(mtime ?? 0),
    ctime: Number(ctime ?? 0),
    target: fields.get('target'),
    sha256: fields.get('sha256') || undefined,
    text: fields.get('text'),
    inside: fields.has('inside'),
    fault: faultOf(fields, path),
    missing: Number(parent[0] ?? 0),
    parent: { directory: parentBits >> 12 === 4, bits: parentBits & 0o7777, group: parent[2] ?? '' },
    pending: false,
    hidden: false,
  }
}

function faultOf(fields: Fields, path: string): string | undefined {
  if (fields.has('denied')) return `no permission to look at ${path}`
  return fields.has('homeless') ? `the host knows no home directory for ${path}` : undefined
}

/** The directories that must be made before the path can be, outermost first. */
export function missingParents(look: Look): readonly string[] {
  const parts = look.path.split('/').slice(0, -1)
  return Array.from({ length: look.missing }, (_, index) =>
    parts.slice(0, parts.length - look.missing + 1 + index).join('/'),
  )
}

/** The nearest directory above the path that exists. */
export function existingParent(look: Look): string {
  const parts = look.path.split('/').slice(0, -1)
  return parts.slice(0, parts.length - look.missing).join('/') || '/'
}
