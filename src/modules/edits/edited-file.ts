import { lines, type Script, sh } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import type { Apply, Plan } from '../define.ts'
import type { Effects } from '../effects.ts'
import type { Attributes } from '../paths/arguments.ts'
import { contentOf, digest } from '../paths/content.ts'
import { type Look, lookFunctions, lookScript, parseLook } from '../paths/look.ts'
import { effectAt, overlayLook } from '../paths/overlay.ts'
import { newFile } from '../paths/mode.ts'
import {
  accountFunctions,
  type Accounts,
  accountsScript,
  overlayAccounts,
  parseAccounts,
  planAttributes,
} from '../paths/ownership.ts'
import { type Fields, parseRecords } from '../paths/record.ts'
import { nothingToDo, pendingStep, refuseStep, type Step } from '../paths/step.ts'
import { writePrelude } from '../paths/write.ts'
import { backupPath, fileStep } from '../paths/written-file.ts'
import { bytesNow } from './present-bytes.ts'

/** A file of which a part is wished for: the rest stays, byte by byte. */
export interface EditWish extends Attributes {
  readonly path: string
  readonly backup?: boolean | undefined
  readonly validate?: readonly string[] | undefined
  /** Directories that are missing above it are made; left out: yes. */
  readonly parents?: boolean
}

/** What an editor makes of a file. */
export interface Edit {
  /** The new content; undefined: what is there stays, also when that is nothing. */
  readonly content?: Buffer | undefined
  /** Ansible's words for what is done. */
  readonly msg: string
  readonly refuse?: string
  /** Further fields of the result. */
  readonly fields?: Mapping
}

/** Pure: from what a file holds (`undefined`: it does not exist) to what it is to hold. */
export type Editor = (before: Buffer | undefined) => Edit

export interface EditState {
  readonly look: Look
  readonly accounts: Accounts
  /** Undefined: there is no such file, or nobody knows what is in it. */
  readonly bytes: Buffer | undefined
  /** Why its content could not be had. */
  readonly unread: string | undefined
  /** Check runs: an earlier task changes it in a way that is not known. */
  readonly unknown: boolean
}

/** Files up to this size, in bytes, are fetched to be edited. */
export const editLimit = 4 * 1024 * 1024

/** Prints the records `file` and `accounts`: what is at the path, also behind a link, and all that is in it. */
export function probeEdit({ path, owner, group }: EditWish): Script {
  return lines(lookFunctions, accountFunctions, lookToEdit(path), accountsScript({ owner, group }))
}

/** Follows `lookFunctions`. */
export function lookToEdit(path: string, record = 'file'): Script {
  return lines(lookScript({ record, path, follow: true, sha256: '-' }), bytesNow(editLimit))
}

export function parseEdit(output: string, wish: EditWish): EditState {
  const records = parseRecords(output)
  return {
    ...parseEdited(records.get('file'), wish.path),
    accounts: parseAccounts(records.get('accounts'), wish),
  }
}

export function parseEdited(fields: Fields | undefined, path: string): Omit<EditState, 'accounts'> {
  const look = parseLook(fields, path)
  const coded = fields?.get('base64')
  const bytes = coded === undefined ? fields?.get('hex') : coded
  const present =
    bytes === undefined ? undefined : Buffer.from(bytes.replace(/\s/g, ''), coded === undefined ? 'hex' : 'base64')
  return { look, bytes: present, unread: unreadWords(look, present), unknown: false }
}

function unreadWords({ type, path, size }: Look, bytes: Buffer | undefined): string | undefined {
  if (type !== 'file' || bytes) return undefined
  if (size <= editLimit) return `no permission to read ${path}`
  const millions = (count: number) => `${Math.ceil(count / 1e6)} MB`
  return `${path} has ${millions(size)}: files of more than ${millions(editLimit)} are not edited; use sed in a command`
}

export function overlayEdit<State extends EditState>(state: State, effects: Effects, wish: EditWish): State {
  const look = overlayLook(state.look, effects)
  const effect = effectAt(look.path, effects)
  const later = { ...state, look, accounts: overlayAccounts(state.accounts, effects, wish) }
  if (!effect || (effect.type === 'file' && effect.sha256 === undefined && !effect.contentChanges)) return later
  const { content } = effect
  const known = content && { hidden: false, sha256: digest(content) }
  return {
    ...later,
    look: { ...look, ...known },
    bytes: content,
    unread: undefined,
    unknown: effect.type === 'file' && content === undefined,
  }
}

export function editStep(wish: EditWish, state: EditState, edit: Editor): Step {
  const { look, bytes, unknown } = state
  const { path, type } = look
  const fault = look.fault ?? state.unread ?? misplaced(look)
  if (fault !== undefined) return refuseStep(fault)
  if (unknown) return unknownStep(path)
  const { content, refuse } = edit(bytes)
  if (type === 'absent' && look.pending && (content === undefined || refuse !== undefined))
    return pendingStep(path, { type: 'file', contentChanges: true })
  if (refuse !== undefined) return refuseStep(refuse)
  if (content === undefined && type === 'absent') return nothingToDo
  const { owner, group, mode, backup, validate, parents = true } = wish
  const file = { dest: path, owner, group, mode, backup, validate, parents, force: true }
  const step = fileStep(
    { ...file, content: contentOf(content ?? bytes ?? Buffer.alloc(0)) },
    { look: { ...look, text: bytes && contentOf(bytes).text } },
    state.accounts,
  )
  return { plan: step.plan, apply: () => guarded(look, step.apply()) }
}

function misplaced({ path, type, target }: Look): string | undefined {
  if (type === 'directory') return `${path} is a directory, not a file`
  if (type === 'other') return `${path} is no plain file: it is not edited`
  return type === 'link' ? `${path} is a link to ${target ?? ''}, which does not exist` : undefined
}

function unknownStep(path: string): Step {
  const uncertain = [`an earlier task changes the content of ${path}`]
  const effects = { paths: { [path]: { type: 'file', contentChanges: true } as const } }
  return { ...nothingToDo, plan: { changes: [], uncertain, effects } }
}

/** What somebody else wrote since the probe looked is not lost: the script ends before it changes anything. */
function guarded({ path, type, sha256 }: Look, { script, uploads = [] }: Apply): Apply {
  const same = type === 'file' ? sh`h=$(sha256 ${path}); [ "\${h%% *}" = ${sha256 ?? ''} ]` : sh`[ ! -e ${path} ]`
  const guard = sh`${same} || { echo ${`${path} was changed by somebody else meanwhile: run again`} >&2; exit 1; }`
  return { script: lines(writePrelude(uploads), guard, script), uploads }
}

/** A plan with the warning that a repetition would change the file again. */
export function planEdit(wish: EditWish, state: EditState, edit: Editor): Plan {
  const { plan } = editStep(wish, state, edit)
  if (!repeats(state, edit) || plan.changes.length === 0) return plan
  const warning = `${state.look.path} will be changed again every time: the edit finds its own result to be edited`
  return { ...plan, warnings: [...(plan.warnings ?? []), warning] }
}

/** True for an edit that edits its own result. */
export function repeats({ bytes, unknown }: EditState, edit: Editor): boolean {
  const { content } = unknown ? {} : edit(bytes)
  const again = content && edit(content).content
  return again !== undefined && content !== undefined && !again.equals(content)
}

/** Ansible first writes a file and then gives it the wished attributes: where they are others it says so. */
function ownAttributes(wish: EditWish, { look, accounts }: EditState): boolean {
  const { user, group } = look.type === 'absent' ? accounts : look
  const bits = look.type === 'absent' ? newFile : look.bits
  const present = look.type === 'absent' ? { ...look, bits, user, group, uid: NaN, gid: NaN } : look
  return planAttributes(wish, present, accounts, { created: false }).changes.length > 0
}

/** Ansible's fields; `before` is the state the changes were planned on. */
export function editResult(wish: EditWish, state: EditState, edit: Editor, before?: EditState): Mapping {
  const then = before ?? state
  const { msg, fields = {} } = then.unknown || then.unread !== undefined ? { msg: '' } : edit(then.bytes)
  const attributes = before !== undefined && ownAttributes(wish, before)
  const words = attributes ? [msg, 'ownership, perms or SE linux context changed'].filter((part) => part !== '') : [msg]
  const saved = wish.backup && before?.look.type === 'file' && before.look.sha256 !== state.look.sha256
  return { msg: words.join(' and '), ...fields, ...(saved ? { backup_file: backupPath(before.look) } : {}) }
}
