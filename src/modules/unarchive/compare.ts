import { modeBits } from '../paths/mode.ts'
import type { Accounts } from '../paths/ownership.ts'
import { differs } from '../paths/ownership.ts'
import type { UnarchiveArguments } from './arguments.ts'
import { crc32 } from './zip.ts'
import type { Member } from './member.ts'
import type { Found } from './probe.ts'

/** Directories above the paths that are not among them. */
export function impliedDirectories(paths: readonly string[]): readonly string[] {
  const listed = new Set(paths)
  const implied = new Set<string>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end)
      if (!listed.has(above)) implied.add(above)
    }
  }
  return [...implied]
}

export interface Ground {
  readonly root: boolean
  readonly uids: ReadonlyMap<string, number>
  readonly gids: ReadonlyMap<string, number>
}

/** The permissions that unpacking gives: root gets what the archive says, others what their umask leaves. */
export const unpackedBits = ({ bits }: Member, root: boolean): number => (root ? bits : bits & 0o777 & ~0o022)

/** Whether unpacking would make something else of what is there. What the task wishes itself is no difference. */
export function differing(
  member: Member,
  found: Found | undefined,
  given: UnarchiveArguments,
  ground: Ground,
): boolean {
  if (!found || found.type !== member.type) return true
  if (member.type === 'other') return false
  if (member.type === 'link') return !sameTarget(member, found.target ?? '')
  const modes = given.mode === undefined && found.bits !== unpackedBits(member, ground.root)
  // tar itself does not compare whose a directory is, and sets it all the same.
  if (member.type === 'directory') return modes || ownersDiffer(member, found, given, ground)
  const [here, there] = typeof member.mtime === 'string' ? [found.local, member.mtime] : [found.mtime, member.mtime]
  if (given.keep_newer && here > there) return false
  if (modes || here !== there || found.size !== member.size) return true
  if (member.sum !== undefined && found.sum !== member.sum) return true
  return ownersDiffer(member, found, given, ground)
}

/** A zip has only the sum of a link's target where all entries are listed. */
const sameTarget = ({ target, sum }: Member, found: string): boolean =>
  target === undefined ? sum === crc32(Buffer.from(found)) : target === found

/** tar takes the account of the name, and the number where the host has no such name. */
function ownersDiffer(
  { owner }: Member,
  found: Found,
  given: UnarchiveArguments,
  { root, uids, gids }: Ground,
): boolean {
  if (!owner || !root) return false
  const user = given.owner === undefined && found.uid !== (uids.get(owner.user) ?? owner.uid)
  return user || (given.group === undefined && found.gid !== (gids.get(owner.group) ?? owner.gid))
}

/** tar's own words about a file of the host's archive, and whether they matter here. */
export function tarDifference(line: string, given: UnarchiveArguments, root: boolean): string | undefined {
  const [, path, what = ''] =
    /^(.*): (Mode|Uid|Gid|Mod time|Size|Contents|Symlink|File type|Device number) differs?$/.exec(line) ??
    /^(?:\S*tar: )?(.*?): (?:Warning: )?Cannot (\w+): .*$/.exec(line) ??
    /^(.*): (Not linked) to .*$/.exec(line) ??
    []
  const wished =
    (what === 'Mode' && (given.mode !== undefined || !root)) ||
    (what === 'Uid' && (given.owner !== undefined || !root)) ||
    (what === 'Gid' && (given.group !== undefined || !root))
  // A name of which `--strip-components` leaves nothing is complained about, too.
  return wished || path === '' ? undefined : path
}

/** How many of the paths have other attributes than the task wishes. */
export function attributeDifferences(
  paths: readonly string[],
  found: ReadonlyMap<string, Found>,
  { mode, owner, group }: UnarchiveArguments,
  accounts: Accounts,
): readonly string[] {
  const seen = paths.flatMap((path) => found.get(path) ?? [])
  const count = (differ: (one: Found) => boolean) => seen.filter(differ).length
  const modes =
    mode === undefined
      ? 0
      : count((one) => one.type !== 'link' && modeBits(mode, one.bits, one.type === 'directory') !== one.bits)
  const owners = owner === undefined ? 0 : count((one) => differs(owner, one.user, one.uid, accounts.uid))
  const groups = group === undefined ? 0 : count((one) => differs(group, one.group, one.gid, accounts.gid))
  return [
    ...(modes > 0 ? [`mode of ${modes} → ${mode ?? ''}`] : []),
    ...(owners > 0 ? [`owner of ${owners} → ${owner ?? ''}`] : []),
    ...(groups > 0 ? [`group of ${groups} → ${group ?? ''}`] : []),
  ]
}
