import { lines, Script, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { Effects } from '../effects.ts'
import type { Attributes } from './arguments.ts'
import type { Look } from './look.ts'
import { chmodWord, modeBits, newDirectory, newFile, octal } from './mode.ts'
import { packagesPending } from './overlay.ts'
import type { Fields } from './record.ts'

/** The ids of the wished owner and group, and who the session is: only asked for where the answer matters. */
export interface Accounts {
  /** `undefined`: there is no such user; `pending`: an earlier change may bring it (check runs). */
  readonly uid: number | 'pending' | undefined
  readonly gid: number | 'pending' | undefined
  /** Who owns what the session creates. */
  readonly user: string
  readonly group: string
}

export const accountFunctions = new Script(
  `gid() {
  getent group "$1" 2>/dev/null || while IFS= read -r e; do
    case $e in "$1":*) printf '%s\\n' "$e" ;; esac
  done </etc/group
}`,
)

const named = (account: string | undefined): account is string =>
  account !== undefined && account !== 'root' && !/^\d+$/.test(account)

/** Follows a `look`, whose `$p`, `$u` and `$g` it uses: names that already match need no lookup. */
export function accountsScript({ owner, group }: Attributes): Script {
  return lines(
    sh`echo 'record accounts'`,
    ...(named(owner) ? [sh`[ "$u" = ${owner} ] || printf 'uid %s\\n' "$(id -u -- ${owner} 2>/dev/null)"`] : []),
    ...(named(group) ? [sh`[ "$g" = ${group} ] || printf 'gid %s\\n' "$(gid ${group} | cut -d: -f3)"`] : []),
    sh`if [ -z "$u$g" ] || [ -L "$p" ]; then
  printf 'user %s\\ngroup %s\\n' "$(id -un 2>/dev/null || id -u)" "$(id -gn 2>/dev/null || id -g)"
fi`,
  )
}

export function parseAccounts(fields: Fields | undefined, { owner, group }: Attributes): Accounts {
  return {
    uid: accountId(owner, fields?.get('uid')),
    gid: accountId(group, fields?.get('gid')),
    user: fields?.get('user') ?? '',
    group: fields?.get('group') ?? '',
  }
}

function accountId(wished: string | undefined, answer: string | undefined): number | undefined {
  if (wished === 'root') return 0
  if (wished !== undefined && /^\d+$/.test(wished)) return Number(wished)
  // No answer: the name matched and was not looked up.
  return answer === undefined ? -1 : answer === '' ? undefined : Number(answer)
}

export function overlayAccounts(accounts: Accounts, effects: Effects, { owner, group }: Attributes): Accounts {
  const after = (id: Accounts['uid'], name: string | undefined, known: Effects['users']): Accounts['uid'] => {
    const effect = name !== undefined && known && Object.hasOwn(known, name) ? known[name] : undefined
    if (effect === 'absent') return undefined
    return id === undefined && (effect === 'present' || packagesPending(effects)) ? 'pending' : id
  }
  return {
    ...accounts,
    uid: after(accounts.uid, owner, effects.users),
    gid: after(accounts.gid, group, effects.groups),
  }
}

/** What the attributes of a path are now and will be; `owner` and `group` as words for chown. */
export interface AttributePlan {
  readonly bits: number
  readonly owner: string
  readonly group: string
  readonly changesMode: boolean
  readonly changesOwner: boolean
  readonly changesGroup: boolean
  readonly changes: readonly Change[]
  readonly refuse: string | undefined
}

/** Attributes that are left out stay what they are; on what is created they are the session's. */
export function planAttributes(
  wish: Attributes,
  look: Look,
  accounts: Accounts,
  { directory = false, created = look.type === 'absent' }: { directory?: boolean; created?: boolean } = {},
): AttributePlan {
  const present = created ? (directory ? newDirectory : newFile) : look.bits
  const bits = wish.mode === undefined ? present : modeBits(wish.mode, present, directory)
  const inherited = look.parent.bits & 0o2000 && look.parent.group !== '' ? look.parent.group : accounts.group
  const owner = wish.owner ?? (created ? accounts.user : look.user)
  const group = wish.group ?? (created ? inherited : look.group)
  const changesMode = !created && bits !== look.bits
  const changesOwner = !created && wish.owner !== undefined && differs(wish.owner, look.user, look.uid, accounts.uid)
  const changesGroup = !created && wish.group !== undefined && differs(wish.group, look.group, look.gid, accounts.gid)
  return {
    bits,
    owner,
    group,
    changesMode,
    changesOwner,
    changesGroup,
    changes: [
      ...(changesMode ? [{ what: `mode ${octal(look.bits)} → ${octal(bits)}` }] : []),
      ...(changesOwner ? [{ what: `owner ${look.user} → ${owner}` }] : []),
      ...(changesGroup ? [{ what: `group ${look.group} → ${group}` }] : []),
    ],
    refuse: unknownAccount(wish, accounts),
  }
}

export function differs(wished: string, name: string, id: number, wishedId: Accounts['uid']): boolean {
  if (wished === name) return false
  return /^\d+$/.test(wished) ? Number(wished) !== id : wishedId !== id
}

export function unknownAccount({ owner, group }: Attributes, { uid, gid }: Accounts): string | undefined {
  if (owner !== undefined && uid === undefined) return `there is no user ${owner} on this host`
  if (group !== undefined && gid === undefined) return `there is no group ${group} on this host`
  return undefined
}

/** `owner`, `owner:group` or `:group` for chown; empty when neither is to change. */
export function chownWord(owner: string | undefined, group: string | undefined): string {
  return `${owner ?? ''}${group === undefined ? '' : `:${group}`}`
}

/**
 * Changes what the plan says on a path that stays. chown first: it clears set-id bits. A link's own owner is changed
 * only when the caller did not ask for it to be followed, so `-h` always: a link put there meanwhile leads nowhere.
 */
export function attributeScript(path: string, plan: AttributePlan): Script {
  const account = chownWord(plan.changesOwner ? plan.owner : undefined, plan.changesGroup ? plan.group : undefined)
  const chmod = plan.changesMode || (account !== '' && (plan.bits & 0o6000) !== 0)
  return lines(
    ...(account === '' ? [] : [sh`chown -h ${account} ${path}`]),
    // chmod always follows: not what somebody made a link since the probe looked.
    ...(chmod ? [sh`if [ -L ${path} ]; then echo ${`${path} has become a link`} >&2; exit 1; fi`] : []),
    ...(chmod ? [sh`chmod ${chmodWord(plan.bits)} ${path}`] : []),
  )
}
