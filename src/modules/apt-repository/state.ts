import { lines, type Script, sh } from '../../shell/script.ts'
import type { Effects } from '../effects.ts'
import { type EditState, overlayEdit, parseEdited, editLimit } from '../edits/edited-file.ts'
import { decode } from '../edits/encoding.ts'
import { bytesNow } from '../edits/present-bytes.ts'
import { lookFunctions } from '../paths/look.ts'
import { accountFunctions, accountsScript, parseAccounts } from '../paths/ownership.ts'
import { parseRecords } from '../paths/record.ts'

export interface SourcesState {
  /** The host has apt. */
  readonly apt: boolean
  /** The main list and every `*.list` beside it, as apt reads them. */
  readonly lists: readonly EditState[]
  /** The file that a new source goes into. */
  readonly target: EditState
}

/** Prints every file that apt reads one-line sources from, and what is where the wished source would go. */
export function probeSources(name: string): Script {
  const target = name.startsWith('/') ? sh`_f=${name}` : sh`_f=$_parts/${name}`
  return lines(
    lookFunctions,
    accountFunctions,
    sh`_main=/etc/apt/sources.list _parts=/etc/apt/sources.list.d
if command -v apt-get >/dev/null && command -v apt-config >/dev/null; then
  echo 'record apt'
  eval "$(apt-config shell _main Dir::Etc::sourcelist/f _parts Dir::Etc::sourceparts/d)"
fi
_parts=\${_parts%/} _n=0
for _f in "$_main" "$_parts"/*.list; do
  [ -f "$_f" ] || continue
  _n=$((_n + 1))
  look "list $_n" "$_f" '' f - ''
  say at "$_f"
${bytesNow(editLimit)}
done
${target}
look target "$_f" '' f - ''
say at "$_f"`,
    bytesNow(editLimit),
    accountsScript({}),
  )
}

export function parseSources(output: string): SourcesState {
  const records = parseRecords(output)
  const accounts = parseAccounts(records.get('accounts'), {})
  const read = (name: string): EditState => {
    const fields = records.get(name)
    return { ...parseEdited(fields, fields?.get('at') ?? ''), accounts }
  }
  const listed = [...records.keys()].filter((name) => name.startsWith('list '))
  return { apt: records.has('apt'), lists: listed.map(read), target: read('target') }
}

/** Check runs: earlier tasks change these files, and make others. */
export function overlaySources({ apt, lists, target }: SourcesState, effects: Effects): SourcesState {
  const later = (state: EditState) => overlayEdit(state, effects, { path: state.look.path })
  const folder = target.look.path.slice(0, target.look.path.lastIndexOf('/') + 1)
  const known = new Set(lists.map(({ look }) => look.path))
  const made = Object.keys(effects.paths ?? {}).filter(
    (path) => path.startsWith(folder) && /^[^/]+\.list$/.test(path.slice(folder.length)) && !known.has(path),
  )
  const nothingYet = { ...target, bytes: undefined }
  const coming = made.map((path): EditState => ({ ...nothingYet, look: { ...target.look, path, type: 'absent' } }))
  return { apt, lists: [...lists, ...coming].map(later), target: later(target) }
}

export const textOf = ({ bytes }: Pick<EditState, 'bytes'>): string => decode(bytes ?? Buffer.alloc(0), 'utf8')
