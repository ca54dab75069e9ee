import type { Plan } from '../define.ts'
import type { Effects, PathEffect } from '../effects.ts'
import { modeBits, plainOctal } from '../paths/mode.ts'
import { overlayLook } from '../paths/overlay.ts'
import { overlayAccounts, unknownAccount } from '../paths/ownership.ts'
import { attributeDifferences, differing, impliedDirectories, tarDifference, unpackedBits } from './compare.ts'
import { ArchiveError, innerPath, type Member } from './member.ts'
import type { Found, UnarchiveState } from './probe.ts'
import type { UnarchiveWish } from './wish.ts'
import { readZip } from './zip.ts'

/** What is in the archive, and what of it unpacking would change. */
export interface Work {
  /** Undefined: tar on the host knows it. */
  readonly members: readonly Member[] | undefined
  /** As the archive names them. */
  readonly names: readonly string[]
  readonly paths: readonly string[]
  readonly implied: readonly string[]
  readonly differing: readonly string[]
}

/** Throws ArchiveError. */
export function workOn({ given, members: own }: UnarchiveWish, state: UnarchiveState): Work {
  const { archive, found } = state
  const members = own ?? zipMembers(state)
  const names = members?.map(({ name }) => name) ?? archive?.names ?? []
  const paths = members?.map(({ path }) => path) ?? names.map(innerPath)
  const lines = archive?.differences ?? []
  const different = members
    ? members.filter((member) => differing(member, found.get(member.path), given, state)).map(({ path }) => path)
    : lines.flatMap((line) => tarDifference(line, given, state.root) ?? []).map(innerPath)
  return { members, names, paths, implied: impliedDirectories(paths), differing: [...new Set(different)] }
}

/** Of the whole zip, only what unzip would take. */
function zipMembers({ archive }: UnarchiveState): readonly Member[] | undefined {
  if (!archive?.end) return undefined
  const wanted = new Set(archive.names)
  return readZip(archive.end.bytes, archive.end.start).filter(({ name }) => wanted.has(name))
}

/** What gets the attributes that the task wishes: all of the archive, and the directories at its top. */
export const attributed = ({ paths, implied }: Work): readonly string[] => [
  ...paths,
  ...implied.filter((path) => !path.includes('/')),
]

export function planUnarchive(wish: UnarchiveWish, state: UnarchiveState): Plan {
  const { given } = wish
  const { dest, archive, accounts } = state
  if (state.created) return { changes: [] }
  const refuse = (why: string): Plan => ({ changes: [], refuse: why })
  const unsure = (why: string): Plan => ({ changes: [], uncertain: [why] })
  if (dest.fault !== undefined) return refuse(dest.fault)
  if (dest.type === 'absent' && dest.pending)
    return unsure(`${dest.path} may come with packages that are still to be installed`)
  if (dest.type !== 'directory') return refuse(`dest '${dest.path}' must be an existing dir`)
  if (archive) {
    const { look, fault } = archive
    if (look.hidden || (look.type === 'absent' && look.pending))
      return unsure(`${look.path} is changed by an earlier task`)
    if (look.type === 'absent') return refuse(`Source '${look.path}' does not exist`)
    if (look.type !== 'file') return refuse(`Source '${look.path}' is no file`)
    if (fault !== undefined) return refuse(`${look.path}: ${fault}`)
  }
  const account = unknownAccount(given, accounts)
  if (account !== undefined) return refuse(account)
  try {
    const work = workOn(wish, state)
    if (work.names.length === 0) return refuse(`${given.src} has no files in it`)
    return planned(wish, state, work)
  } catch (error) {
    if (error instanceof ArchiveError) return refuse(`${given.src} cannot be unpacked: ${error.message}`)
    throw error
  }
}

function planned({ given }: UnarchiveWish, state: UnarchiveState, work: Work): Plan {
  const shown = work.differing.slice(0, 5).join(', ')
  const more = work.differing.length > 5 ? `, and ${work.differing.length - 5} more` : ''
  const changes = [
    ...(work.differing.length > 0 ? [{ what: `unpack ${shown}${more}` }] : []),
    ...attributeDifferences(attributed(work), state.found, given, state.accounts).map((what) => ({ what })),
  ]
  return changes.length === 0 ? { changes } : { changes, effects: { paths: effectsOf(given, state, work) } }
}

const listedTypes: Readonly<Record<string, Member['type']>> = { d: 'directory', l: 'link', '-': 'file', h: 'file' }

function effectsOf(given: UnarchiveWish['given'], state: UnarchiveState, work: Work): Record<string, PathEffect> {
  const at = (path: string) => (path === '.' ? state.dest.path : `${state.dest.path.replace(/\/$/, '')}/${path}`)
  const members = new Map(work.members?.map((member) => [member.path, member]))
  const different = new Set(work.differing)
  const wished = { ...(given.owner && { owner: given.owner }), ...(given.group && { group: given.group }) }
  const types = state.archive?.types ?? ''
  const listed = new Map(work.paths.map((path, index) => [path, listedTypes[types[index] ?? ''] ?? 'other']))
  const effects: Record<string, PathEffect> = {}
  for (const path of work.implied) if (!state.found.has(path)) effects[at(path)] = { type: 'directory' }
  for (const path of attributed(work)) {
    const member = members.get(path)
    const seen = state.found.get(path)
    if (!different.has(path) && Object.keys(wished).length === 0 && given.mode === undefined) continue
    const type = member?.type ?? listed.get(path) ?? (work.implied.includes(path) ? 'directory' : 'file')
    if (type === 'other') continue
    const kept = different.has(path) && member ? unpackedBits(member, state.root) : seen?.bits
    const bits = given.mode === undefined ? kept : modeBits(given.mode, kept ?? 0o644, type === 'directory')
    effects[at(path)] = {
      type,
      ...wished,
      ...(type === 'link' && member?.target !== undefined ? { target: member.target } : {}),
      ...(type !== 'link' && bits !== undefined ? { mode: plainOctal(bits) } : {}),
      ...(type === 'file' && different.has(path) ? { contentChanges: true } : {}),
      ...(type === 'file' && different.has(path) && member?.sum?.length === 64 ? { sha256: member.sum } : {}),
    }
  }
  return effects
}

/** Check runs: earlier tasks make the directory and the archive, and change what is where the members go. */
export function overlayUnarchive(state: UnarchiveState, effects: Effects, wish: UnarchiveWish): UnarchiveState {
  const dest = overlayLook(state.dest, effects)
  const found = new Map(state.found)
  const touched = new Set<string>()
  const members = new Map(wish.members?.map((member) => [member.path, member]))
  for (const [path, effect] of Object.entries(effects.paths ?? {})) {
    const inner =
      path === dest.path ? '.' : path.startsWith(`${dest.path}/`) ? path.slice(dest.path.length + 1) : undefined
    if (inner === undefined) continue
    touched.add(inner)
    const later = effect.type === 'absent' ? undefined : foundLater(effect, found.get(inner), members.get(inner), state)
    if (later) found.set(inner, later)
    else for (const name of [...found.keys()]) if (name === inner || name.startsWith(`${inner}/`)) found.delete(name)
  }
  const { archive } = state
  return {
    ...state,
    dest,
    found,
    accounts: overlayAccounts(state.accounts, effects, wish.given),
    ...(archive && {
      archive: {
        ...archive,
        look: overlayLook(archive.look, effects),
        differences: archive.differences.filter(
          (line) => !touched.has(line.replace(/^\S*tar: /, '').split(': ')[0] ?? ''),
        ),
      },
    }),
  }
}

function foundLater(
  effect: PathEffect,
  seen: Found | undefined,
  member: Member | undefined,
  state: UnarchiveState,
): Found {
  const same =
    member !== undefined && (effect.type !== 'file' || effect.sha256 === undefined || effect.sha256 === member.sum)
  const account = { uid: NaN, gid: NaN, user: '', group: '' }
  const unpacked = member && {
    size: member.size,
    mtime: Number(member.mtime),
    local: String(member.mtime),
    uid: state.uids.get(member.owner?.user ?? '') ?? member.owner?.uid ?? NaN,
    gid: state.gids.get(member.owner?.group ?? '') ?? member.owner?.gid ?? NaN,
    ...(member.sum === undefined ? {} : { sum: member.sum }),
  }
  const base = { bits: 0, size: NaN, mtime: NaN, local: '', ...account, ...seen, ...(same ? unpacked : { sum: '' }) }
  return {
    ...base,
    type: effect.type === 'absent' ? 'other' : effect.type,
    ...(effect.mode === undefined ? {} : { bits: parseInt(effect.mode, 8) }),
    ...(effect.owner === undefined ? {} : { user: effect.owner }),
    ...(effect.group === undefined ? {} : { group: effect.group }),
    ...(effect.target === undefined ? {} : { target: effect.target }),
  }
}
