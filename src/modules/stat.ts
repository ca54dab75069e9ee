import { z } from 'zod'
import { nothing, lines, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { bool, hostPath, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { algorithms } from './paths/checksum.ts'
import { pathWord } from './paths/look.ts'
import { effectAt, packagesPending } from './paths/overlay.ts'
import { parseRecords, sayFunctions } from './paths/record.ts'
import { kinds, modeFields, statFields, statFormat } from './paths/stat-fields.ts'

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
  const sum = `${checksum_algorithm}sum`
  return lines(
    sayFunctions,
    sh`echo 'record stat'
p=${pathWord(path)}
say path "$p"
if s=$(stat ${follow ? ['-L'] : []} -c ${statFormat} "$p" 2>&1); then
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

function parse(output: string, { path, get_mime: mime, get_attributes: flags }: Wish): State {
  const fields = parseRecords(output).get('stat')
  if (!fields) throw new Error(`the probe of ${path} ended early`)
  const is = fields.get('is')
  const stat = is === undefined ? { exists: false } : statFields(is, fields, path, { mime, flags })
  return { stat, denied: fields.has('denied') }
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
  readOnly: true,
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
