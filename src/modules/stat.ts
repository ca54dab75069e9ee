import { z } from 'zod'
import { nothing, lines, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { bool, hostPath, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { algorithms } from './paths/checksum.ts'
import { flagNames } from './paths/flags.ts'
import { pathWord } from './paths/look.ts'
import { octal } from './paths/mode.ts'
import { effectAt, packagesPending } from './paths/overlay.ts'
import { type Fields, parseRecords, sayFunctions } from './paths/record.ts'

const args = withAliases(
  z.strictObject({
    path: hostPath().describe('The path that is looked at.'),
    follow: bool().default(false).describe('Look at what a link leads to.'),
    get_checksum: bool().default(true).describe('Return a digest of a file.'),
    checksum_algorithm: z.enum(algorithms).default('sha1').describe('Which digest.'),
    get_mime: bool().default(true).describe("Return the MIME type, where the host has the command 'file'."),
    get_attributes: bool().default(true).describe("Return the file system's flags, where the host has lsattr."),
  }),
  {
    dest: 'path',
    name: 'path',
    checksum: 'checksum_algorithm',
    checksum_algo: 'checksum_algorithm',
    mime: 'get_mime',
    mime_type: 'get_mime',
    'mime-type': 'get_mime',
    attr: 'get_attributes',
    attributes: 'get_attributes',
  },
)

type Wish = z.output<typeof args>

interface State {
  readonly stat: Mapping
  readonly denied: boolean
  /** Check runs: why the answer may be another once earlier changes are made. */
  readonly doubt?: string
}

function probe({ path, follow, get_checksum, checksum_algorithm, get_mime, get_attributes }: Wish): Script {
  const format = '%f:%u:%g:%s:%h:%i:%d:%X:%Y:%Z:%b:%o:%t:%T:%U:%G'
  const sum = `${checksum_algorithm}sum`
  return lines(
    sayFunctions,
    sh`echo 'record stat'
p=${pathWord(path)}
say path "$p"
if s=$(stat ${follow ? ['-L'] : []} -c ${format} "$p" 2>&1); then
  printf 'is %s\\n' "$s"
  [ ! -r "$p" ] || echo readable
  [ ! -w "$p" ] || echo writeable
  [ ! -x "$p" ] || echo executable
  if [ -L "$p" ]; then
    say target "$(readlink "$p")"
    say source "$(readlink -f "$p")"
  fi`,
    ...(get_checksum && follow ? [sh`  [ ! -f "$p" ] || echo "sum $(${sum} <"$p" 2>/dev/null)"`] : []),
    ...(get_checksum && !follow
      ? [sh`  if [ -f "$p" ] && [ ! -L "$p" ]; then echo "sum $(${sum} <"$p" 2>/dev/null)"; fi`]
      : []),
    ...(get_mime ? [sh`  say mime "$(file -b --mime-type --mime-encoding "$p" 2>/dev/null)"`] : []),
    ...(get_attributes ? [sh`  say flags "$(lsattr -vd "$p" 2>/dev/null)"`] : []),
    sh`else
  command -v stat >/dev/null || { echo 'this host has no stat command' >&2; exit 1; }
  case $s in *': Permission denied') echo denied ;; esac
fi`,
  )
}

const kinds = { isfifo: 0o1, ischr: 0o2, isdir: 0o4, isblk: 0o6, isreg: 0o10, islnk: 0o12, issock: 0o14 } as const
const permissions = {
  rusr: 0o400,
  wusr: 0o200,
  xusr: 0o100,
  rgrp: 0o40,
  wgrp: 0o20,
  xgrp: 0o10,
  roth: 0o4,
  woth: 0o2,
  xoth: 0o1,
  isuid: 0o4000,
  isgid: 0o2000,
} as const

/** The fields that a type and its permissions decide. */
function modeFields(raw: number): Mapping {
  return {
    mode: octal(raw & 0o7777),
    ...Object.fromEntries(Object.entries(kinds).map(([field, kind]) => [field, raw >> 12 === kind])),
    ...Object.fromEntries(Object.entries(permissions).map(([field, bit]) => [field, (raw & bit) !== 0])),
  }
}

function parse(output: string, wish: Wish): State {
  const fields = parseRecords(output).get('stat')
  if (!fields) throw new Error(`the probe of ${wish.path} ended early`)
  const denied = fields.has('denied')
  const is = fields.get('is')
  if (is === undefined) return { stat: { exists: false }, denied }
  const [
    raw = '',
    uid,
    gid,
    size,
    nlink,
    inode,
    dev,
    atime,
    mtime,
    ctime,
    blocks,
    block,
    major = '',
    minor = '',
    user = '',
    group = '',
  ] = is.split(':')
  const named = (field: string, name: string): Mapping => (name === '' || name === 'UNKNOWN' ? {} : { [field]: name })
  const stat: Mapping = {
    exists: true,
    path: fields.get('path') ?? wish.path,
    ...modeFields(parseInt(raw, 16)),
    uid: Number(uid),
    gid: Number(gid),
    ...named('pw_name', user),
    ...named('gr_name', group),
    size: Number(size),
    inode: Number(inode),
    dev: Number(dev),
    nlink: Number(nlink),
    atime: Number(atime),
    mtime: Number(mtime),
    ctime: Number(ctime),
    blocks: Number(blocks),
    block_size: Number(block),
    device_type: parseInt(major, 16) * 256 + parseInt(minor, 16),
    readable: fields.has('readable'),
    writeable: fields.has('writeable'),
    executable: fields.has('executable'),
    ...(fields.has('target') ? { lnk_target: fields.get('target') ?? '', lnk_source: fields.get('source') ?? '' } : {}),
    ...contentFields(fields, wish),
  }
  return { stat, denied }
}

function contentFields(fields: Fields, { get_mime, get_attributes }: Wish): Mapping {
  const [sum] = (fields.get('sum') ?? '').split(' ')
  const [, mimetype = 'unknown', charset = 'unknown'] = /^(\S+); charset=(\S+)$/.exec(fields.get('mime') ?? '') ?? []
  const [, version, flags = ''] = /^\s*(\d+)\s+(\S+)/.exec(fields.get('flags') ?? '') ?? []
  const attr_flags = flags.replaceAll('-', '')
  return {
    ...(sum ? { checksum: sum } : {}),
    ...(get_mime ? { mimetype, charset } : {}),
    ...(get_attributes ? { version: version ?? null, attr_flags, attributes: flagNames(attr_flags) } : {}),
  }
}

/** What earlier announced changes decide about the path replaces what was found; what they leave open is left out. */
function overlay(state: State, effects: Effects, { path }: Wish): State {
  const effect = effectAt(path, effects)
  if (!effect) {
    const doubt = `${path} may come with packages that are still to be installed`
    return state.stat['exists'] === false && packagesPending(effects) ? { ...state, doubt } : state
  }
  if (effect.type === 'absent') return { stat: { exists: false }, denied: false }
  const kind = { file: kinds.isreg, directory: kinds.isdir, link: kinds.islnk }[effect.type]
  const bits = effect.mode === undefined ? undefined : parseInt(effect.mode, 8)
  const known = Object.fromEntries(Object.entries(state.stat).filter(([field]) => field !== 'checksum'))
  return {
    stat: {
      ...(effect.contentChanges ? known : state.stat),
      exists: true,
      path,
      ...(bits === undefined ? {} : modeFields((kind << 12) | bits)),
      ...Object.fromEntries(Object.entries(kinds).map(([field, one]) => [field, one === kind])),
      ...(effect.owner === undefined ? {} : { pw_name: effect.owner }),
      ...(effect.group === undefined ? {} : { gr_name: effect.group }),
    },
    denied: false,
  }
}

export default defineModule({
  name: 'stat',
  doc: {
    summary: 'Look at a path: its type, size, owner, permissions, times and digest',
    checkMode: 'Looks as in a real run; what earlier tasks would change is taken as changed.',
    example: `- stat:
    path: /etc/rsyslog.d
  register: folder`,
    returns: { stat: 'exists, isdir, isreg, islnk, mode, size, pw_name, gr_name, mtime, checksum and the rest' },
  },
  args,
  probe,
  parse,
  overlay,
  plan: ({ path }, { denied, doubt }) => ({
    changes: [],
    ...(denied ? { refuse: `no permission to look at ${path}` } : {}),
    ...(doubt === undefined ? {} : { warnings: [doubt] }),
  }),
  apply: () => ({ script: nothing }),
  result: (_wish, { stat }) => ({ stat }),
})
