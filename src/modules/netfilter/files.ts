import { createHash } from 'node:crypto'
import { type Script, lines, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { Effects, PathEffect } from '../effects.ts'
import type { HostFacts } from './host.ts'
import type { Section } from './sections.ts'

/** Where our own files are. */
export const folder = '/etc/sallyport'

/** A file as the probe saw it. */
export interface SavedFile {
  readonly mode: string
  /** `0:0` */
  readonly owner: string
  readonly text: string
}

/** What is not yet as it shall be on disk. `content` undefined: the file goes. */
export interface FileDifference {
  readonly path: string
  readonly mode: string
  readonly owner: string
  readonly before: SavedFile | undefined
  readonly content: string | undefined
}

/** A unit of ours that loads the rules at boot. */
export interface OwnUnit {
  readonly name: string
  readonly file: string
  /** What `systemctl enable` makes of WantedBy=sysinit.target. */
  readonly link: string
}

export function ownUnit(name: string): OwnUnit {
  const file = `/etc/systemd/system/${name}`
  return { name, file, link: `/etc/systemd/system/sysinit.target.wants/${name}` }
}

export interface SavedDifference {
  readonly files: readonly FileDifference[]
  readonly unit?: UnitDifference
}

export interface UnitDifference extends OwnUnit {
  readonly enable: boolean
  readonly disable: boolean
  /** The unit has not run since boot, so nothing proves that it works and nobody's restart takes it along. */
  readonly start: boolean
}

/** A file of ours; none where nothing separates it from its wish. */
export function fileDifference(
  path: string,
  mode: string,
  before: SavedFile | undefined,
  content: string | undefined,
): FileDifference[] {
  const equal =
    content === undefined ? !before : before?.text === content && before.mode === mode && before.owner === '0:0'
  return equal ? [] : [{ path, mode, owner: '0:0', before, content }]
}

/** A file of someone else, in which only our lines change: mode and owner stay. */
export function editedFile(path: string, before: SavedFile, content: string): FileDifference[] {
  return before.text === content ? [] : [{ path, mode: before.mode, owner: before.owner, before, content }]
}

export function unitDifference(
  unit: OwnUnit,
  wished: boolean,
  enabled: boolean,
  host: HostFacts,
): UnitDifference | undefined {
  const difference = {
    enable: wished && !enabled,
    disable: !wished && enabled,
    start: wished && host.running && !host.units[unit.name]?.active,
  }
  return difference.enable || difference.disable || difference.start ? { ...unit, ...difference } : undefined
}

/**
 * Puts files, link and unit in order. A file is written beside its target with its final mode from the first byte,
 * flushed and renamed, under a name that neither systemd nor anyone's glob would read.
 */
export function saveScript({ files, unit }: SavedDifference, host: HostFacts): Script {
  const written = files.filter((file) => file.content !== undefined)
  const removed = files.filter((file) => file.content === undefined)
  const { running } = host
  const isUnit = (file: FileDifference) => file.path.startsWith('/etc/systemd/system/')
  const goneUnits = running ? removed.filter(isUnit) : []
  return lines(
    ...(written.length > 0 ? [writeFunction] : []),
    ...(written.some(inFolder) ? [sh`[ -d ${folder} ] || mkdir -m 755 ${folder}`] : []),
    ...written.map((file) => sh`write ${file.path} ${file.mode} ${file.owner} ${file.content ?? ''}`),
    ...(unit?.enable ? [sh`mkdir -p ${parent(unit.link)}; ln -sfn ${unit.file} ${unit.link}`] : []),
    // A unit that is gone while it is active would stay in systemd's list until the next boot.
    ...goneUnits.map((file) => sh`systemctl stop ${nameOf(file.path)} || true`),
    ...(unit?.disable ? [sh`rm -f ${unit.link}`] : []),
    // A run that was killed while writing may have left its file beside the target.
    ...removed.map((file) => sh`rm -f ${[file.path, `${parent(file.path)}/.${nameOf(file.path)}.new`]}`),
    ...(removed.some(inFolder) ? [sh`rmdir ${folder} 2>/dev/null || true`] : []),
    ...(running && (files.some(isUnit) || unit?.enable || unit?.disable) ? [readUnits(files, unit)] : []),
    ...(unit?.start ? [sh`systemctl start ${unit.name}`] : []),
  )
}

/**
 * A reload of all units takes systemd longer than everything else here, and one that is new it reads when it is asked for
 * it; unless it knows another under this name (one that failed stays), or, before 240, where none of that name was.
 */
function readUnits(files: readonly FileDifference[], unit: UnitDifference | undefined): Script {
  const isNew = files.some(({ path, before, content }) => path === unit?.file && !before && content !== undefined)
  if (!unit?.start || !isNew) return sh`systemctl daemon-reload`
  return sh`case $(systemctl show -p LoadState -p NeedDaemonReload ${unit.name}) in
*LoadState=loaded*NeedDaemonReload=no* | *NeedDaemonReload=no*LoadState=loaded*) ;;
*) systemctl daemon-reload ;;
esac`
}

const inFolder = (file: FileDifference) => file.path.startsWith(`${folder}/`)
const parent = (path: string) => path.slice(0, path.lastIndexOf('/'))
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

const writeFunction: Script = sh`write() {
  beside="\${1%/*}/.\${1##*/}.new"
  rm -f "$beside"
  (umask 077 && : >"$beside")
  chown "$3" "$beside"
  chmod "$2" "$beside"
  printf %s "$4" >"$beside"
  sync "$beside" 2>/dev/null || sync
  mv -f "$beside" "$1"
}`

export function savedChanges({ files, unit }: SavedDifference): Change[] {
  return [
    ...files.map(({ path, before, content, mode, owner }): Change => {
      if (content === undefined)
        return { what: `remove ${path}`, diff: { name: path, before: before?.text ?? '', after: '' } }
      if (!before) return { what: `write ${path}`, diff: { name: path, before: '', after: content } }
      const words = [
        ...(before.text === content ? [] : ['content']),
        ...(before.mode === mode ? [] : [`mode 0${before.mode} → 0${mode}`]),
        ...(before.owner === owner ? [] : [`owner ${before.owner} → ${owner}`]),
      ]
      return { what: `${path}: ${words.join(', ')}`, diff: { name: path, before: before.text, after: content } }
    }),
    ...(unit?.enable ? [{ what: `enable ${unit.name}` }] : []),
    ...(unit?.disable ? [{ what: `disable ${unit.name}` }] : []),
    ...(unit?.start ? [{ what: `start ${unit.name}` }] : []),
  ]
}

export function savedEffects({ files, unit }: SavedDifference): Effects {
  const enabled = unit && (unit.enable || unit.disable) ? { enabled: unit.enable } : {}
  return {
    ...(files.length === 0 ? {} : { paths: Object.fromEntries(files.map((file) => [file.path, pathEffect(file)])) }),
    ...(unit === undefined
      ? {}
      : { units: { [unit.name.replace(/\.service$/, '')]: { ...enabled, ...(unit.start ? { active: true } : {}) } } }),
  }
}

function pathEffect({ mode, owner, content, before }: FileDifference): PathEffect {
  if (content === undefined) return { type: 'absent' }
  const names = owner === '0:0' ? { owner: 'root', group: 'root' } : {}
  return {
    ...{ type: 'file', mode, ...names },
    sha256: createHash('sha256').update(content).digest('hex'),
    contentChanges: before?.text !== content,
  }
}

/**
 * A file that the probe's `show` printed: a space before each line, and its size, since the shell drops newlines at the
 * end and the probe adds one.
 */
export const readShown = (section: Section | undefined): SavedFile | undefined =>
  readSaved(section && { ...section, lines: section.lines.map((line) => line.replace(/^ /, '')) })

export function readSaved(section: Section | undefined): SavedFile | undefined {
  if (!section) return undefined
  const [mode = '', user = '', group = '', size = ''] = section.attributes
  const text = Buffer.from(`${section.lines.join('\n')}\n`)
    .subarray(0, Number(size))
    .toString()
  return { mode, owner: `${user}:${group}`, text: text + '\n'.repeat(Number(size) - Buffer.byteLength(text)) }
}
