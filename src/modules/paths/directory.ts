import { lines, type Script, sh } from '../../shell/script.ts'
import type { PathEffect } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import { type Look, missingParents } from './look.ts'
import { chmodWord, modeBits, newDirectory, octal, plainOctal } from './mode.ts'
import { type Accounts, attributeScript, chownWord, planAttributes } from './ownership.ts'
import { ownedEffect, pendingStep, refuseStep, type Step, step } from './step.ts'

/** A directory with its attributes; missing ones above it are made like it, as Ansible does. */
export function directoryStep(wish: Attributes, look: Look, accounts: Accounts): Step {
  const { path } = look
  const attributes = planAttributes(wish, look, accounts, { directory: true })
  const { bits, owner, group } = attributes
  const effect: PathEffect = { type: 'directory', mode: plainOctal(bits), ...ownedEffect(attributes) }
  if (look.fault !== undefined) return refuseStep(look.fault)
  if (attributes.refuse !== undefined) return refuseStep(attributes.refuse)
  if (look.type === 'directory') {
    return step(attributes.changes, { [path]: effect }, () => attributeScript(path, attributes))
  }
  if (look.type === 'link') return refuseStep(`${path} is a link to ${look.target ?? ''}, which is no directory`)
  if (look.type !== 'absent') return refuseStep(`${path} is there already and is no directory`)
  if (look.pending) return pendingStep(path, effect)
  if (!look.parent.directory) return refuseStep(`a part of ${path} is no directory`)
  const made = [...missingParents(look), path]
  const account = owner === '' ? '' : ` ${owner}:${group}`
  return step(
    made.map((directory) => ({ what: `create directory ${directory} (${octal(bits)}${account})` })),
    Object.fromEntries(made.map((directory) => [directory, effect])),
    () => lines(...made.map((directory) => makeDirectory(directory, wish))),
  )
}

/**
 * Makes one directory; where a mode is wished nobody but the session's user can look into it until it is set. Without
 * one it is what the umask and a set-group-id parent make of it.
 */
export function makeDirectory(path: string, { mode, owner, group }: Attributes): Script {
  const account = chownWord(owner, group)
  return lines(
    mode === undefined ? sh`mkdir ${path}` : sh`mkdir -m 0700 ${path}`,
    ...(account === '' ? [] : [sh`chown -h ${account} ${path}`]),
    ...(mode === undefined ? [] : [sh`chmod ${chmodWord(modeBits(mode, newDirectory, true))} ${path}`]),
    sh`! command -v restorecon >/dev/null || restorecon ${path} || :`,
  )
}
