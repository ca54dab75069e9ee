import { dirname } from 'node:path/posix'
import { lines, Script, sh } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import type { Change } from '../define.ts'
import type { Effects, PathEffect } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import { type Content, contentChange, digest } from './content.ts'
import { makeDirectory } from './directory.ts'
import { existingParent, type Look, lookScript, missingParents, parseLook } from './look.ts'
import { modeBits, newDirectory, octal, plainOctal, returnedMode } from './mode.ts'
import { overlayLook } from './overlay.ts'
import { type Accounts, attributeScript, type AttributePlan, chownWord, planAttributes } from './ownership.ts'
import type { Fields } from './record.ts'
import { nothingToDo, ownedEffect, refuseStep, type Step } from './step.ts'
import { writeContent } from './write.ts'

/** A file with its whole content: what `copy`, `template` and `get_url` wish for. */
export interface FileWish extends Attributes {
  /** Absolute; with a trailing slash, or where it is a directory, the file goes into it under `name`. */
  readonly dest: string
  /** Left out: a directory in its place is an error. */
  readonly name?: string | undefined
  /** Left out, without a `source`: any content is as wished, but the file must be there. */
  readonly content?: Content | undefined
  /** In place of `content`: a file on the host itself. Only then `mode` may be `preserve`. */
  readonly source?: string | undefined
  readonly directoryMode?: string | undefined
  /** Missing directories above it are made, as the session makes them; otherwise only those of a trailing slash are. */
  readonly parents?: boolean
  /** False: whatever is there already is as wished. */
  readonly force: boolean
  readonly follow?: boolean | undefined
  readonly backup?: boolean | undefined
  readonly validate?: readonly string[] | undefined
}

export interface FileState {
  readonly look: Look
  readonly source?: Look
}

const intoDirectory = (wish: FileWish): boolean => wish.name !== undefined && wish.dest.endsWith('/')
const insideName = (wish: FileWish): string | undefined => (intoDirectory(wish) ? undefined : wish.name)

/** Where the file goes when its destination is no directory yet. */
export function targetPath(wish: FileWish): string {
  return intoDirectory(wish) ? `${wish.dest}${wish.name ?? ''}` : wish.dest
}

/** Follows `lookFunctions`; prints the records `file KEY` and, for a source, `source KEY`. */
export function lookAtFile(wish: FileWish, key: number): Script {
  const { follow, content, source } = wish
  const look = { record: `file ${key}`, path: targetPath(wish), inside: insideName(wish), follow }
  if (source === undefined) return lookScript({ ...look, sha256: content?.sha256 ?? '-' })
  return lines(
    lookScript({ record: `source ${key}`, path: source, follow: true, sha256: 'text' }),
    // `$h` is the digest that the look at the source found.
    lookScript({ ...look, sha256: new Script('"$h"') }),
  )
}

export function parseFile(records: ReadonlyMap<string, Fields>, wish: FileWish, key: number): FileState {
  return {
    look: parseLook(records.get(`file ${key}`), targetPath(wish)),
    ...(wish.source === undefined ? {} : { source: parseLook(records.get(`source ${key}`), wish.source) }),
  }
}

export function overlayFile({ look, source }: FileState, effects: Effects, wish: FileWish): FileState {
  return {
    look: overlayLook(look, effects, insideName(wish)),
    ...(source === undefined ? {} : { source: overlayLook(source, effects) }),
  }
}

/** The wish with what only the host knows of it: the content and the mode of a source there. */
function resolve(wish: FileWish, source: Look | undefined): FileWish {
  if (!source) return wish
  const content = { from: sh`cat ${source.path}`, sha256: source.sha256, text: source.text }
  return { ...wish, content, ...(wish.mode === 'preserve' ? { mode: plainOctal(source.bits) } : {}) }
}

const makesParents = ({ dest, parents }: FileWish): boolean => parents === true || dest.endsWith('/')

/** Why nothing can be written there, if so. */
function obstacle(wish: FileWish, { look, source }: FileState, attributes: AttributePlan): string | undefined {
  const { path, type } = look
  if (source?.type === 'directory') {
    return `${source.path} is a directory on the host: copying directories there is not supported; use cp -a in a command`
  }
  if (source && source.type !== 'file' && !source.pending) return `${source.path} does not exist on the host`
  if (look.fault !== undefined) return look.fault
  if (type === 'directory') return `${path} is a directory, not a file`
  if (type === 'other') return `${path} is no plain file: it is not replaced`
  if (type !== 'absent' || look.pending) return attributes.refuse
  if (wish.content === undefined && source === undefined) return `${path} does not exist`
  if (look.missing > 0 && !makesParents(wish)) return `the directory ${dirname(path)} does not exist`
  if (!look.parent.directory) return `${existingParent(look)} is not a directory`
  return attributes.refuse
}

/** Why it cannot be known yet whether the content changes (check runs only). */
function doubt({ force }: FileWish, { look, source }: FileState, content: Content | undefined): string | undefined {
  if (source && (source.hidden || source.type === 'absent')) return `${source.path} is changed by an earlier task`
  if (look.type === 'absent' && look.pending && !force) {
    return `${look.path} may come with packages that are still to be installed`
  }
  return look.hidden && content !== undefined ? `an earlier task changes the content of ${look.path}` : undefined
}

/** `stagingIn`: a directory that exists before anything of this task is done. */
export function fileStep(given: FileWish, state: FileState, accounts: Accounts, stagingIn?: string): Step {
  const { look } = state
  const { path, type } = look
  const wish = resolve(given, state.source)
  const created = type === 'absent' || type === 'link'
  const attributes = planAttributes(wish, look, accounts, { created })
  const refuse = obstacle(wish, state, attributes)
  if (type !== 'absent' && !wish.force)
    return type === 'directory' && refuse !== undefined ? refuseStep(refuse) : nothingToDo
  if (refuse !== undefined) return refuseStep(refuse)

  const uncertain = doubt(wish, state, wish.content)
  const write = uncertain === undefined && wish.content ? contentWords(look, wish.content, attributes) : undefined
  const directories = type === 'absent' && makesParents(wish) ? missingParents(look) : []
  const above = wish.parents ? {} : { owner: wish.owner, group: wish.group, mode: wish.directoryMode }
  const changes = [
    ...directories.map((directory) => ({ what: `create directory ${directory}` })),
    ...(write ? [write] : []),
    ...(created ? [] : attributes.changes),
  ]
  if (changes.length === 0 && uncertain === undefined) return nothingToDo
  const effect: PathEffect = {
    type: 'file',
    mode: plainOctal(attributes.bits),
    ...ownedEffect(attributes),
    ...(wish.content?.sha256 === undefined ? {} : { sha256: wish.content.sha256 }),
    ...(Buffer.isBuffer(wish.content?.from) ? { content: wish.content.from } : {}),
    ...(write || uncertain !== undefined ? { contentChanges: true } : {}),
  }
  const made = directories.map((directory) => [directory, directoryEffect(above)])
  return {
    plan: {
      changes,
      effects: { paths: { ...(Object.fromEntries(made) as Record<string, PathEffect>), [path]: effect } },
      ...(uncertain === undefined ? {} : { uncertain: [uncertain] }),
    },
    apply: () => {
      const parents = directories.map((directory) => makeDirectory(directory, above))
      if (!write || !wish.content) return { script: lines(...parents, attributeScript(path, attributes)) }
      const target = { path, account: accountWord(wish, look), bits: attributes.bits, validate: wish.validate }
      const written = writeContent(target, wish.content, stagingIn ?? existingParent(look))
      const saved = wish.backup && type === 'file' ? [saveScript(path, backupPath(look))] : []
      return { ...written, script: lines(...parents, ...saved, written.script) }
    },
  }
}

/** The change of content; undefined when there is none. */
function contentWords(look: Look, content: Content, { bits, owner, group }: AttributePlan): Change | undefined {
  const { path, type, sha256 } = look
  if (type === 'absent') {
    const account = owner === '' ? '' : ` ${owner}:${group}`
    return contentChange(`create (${octal(bits)}${account})`, path, '', content)
  }
  if (type === 'link') return { what: `file in place of the link to ${look.target ?? '?'}` }
  if (sha256 !== undefined && sha256 === content.sha256) return undefined
  return contentChange('content', path, look.text, content)
}

/** A file that is replaced keeps its owner and group unless others are wished. */
function accountWord({ owner, group }: FileWish, look: Look): string {
  if (look.type !== 'file') return chownWord(owner, group)
  return chownWord(owner ?? look.user, group ?? look.group)
}

function directoryEffect({ mode, owner, group }: Attributes): PathEffect {
  const bits = mode === undefined ? newDirectory : modeBits(mode, newDirectory, true)
  return { type: 'directory', mode: plainOctal(bits), ...ownedEffect({ owner: owner ?? '', group: group ?? '' }) }
}

/** The old content's name is made of its digest and age, so that the same backup is never taken twice. */
export function backupPath({ path, sha256 = '', mtime }: Look): string {
  const stamp = new Date(mtime * 1000).toISOString().slice(0, 19).replace('T', '@')
  return `${path}.${sha256.slice(0, 8)}.${stamp}~`
}

const saveScript = (path: string, to: string): Script => sh`(umask 077 && rm -f ${to} && cp -p ${path} ${to})`

/** Ansible's fields for a file. `before` is the state the changes were planned on. */
export function fileResult(wish: FileWish, { look }: FileState, before?: FileState): Mapping {
  const { path, type, bits, user, group, uid, gid, size } = look
  const { content } = wish
  const digests: Mapping =
    content && Buffer.isBuffer(content.from) && look.sha256 === content.sha256
      ? { checksum: digest(content.from, 'sha1'), md5sum: digest(content.from, 'md5') }
      : {}
  const saved = wish.backup && before?.look.type === 'file' && before.look.sha256 !== look.sha256
  return {
    dest: path,
    ...(type === 'absent'
      ? { state: 'absent' }
      : { mode: returnedMode(bits), owner: user, group, uid, gid, size, state: type }),
    ...digests,
    ...(saved ? { backup_file: backupPath(before.look) } : {}),
  }
}
