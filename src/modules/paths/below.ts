import { lines, type Script, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { Attributes } from './arguments.ts'
import { chmodWord, modeBits, plainOctal } from './mode.ts'
import { type Accounts, chownWord, differs } from './ownership.ts'
import type { Fields } from './record.ts'

/** So many things below a directory have the same attributes. */
export interface Crowd {
  readonly count: number
  readonly directory: boolean
  readonly link: boolean
  readonly bits: number
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
}

/** Follows a `look`; prints how often each set of attributes occurs below `$p`: a whole tree in a few lines. */
export const belowScript: Script = sh`echo 'record below'
if [ -d "$p" ]; then
  echo crowds
  find "$p/." ! -name . -exec stat -c %f:%u:%g:%U:%G {} + 2>/dev/null | sort | uniq -c | sed 's/^/|/'
  printf '\\n.\\n'
fi`

export function parseBelow(fields: Fields | undefined): readonly Crowd[] {
  const rows = (fields?.get('crowds') ?? '').split('\n').filter((row) => row.trim() !== '')
  return rows.map((row) => {
    const [, count = '', rest = ''] = /^\s*(\d+) (.*)$/.exec(row) ?? []
    const [raw = '', uid, gid, user = '', group = ''] = rest.split(':')
    const bits = parseInt(raw, 16)
    return {
      count: Number(count),
      directory: bits >> 12 === 0o4,
      link: bits >> 12 === 0o12,
      bits: bits & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      user,
      group,
    }
  })
}

/** What differs below a directory and the script that puts it right. Links are changed themselves, never followed. */
export function planBelow(wish: Attributes, crowds: readonly Crowd[], accounts: Accounts, path: string) {
  const { mode, owner, group } = wish
  const total = (some: readonly Crowd[]) => some.reduce((sum, { count }) => sum + count, 0)
  const modes =
    mode === undefined
      ? []
      : crowds.filter(({ link, bits, directory }) => !link && modeBits(mode, bits, directory) !== bits)
  const owners = owner === undefined ? [] : crowds.filter((one) => differs(owner, one.user, one.uid, accounts.uid))
  const groups = group === undefined ? [] : crowds.filter((one) => differs(group, one.group, one.gid, accounts.gid))
  const changes: readonly Change[] = [
    ...(modes.length > 0 ? [{ what: `mode of ${total(modes)} below it → ${mode ?? ''}` }] : []),
    ...(owners.length > 0 ? [{ what: `owner of ${total(owners)} below it → ${owner ?? ''}` }] : []),
    ...(groups.length > 0 ? [{ what: `group of ${total(groups)} below it → ${group ?? ''}` }] : []),
  ]
  const account = chownWord(owners.length > 0 ? owner : undefined, groups.length > 0 ? group : undefined)
  const script = lines(
    ...(account === '' ? [] : [sh`find ${`${path}/.`} ! -name . -exec chown -h ${account} {} +`]),
    // One command per set of attributes: what a symbolic mode makes of each was computed, so chmod need not agree.
    ...modes.map(({ bits, directory }) => {
      const wished = chmodWord(modeBits(mode ?? '', bits, directory))
      const kind = directory ? sh`-type d` : sh`! -type d ! -type l`
      return sh`find ${`${path}/.`} ! -name . ${kind} -perm ${plainOctal(bits).padStart(4, '0')} -exec chmod ${wished} {} +`
    }),
  )
  return { changes, script }
}
