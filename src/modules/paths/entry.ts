import { lines, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { PathEffect } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import { existingParent, type Look } from './look.ts'
import { chmodWord, octal, plainOctal } from './mode.ts'
import { type Accounts, attributeScript, chownWord, planAttributes } from './ownership.ts'
import { renamed } from './link.ts'
import { nothingToDo, ownedEffect, pendingStep, refuseStep, type Step, step } from './step.ts'
import { planTimes, type Seconds, type Times } from './times.ts'
import { temporaryPath } from './write.ts'

export interface EntryWish extends Attributes {
  readonly times: Times
}

/** Something that is there, as it is: only its attributes are looked after. */
export function existingStep(wish: EntryWish, look: Look, accounts: Accounts, seconds: Seconds): Step {
  const { path, type } = look
  if (look.fault !== undefined) return refuseStep(look.fault)
  if (type === 'absent' && look.pending) return pendingStep(path, { type: 'file' })
  if (type === 'absent') return refuseStep(`${path} does not exist: use copy, template or state: touch`)
  if (type === 'link')
    return refuseStep(`${path} is a link to ${look.target ?? ''}, which is missing or not to be followed`)
  const attributes = planAttributes(wish, look, accounts, { directory: type === 'directory' })
  if (attributes.refuse !== undefined) return refuseStep(attributes.refuse)
  const times = planTimes(wish.times, look, seconds)
  const effect: PathEffect = {
    type: type === 'directory' ? 'directory' : 'file',
    mode: plainOctal(attributes.bits),
    ...ownedEffect(attributes),
  }
  return step([...attributes.changes, ...times.changes], { [path]: effect }, () =>
    lines(attributeScript(path, attributes), times.script),
  )
}

/** An empty file where nothing is; new times on what is there. */
export function touchStep(wish: EntryWish, look: Look, accounts: Accounts, seconds: Seconds): Step {
  const { path } = look
  if (look.type !== 'absent' || look.fault !== undefined) return existingStep(wish, look, accounts, seconds)
  const attributes = planAttributes(wish, look, accounts)
  const { bits, owner, group } = attributes
  if (attributes.refuse !== undefined) return refuseStep(attributes.refuse)
  const fault = noParent(look)
  if (fault !== undefined) return refuseStep(fault)
  const account = chownWord(wish.owner, wish.group)
  const times = planTimes(wish.times, look, seconds)
  const owned = owner === '' ? '' : ` ${owner}:${group}`
  const what = `create empty (${octal(bits)}${owned})`
  return step([{ what }], { [path]: { type: 'file', mode: plainOctal(bits), ...ownedEffect(attributes) } }, () =>
    lines(
      // Exclusively: a link put there meanwhile is not followed.
      sh`(umask 077 && set -C && : >${path})`,
      ...(account === '' ? [] : [sh`chown -h ${account} ${path}`]),
      sh`chmod ${chmodWord(bits)} ${path}`,
      times.script,
    ),
  )
}

/** A second name for the file that `source` is. */
export function hardLinkStep(
  wish: EntryWish & { readonly force: boolean },
  look: Look,
  source: Look,
  accounts: Accounts,
  seconds: Seconds,
): Step {
  const { path, type } = look
  if (source.type === 'absent' && source.pending) return pendingStep(path, { type: 'file' })
  if (source.type !== 'file') return refuseStep(`${source.path} is no file to make a hard link to`)
  if (type === 'directory' || type === 'other') return refuseStep(`${path} is no plain file: it is not replaced`)
  const same = source.inode !== '' && look.inode === source.inode && look.device === source.device
  if (same) return existingStep(wish, look, accounts, seconds)
  if (type === 'file' && !wish.force) return refuseStep(`${path} is another file: it is replaced only with force: true`)
  const fault = type === 'absent' ? noParent(look) : undefined
  if (fault !== undefined) return refuseStep(fault)
  // The attributes are those of the one file that both names then have.
  const attributes = planAttributes(wish, { ...source, path }, accounts)
  if (attributes.refuse !== undefined) return refuseStep(attributes.refuse)
  const times = planTimes(wish.times, { ...source, path }, seconds)
  const words: Change = {
    what: type === 'absent' ? `hard link to ${source.path}` : `hard link to ${source.path} in place of the ${type}`,
  }
  const effect: PathEffect = {
    type: 'file',
    mode: plainOctal(attributes.bits),
    ...ownedEffect(attributes),
    contentChanges: true,
  }
  const temporary = temporaryPath(path)
  return step([words, ...attributes.changes, ...times.changes], { [path]: effect }, () =>
    lines(
      sh`rm -f ${temporary}`,
      sh`ln -- ${source.path} ${temporary}`,
      renamed(temporary, path),
      attributeScript(path, attributes),
      times.script,
    ),
  )
}

export function absentStep(look: Look): Step {
  const { path, type } = look
  if (look.fault !== undefined) return refuseStep(look.fault)
  if (type === 'absent') return look.pending ? pendingStep(path, { type: 'absent' }) : nothingToDo
  const what = type === 'other' ? 'remove' : `remove ${type}`
  return step([{ what }], { [path]: { type: 'absent' } }, () =>
    type === 'directory' ? sh`rm -rf ${path}` : sh`rm -f ${path}`,
  )
}

function noParent(look: Look): string | undefined {
  if (look.pending || (look.missing === 0 && look.parent.directory)) return undefined
  return `the directory of ${look.path} does not exist (${existingParent(look)} does)`
}
