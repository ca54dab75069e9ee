import { lines, type Script, sh } from '../../shell/script.ts'
import type { Effects } from '../effects.ts'
import { pathWord } from '../paths/look.ts'
import { type Fields, parseRecords, sayFunctions } from '../paths/record.ts'
import { entryFunctions, type GroupEntry, parseGroup, type Tools, toolsOf } from './probe.ts'
import type { UserWish } from './user-arguments.ts'

export interface UserEntry {
  readonly uid: number
  readonly gid: number
  readonly comment: string
  readonly home: string
  readonly shell: string
}

export interface UserState {
  readonly tools: Tools
  readonly entry: UserEntry | undefined
  readonly locked: boolean
  /** It is locked, and there is nothing behind the lock. */
  readonly bare: boolean
  /** The stored hash is the wished one. */
  readonly samePassword: boolean
  /** Days since 1970; undefined: never. */
  readonly expires: number | undefined
  /** Days. */
  readonly min: number
  readonly max: number
  /** The wished groups that exist, and all that list the user. */
  readonly groups: readonly GroupEntry[]
  readonly memberOf: readonly string[]
  readonly homeExists: boolean
  /** Check runs: an earlier task makes or changes the account. */
  readonly announced: boolean
  readonly key: { readonly path: string; readonly public: string; readonly fingerprint: string } | undefined
}

/** The path of the private key as a word; `$d` is the home directory. */
export function keyPath({ ssh_key_file: file, ssh_key_type: type }: UserWish): Script {
  if (file === undefined) return sh`"$d"/.ssh/${`id_${type}`}`
  return /^[/~]/.test(file) ? pathWord(file) : sh`"$d"/${file}`
}

export function probeUser(wish: UserWish): Script {
  const { name, group, groups = [], home, password } = wish
  const wanted = [...new Set([name, ...(group === undefined ? [] : [group]), ...groups])]
  return lines(
    sayFunctions,
    entryFunctions,
    sh`echo 'record user'
tools
u=$(entry passwd ${name})
d=${home ?? ''}
if [ -n "$u" ]; then
  say passwd "$u"
  [ -n "$d" ] || { d=\${u%:*}; d=\${d##*:}; }
  [ ! -e "$d" ] || echo homed
  (
    s=$(entry shadow ${name}) IFS=:
    set -f
    # shellcheck disable=SC2086 # its fields
    set -- $s
    printf 'ages %s:%s:%s\\n' "$4" "$5" "$8"
    h=$2
    case $h in '!'*) echo locked ;; esac
    while [ "\${h#!}" != "$h" ]; do h=\${h#!}; done
    if [ -n "$2" ] && [ -z "$h" ]; then echo bare; fi
    [ "$h" != ${(password ?? '').replace(/^!+/, '')} ] || echo same
  ) 2>/dev/null
fi
echo groups
{
  for g in ${wanted}; do entry group "$g"; done
  entries group | while IFS= read -r g; do
    case ,\${g##*:}, in *,${name},*) printf '%s\\n' "$g" ;; esac
  done
} | sed 's/^/|/'
echo .`,
    ...(wish.generate_ssh_key
      ? [
          sh`k=${keyPath(wish)}
if [ -n "$u" ] && [ -e "$k" ]; then
  say key "$k"
  say public "$(cat "$k.pub" 2>/dev/null)"
  say fingerprint "$(ssh-keygen -l -f "$k" 2>&1)"
fi`,
        ]
      : []),
  )
}

export function parseUser(output: string, { name }: UserWish): UserState {
  const fields = parseRecords(output).get('user') ?? new Map<string, string>()
  const line = fields.get('passwd')
  const [min = '', max = '', expires = ''] = (fields.get('ages') ?? '').split(':')
  const groups = (fields.get('groups') ?? '').split('\n').flatMap((row) => (row === '' ? [] : [parseGroup(row)]))
  return {
    tools: toolsOf(fields.get('tools')),
    entry: line === undefined ? undefined : parseEntry(line),
    locked: fields.has('locked'),
    bare: fields.has('bare'),
    samePassword: fields.has('same'),
    expires: expires === '' || Number(expires) < 0 ? undefined : Number(expires),
    min: min === '' ? -1 : Number(min),
    max: max === '' ? -1 : Number(max),
    groups,
    memberOf: [...new Set(groups.filter(({ members }) => members.includes(name)).map((group) => group.name))].sort(),
    homeExists: fields.has('homed'),
    announced: false,
    key: keyOf(fields),
  }
}

function parseEntry(line: string): UserEntry {
  const [, , uid, gid, comment = '', home = '', shell = ''] = line.split(':')
  return { uid: Number(uid), gid: Number(gid), comment, home, shell }
}

function keyOf(fields: Fields): UserState['key'] {
  const path = fields.get('key')
  if (path === undefined) return undefined
  return { path, public: fields.get('public') ?? '', fingerprint: fields.get('fingerprint') ?? '' }
}

/** A group of the host by its name or number. */
export const groupNamed = (groups: readonly GroupEntry[], wished: string): GroupEntry | undefined =>
  groups.find(({ name, gid }) => name === wished || String(gid) === wished)

export function overlayUser(state: UserState, { users = {}, groups = {} }: Effects, wish: UserWish): UserState {
  const named = [wish.group, ...(wish.groups ?? [])].filter((name) => name !== undefined)
  const coming = named.filter((name) => groups[name] === 'present' && !groupNamed(state.groups, name))
  const kept = state.groups.filter(({ name }) => groups[name] !== 'absent')
  const later = { ...state, groups: [...kept, ...coming.map((name) => ({ name, gid: NaN, members: [] }))] }
  const effect = Object.hasOwn(users, wish.name) ? users[wish.name] : undefined
  if (effect === 'absent') return { ...later, entry: undefined, memberOf: [], key: undefined }
  return effect === 'present' ? { ...later, announced: true } : later
}
