import { lines, nothing, Script, sh } from '../../shell/script.ts'
import { lookFunctions, type Look, lookScript, parseLook, pathWord } from '../paths/look.ts'
import { accountFunctions, type Accounts, accountsScript, parseAccounts } from '../paths/ownership.ts'
import { parseRecords } from '../paths/record.ts'
import { type Kind, kindOf } from './archive.ts'
import { impliedDirectories } from './compare.ts'
import type { Member } from './member.ts'
import { tarOptions, unzipChoice, type UnarchiveWish } from './wish.ts'

/** What is at the place of a member. */
export interface Found {
  readonly type: Member['type']
  readonly bits: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: number
  /** `20261128.093000`, as the host's clock shows it. */
  readonly local: string
  readonly user: string
  readonly group: string
  readonly target?: string
  readonly sum?: string
}

export interface UnarchiveState {
  readonly dest: Look
  readonly accounts: Accounts
  readonly root: boolean
  readonly created: boolean
  /** By the member's path. */
  readonly found: ReadonlyMap<string, Found>
  readonly uids: ReadonlyMap<string, number>
  readonly gids: ReadonlyMap<string, number>
  /** With remote_src. */
  readonly archive?: HostArchive
}

export interface HostArchive {
  readonly look: Look
  readonly kind: Kind
  /** What its program cannot do with it. */
  readonly fault?: string
  /** What would be unpacked, as its program lists it. */
  readonly names: readonly string[]
  /** Of a tar, by the place of the name: `d`, `l`, `-` and what else `ls -l` begins with. */
  readonly types: string
  /** tar's own words about what differs. */
  readonly differences: readonly string[]
  /** The end of a zip, and where in it that begins. */
  readonly end?: { readonly bytes: Buffer; readonly start: number }
}

/** Bytes at the end of a zip that are fetched to read its directory. */
const directoryLimit = 1024 * 1024

const functions = sh`inspect() { xargs -0 stat -c '%f:%u:%g:%s:%Y:%U:%G:%y:%n' 2>/dev/null | sed 's/^/|/'; }
targets() { while IFS= read -r f; do [ ! -L "$f" ] || printf '|%s\\n|%s\\n' "$f" "$(readlink "$f")"; done; }
crcs() {
  while IFS= read -r f; do
    if [ -f "$f" ] && [ ! -L "$f" ]; then printf '|%s  %s\\n' "$(gzip -1c <"$f" | tail -c 8 | od -A n -t x1 -N 4 | tr -d ' \\n')" "$f"; fi
  done
}`

const inDest = (wish: UnarchiveWish, script: Script): Script =>
  sh`if cd ${pathWord(wish.given.dest)} 2>/dev/null; then\n${script}\nfi`

export function probeUnarchive(wish: UnarchiveWish): Script {
  const { dest, owner, group, creates } = wish.given
  return lines(
    lookFunctions,
    accountFunctions,
    functions,
    wish.members ? nothing : lookScript({ record: 'source', path: wish.given.src, follow: true, sha256: '' }),
    wish.members ? nothing : sh`a=$p`,
    lookScript({ record: 'dest', path: dest, follow: true }),
    accountsScript({ owner, group }),
    sh`printf 'session %s\\n' "$(id -u)"`,
    creates === undefined ? nothing : sh`if [ -e ${pathWord(creates)} ]; then echo created; fi`,
    wish.members ? ofController(wish, wish.members) : ofHost(wish),
  )
}

function ofController(wish: UnarchiveWish, members: readonly Member[]): Script {
  const paths = [
    ...new Set([...members.map(({ path }) => path), ...impliedDirectories(members.map(({ path }) => path))]),
  ]
  const files = members.filter(({ type }) => type === 'file').map(({ path }) => path)
  const links = members.filter(({ type }) => type === 'link').map(({ path }) => path)
  const names = (key: 'user' | 'group') =>
    [...new Set(members.map(({ owner }) => owner?.[key] ?? ''))].filter((name) => name !== '')
  const dotted = (list: readonly string[]) => list.map((path) => `./${path}`)
  return lines(
    ...names('user')
      .map((name) => sh`echo 'record user'; say name ${name}; printf 'id %s\\n' "$(id -u -- ${name} 2>/dev/null)"`)
      .map(numbered('user')),
    ...names('group')
      .map((name) => sh`echo 'record group'; say name ${name}; printf 'id %s\\n' "$(gid ${name} | cut -d: -f3)"`)
      .map(numbered('group')),
    sh`echo 'record members'`,
    inDest(
      wish,
      lines(
        sh`echo stats; printf '%s\\0' ${dotted(paths)} | inspect; echo .`,
        links.length === 0 ? nothing : sh`echo links; printf '%s\\n' ${dotted(links)} | targets; echo .`,
        files.length === 0
          ? nothing
          : wish.kind === 'zip'
            ? sh`echo sums; printf '%s\\n' ${dotted(files)} | crcs; echo .`
            : sh`echo sums; printf '%s\\0' ${dotted(files)} | xargs -0 sha256sum 2>/dev/null | sed 's/^/|/'; echo .`,
      ),
    ),
  )
}

const numbered = (kind: string) => (script: Script, index: number) =>
  new Script(script.text.replace(`record ${kind}`, `record ${kind} ${index}`))

/** An archive that lies on the host is compared there: a tar by tar itself, a zip by its directory. */
function ofHost(wish: UnarchiveWish): Script {
  const { include, exclude } = unzipChoice(wish)
  return sh`echo 'record archive'
if [ -f "$a" ] && [ -r "$a" ]; then
  m=$(head -c 6 "$a" | od -A n -t x1 | tr -d ' \\n')
  printf 'magic %s\\n' "$m"
  case $m in
  504b*)
    if ! unzip -Z1 "$a" >/dev/null 2>&1; then
      say fault "$(command -v unzip >/dev/null || echo 'this host has no unzip'; unzip -Z1 "$a" 2>&1 >/dev/null)"
    else
      printf 'start %s\\n' "$(($(stat -c %s "$a") > ${directoryLimit} ? $(stat -c %s "$a") - ${directoryLimit} : 0))"
      echo end; tail -c ${directoryLimit} "$a" | base64 | sed 's/^/|/'; echo .
      n=$(unzip -Z1 "$a" ${include} ${exclude} 2>/dev/null)
      say names "$n"
      echo 'record members'
      ${inDest(
        wish,
        sh`n=$(printf '%s\\n' "$n" | sed 's,^/*,./,; s,/*$,,')
echo stats; printf '%s\\n' "$n" | tr '\\n' '\\0' | inspect; echo .
echo links; printf '%s\\n' "$n" | targets; echo .
echo sums; printf '%s\\n' "$n" | crcs; echo .`,
      )}
    fi ;;
  *)
    t=$(command -v gtar || command -v tar) || t=
    if [ -z "$t" ]; then say fault 'this host has no tar'
    elif ! "$t" --version 2>/dev/null | grep -q 'GNU tar'; then say fault "this host's tar cannot compare: GNU tar is needed"
    elif ! n=$("$t" --quoting-style=literal -t ${tarOptions(wish)} 2>&1); then say fault "$n"
    else
      say names "$n"
      say types "$("$t" -tv ${tarOptions(wish)} 2>/dev/null | cut -c 1 | tr -d '\\n')"
      ${inDest(
        wish,
        sh`echo differences
"$t" --quoting-style=literal --diff ${tarOptions(wish)} 2>&1 | sed 's/^/|/'
echo .
echo 'record members'
n=$(printf '%s\\n' "$n" | sed 's,^/*,./,; s,/*$,,'; printf '%s\\n' "$n" | sed -n 's,^\\(\\./\\)*\\([^/]\\{1,\\}\\)/.*,./\\2,p' | sort -u)
echo stats; printf '%s\\n' "$n" | tr '\\n' '\\0' | inspect; echo .`,
      )}
    fi ;;
  esac
fi`
}

const types: Readonly<Record<number, Member['type']>> = { 0o10: 'file', 0o4: 'directory', 0o12: 'link' }

export function parseUnarchive(output: string, wish: UnarchiveWish): UnarchiveState {
  const records = parseRecords(output)
  const { dest, owner, group, src } = wish.given
  const accounts = records.get('accounts')
  const members = records.get('members')
  const rows = (key: string) => (members?.get(key) ?? '').split('\n').filter((row) => row !== '')
  const found = new Map<string, Found>()
  for (const row of rows('stats')) {
    const [, raw = '', uid, gid, size, mtime, user = '', owning = '', day = '', time = '', path = ''] =
      /^(\w+):(\d+):(\d+):(\d+):(-?\d+):([^:]*):([^:]*):([\d-]+) ([\d:]+)(?:\.\d+)?(?: [-+]\d+)?:\.?\/?(.*)$/.exec(
        row,
      ) ?? []
    const bits = parseInt(raw, 16)
    found.set(path, {
      type: types[bits >> 12] ?? 'other',
      bits: bits & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      mtime: Number(mtime),
      local: `${day.replaceAll('-', '')}.${time.replaceAll(':', '')}`,
      user,
      group: owning,
    })
  }
  const know = (path: string, more: Partial<Found>) => {
    const name = path.replace(/^\.\//, '')
    const known = found.get(name)
    if (known) found.set(name, { ...known, ...more })
  }
  rows('links').forEach((row, index, all) => {
    if (index % 2 === 1) know(all[index - 1] ?? '', { target: row })
  })
  for (const row of rows('sums')) {
    const [, escaped, sum = '', path = ''] = /^(\\?)([0-9a-f]+) [ *](.*)$/.exec(row) ?? []
    know(escaped ? path.replaceAll('\\\\', '\\') : path, { sum: sum.length === 8 ? reversed(sum) : sum })
  }
  const ids = (kind: string) =>
    new Map(
      [...records].flatMap(([name, fields]): [string, number][] =>
        name.startsWith(`${kind} `) && fields.get('id') ? [[fields.get('name') ?? '', Number(fields.get('id'))]] : [],
      ),
    )
  const archive = records.get('archive')
  return {
    dest: parseLook(records.get('dest'), dest),
    accounts: parseAccounts(accounts, { owner, group }),
    root: accounts?.get('session') === '0',
    created: accounts?.has('created') === true,
    found,
    uids: ids('user'),
    gids: ids('group'),
    ...(archive && {
      archive: {
        look: parseLook(records.get('source'), src),
        kind: kindOf(archive.get('magic') ?? ''),
        ...(archive.has('fault') && { fault: (archive.get('fault') ?? '').trim() }),
        names: (archive.get('names') ?? '').split('\n').filter((name) => name !== ''),
        types: archive.get('types') ?? '',
        differences: (archive.get('differences') ?? '').split('\n').filter((line) => line !== ''),
        ...(archive.has('end') && {
          end: { bytes: Buffer.from(archive.get('end') ?? '', 'base64'), start: Number(archive.get('start')) },
        }),
      },
    }),
  }
}

/** gzip writes the sum with its last byte first. */
const reversed = (hex: string): string => (hex.match(/../g) ?? []).reverse().join('')
