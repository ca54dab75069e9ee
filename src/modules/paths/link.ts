import { lines, type Script, sh } from '../../shell/script.ts'
import type { PathEffect } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import { existingParent, type Look } from './look.ts'
import { plainOctal } from './mode.ts'
import { type Accounts, attributeScript, chownWord, planAttributes } from './ownership.ts'
import { nothingToDo, ownedEffect, pendingStep, refuseStep, type Step, step } from './step.ts'
import { temporaryPath } from './write.ts'

export interface LinkWish extends Attributes {
  /** Where the link is to point, as it is to be written in it; left out: an existing link stays. */
  readonly src?: string | undefined
  readonly force: boolean
  /** Owner, group and mode are those of what the link leads to, not its own. */
  readonly follow: boolean
}

/** `look` is the link itself, `leads` what is where it is to lead. */
export function linkStep(wish: LinkWish, look: Look, leads: Look | undefined, accounts: Accounts): Step {
  const { path } = look
  const src = wish.src ?? look.target
  if (look.fault !== undefined) return refuseStep(look.fault)
  if (src === undefined) return refuseStep(`src is needed to make the link ${path}`)
  const replaced = look.type === 'absent' ? undefined : look.type
  if (!wish.force) {
    if (replaced !== undefined && replaced !== 'link') {
      return refuseStep(`${path} is a ${replaced}: it becomes a link only with force: true`)
    }
    if (leads?.type === 'absent' && !leads.pending) {
      return refuseStep(`${leads.path} does not exist: the link is made only with force: true`)
    }
  }
  if (replaced === 'other') return refuseStep(`${path} is no plain file: it is not replaced`)
  if (replaced === undefined && !look.pending && (look.missing > 0 || !look.parent.directory)) {
    return refuseStep(`the directory of ${path} does not exist (${existingParent(look)} does)`)
  }
  if (replaced === undefined && look.pending) return pendingStep(path, { type: 'link', target: src })

  const made = look.target !== src
  const owned = wish.follow ? leads : look
  const exists = owned !== undefined && owned.type !== 'absent'
  const attributes = exists
    ? planAttributes(wish.follow ? wish : { ...wish, mode: undefined }, owned, accounts, {
        directory: owned.type === 'directory',
        created: !wish.follow && made,
      })
    : undefined
  if (attributes?.refuse !== undefined) return refuseStep(attributes.refuse)
  const words =
    replaced === undefined ? 'create link' : replaced === 'link' ? 'link' : `link in place of the ${replaced}`
  const from = replaced === 'link' ? `${look.target ?? ''} ` : ''
  const changes = [...(made ? [{ what: `${words} ${from}→ ${src}` }] : []), ...(attributes?.changes ?? [])]
  if (changes.length === 0) return nothingToDo
  // Later tasks see what is owned, be it the link itself or what it leads to.
  const own = wish.follow ? undefined : planAttributes({ ...wish, mode: undefined }, look, accounts, { created: made })
  const target = wish.follow && attributes && owned && attributes.changes.length > 0 ? owned : undefined
  const paths: Readonly<Record<string, PathEffect>> = {
    [path]: { type: 'link', target: src, ...(own && ownedEffect(own)) },
    ...(target &&
      attributes && {
        [target.path]: {
          type: target.type === 'directory' ? 'directory' : 'file',
          mode: plainOctal(attributes.bits),
          ...ownedEffect(attributes),
        },
      }),
  }
  return step(changes, paths, () =>
    lines(
      ...(made ? [makeLink(src, path, replaced, wish)] : []),
      ...(attributes && owned ? [attributeScript(owned.path, attributes)] : []),
    ),
  )
}

/** Made beside its place and renamed over what is there, so that at no time nothing is there. */
function makeLink(src: string, path: string, replaced: Look['type'] | undefined, wish: LinkWish): Script {
  const temporary = temporaryPath(path)
  const account = wish.follow ? '' : chownWord(wish.owner, wish.group)
  return lines(
    sh`rm -f ${temporary}`,
    sh`ln -s -- ${src} ${temporary}`,
    ...(account === '' ? [] : [sh`chown -h ${account} ${temporary}`]),
    ...(replaced === 'directory' ? [sh`rmdir ${path} || { rm -f ${temporary}; exit 1; }`] : []),
    renamed(temporary, path),
  )
}

/** Without `-T` (old busybox) mv would move into the directory that a link there leads to. */
export function renamed(temporary: string, path: string): Script {
  return sh`mv -fT ${temporary} ${path} 2>/dev/null || { rm -f ${path} && mv -f ${temporary} ${path}; } || { rm -f ${temporary}; exit 1; }`
}
