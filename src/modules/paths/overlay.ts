import type { Effects, PathEffect } from '../effects.ts'
import type { Look } from './look.ts'

/** What earlier announced changes make of a path: what they say of it, or that a directory above it goes. */
export function effectAt(path: string, effects: Effects): PathEffect | undefined {
  const paths = effects.paths ?? {}
  if (Object.hasOwn(paths, path)) return paths[path]
  for (let above = path; above.length > 1;) {
    above = above.slice(0, above.lastIndexOf('/')) || '/'
    const effect = Object.hasOwn(paths, above) ? paths[above] : undefined
    if (effect) return effect.type === 'absent' ? effect : undefined
  }
  return undefined
}

/** True when a package is announced to come: it may bring files, directories, users and groups nobody can know. */
export const packagesPending = (effects: Effects): boolean =>
  Object.values(effects.packages ?? {}).some((effect) => effect.state !== 'removed')

const absent = { type: 'absent', bits: 0, uid: NaN, gid: NaN, user: '', group: '', size: 0, links: 0 } as const

/** What a look will find once the announced changes are made. */
export function overlayLook(look: Look, effects: Effects, inside?: string): Look {
  const pending = look.pending || packagesPending(effects)
  const effect = effectAt(look.path, effects)
  let result: Look = { ...look, pending }
  if (effect) result = lay(result, effect)
  if (result.type === 'directory' && inside !== undefined && !look.inside) {
    const path = `${look.path}/${inside}`
    const parent = { directory: true, bits: result.bits, group: result.group }
    result = { ...bare(result), ...absent, path, inside: true, missing: 0, parent }
    const within = effectAt(path, effects)
    if (within) result = lay(result, within)
  }
  return result.type === 'absent' ? withParents(result, effects) : result
}

function lay(look: Look, effect: PathEffect): Look {
  if (effect.type === 'absent') return { ...bare(look), ...absent }
  const kept = look.type === effect.type ? look : { ...bare(look), ...absent, missing: 0 }
  return {
    ...(effect.sha256 === undefined && !effect.contentChanges ? kept : bare(kept)),
    type: effect.type,
    ...(effect.mode === undefined ? {} : { bits: parseInt(effect.mode, 8) }),
    ...(effect.owner === undefined ? {} : { user: effect.owner, uid: account(effect.owner) }),
    ...(effect.group === undefined ? {} : { group: effect.group, gid: account(effect.group) }),
    ...(effect.target === undefined ? {} : { target: effect.target }),
    ...(effect.sha256 === undefined ? {} : { sha256: effect.sha256 }),
    hidden: effect.type === 'file' && effect.contentChanges === true && effect.sha256 === undefined,
  }
}

/** Without what is known of a content. */
const bare = (look: Look): Look => ({ ...look, sha256: undefined, text: undefined, target: undefined })

const account = (name: string): number => (name === 'root' ? 0 : /^\d+$/.test(name) ? Number(name) : NaN)

/** Counts the missing directories again: earlier tasks make some and remove others. */
function withParents(look: Look, effects: Effects): Look {
  const parts = look.path.split('/').slice(0, -1)
  for (let missing = 0; missing < parts.length; missing += 1) {
    const path = parts.slice(0, parts.length - missing).join('/') || '/'
    const effect = effectAt(path, effects)
    if (effect?.type === 'directory') {
      const bits = effect.mode === undefined ? 0o755 : parseInt(effect.mode, 8)
      return { ...look, missing, parent: { directory: true, bits, group: effect.group ?? '' } }
    }
    if (effect?.type === 'link') return { ...look, missing, parent: { directory: true, bits: 0o755, group: '' } }
    if (effect?.type === 'file') return { ...look, missing, parent: { directory: false, bits: 0, group: '' } }
    const stood = look.type !== 'absent' || missing >= look.missing
    if (!effect && stood) return { ...look, missing }
  }
  return { ...look, missing: parts.length - 1 }
}
