import type { Change, Plan } from '../define.ts'
import type { Effects } from '../effects.ts'
import { noTools } from './probe.ts'
import { looksHashed, type UserWish } from './user-arguments.ts'
import { groupNamed, type UserEntry, type UserState } from './user-state.ts'

/** What has to be done to an account that is there; each field that is there is to change. */
export interface UserWork {
  readonly uid?: number
  readonly gid?: number
  readonly comment?: string
  readonly home?: string
  readonly shell?: string
  /** All further groups the user is to be in. */
  readonly groups?: readonly string[]
  /** Days since 1970; null: never. */
  readonly expires?: number | null
  readonly min?: number
  readonly max?: number
  readonly password?: string
  readonly lock?: boolean
  readonly makeHome?: boolean
  readonly makeKey?: boolean
}

/** The day an account expires by the arguments; null: never. */
export const expiryDay = ({ expires }: UserWish): number | null | undefined =>
  expires === undefined ? undefined : expires < 0 ? null : Math.floor(expires / 86400)

/** What separates an existing account from the wish. */
export function workOn(wish: UserWish, state: UserState, entry: UserEntry): UserWork {
  const gid = wish.group === undefined ? undefined : groupNamed(state.groups, wish.group)?.gid
  const day = expiryDay(wish)
  const groups = wishedGroups(wish, state)
  const setsPassword = wish.password !== undefined && wish.update_password === 'always' && !state.samePassword
  const { password_expire_min: min, password_expire_max: max, password_lock: lock } = wish
  return {
    ...(wish.uid !== undefined && wish.uid !== entry.uid && { uid: wish.uid }),
    ...(gid !== undefined && !Object.is(gid, entry.gid) && { gid }),
    ...(wish.comment !== undefined && wish.comment !== entry.comment && { comment: wish.comment }),
    ...(wish.home !== undefined && wish.home !== entry.home && { home: wish.home }),
    ...(wish.shell !== undefined && wish.shell !== entry.shell && { shell: wish.shell }),
    ...(groups && groups.join() !== state.memberOf.join() && { groups }),
    ...(day !== undefined && day !== (state.expires ?? null) && { expires: day }),
    ...(min !== undefined && min !== state.min && { min }),
    ...(max !== undefined && max !== state.max && { max }),
    ...(setsPassword && { password: wish.password ?? '' }),
    ...(lock !== undefined && lock !== state.locked && { lock }),
    ...(wish.create_home && !state.homeExists && { makeHome: true }),
    ...(wish.generate_ssh_key && (!state.key || wish.force) && { makeKey: true }),
  }
}

/** The names of the groups that are to list the user; undefined: as they do now. */
function wishedGroups({ groups, append }: UserWish, { groups: known, memberOf }: UserState): string[] | undefined {
  if (groups === undefined) return undefined
  const names = groups.map((group) => groupNamed(known, group)?.name ?? group)
  return [...new Set([...names, ...(append ? memberOf : [])])].sort()
}

export function planUser(wish: UserWish, state: UserState): Plan {
  const { name } = wish
  const { entry, tools } = state
  if (state.announced) {
    const uncertain = [`an earlier task makes or changes the user ${name}`]
    return { changes: [], uncertain, effects: { users: { [name]: wish.state } } }
  }
  if (wish.state === 'absent') {
    if (!entry) return { changes: [] }
    if (tools === 'none') return { changes: [], refuse: noTools }
    const home = wish.remove ? { paths: { [entry.home]: { type: 'absent' } as const } } : {}
    const what = `remove user ${name}${wish.remove ? ` and ${entry.home}` : ''}`
    return { changes: [{ what }], effects: { users: { [name]: 'absent' }, ...home } }
  }
  if (
    state.bare &&
    wish.password_lock === false &&
    (wish.password === undefined || wish.update_password === 'on_create')
  ) {
    return { changes: [], refuse: `${name} has no password: unlocked, it would let everybody in` }
  }
  const missing = [wish.group, ...(wish.groups ?? [])].find(
    (group) => group !== undefined && !groupNamed(state.groups, group),
  )
  if (missing !== undefined) return { changes: [], refuse: `there is no group ${missing} on this host` }
  const changes = entry ? changesOf(wish, state, entry) : [{ what: `create user ${name}` }]
  if (changes.length === 0) return { changes }
  if (tools === 'none') return { changes: [], refuse: noTools }
  const why = entry && tools === 'busybox' ? beyondBusybox(workOn(wish, state, entry)) : undefined
  if (why !== undefined) return { changes: [], refuse: `this host has no usermod: ${why} of ${name} cannot be changed` }
  const hashed = wish.password === undefined || looksHashed(wish.password)
  return {
    changes,
    effects: effectsOf(wish, state),
    ...(hashed ? {} : { warnings: [`the password of ${name} is no hash: nobody will be able to log in with it`] }),
  }
}

function effectsOf(wish: UserWish, { entry, homeExists }: UserState): Effects {
  const home = wish.home ?? entry?.home ?? `/home/${wish.name}`
  const made = wish.create_home && !homeExists && (entry !== undefined || wish.home !== undefined)
  return {
    users: { [wish.name]: 'present' },
    ...(!entry && wish.group === undefined ? { groups: { [wish.name]: 'present' } } : {}),
    ...(made ? { paths: { [home]: { type: 'directory', owner: wish.name } } } : {}),
  }
}

function changesOf(wish: UserWish, state: UserState, entry: UserEntry): Change[] {
  const work = workOn(wish, state, entry)
  const day = (days: number | null | undefined) =>
    days === null || days === undefined ? 'never' : new Date(days * 86_400_000).toISOString().slice(0, 10)
  const words: [keyof UserWork, () => string][] = [
    ['uid', () => `uid ${entry.uid} → ${work.uid ?? ''}`],
    ['gid', () => `primary group ${entry.gid} → ${Number.isNaN(work.gid) ? (wish.group ?? '') : (work.gid ?? '')}`],
    ['groups', () => `groups ${state.memberOf.join(', ') || 'none'} → ${work.groups?.join(', ') || 'none'}`],
    ['comment', () => `comment ${entry.comment} → ${work.comment ?? ''}`],
    ['home', () => `home ${entry.home} → ${work.home ?? ''}${wish.move_home ? ' (moved)' : ''}`],
    ['shell', () => `shell ${entry.shell} → ${work.shell ?? ''}`],
    ['expires', () => `expires ${day(state.expires)} → ${day(work.expires)}`],
    ['password', () => 'password'],
    ['lock', () => (work.lock ? 'lock the password' : 'unlock the password')],
    ['min', () => `days before a password may change ${state.min} → ${work.min ?? ''}`],
    ['max', () => `days after which a password must change ${state.max} → ${work.max ?? ''}`],
    ['makeHome', () => `home directory ${work.home ?? entry.home}`],
    ['makeKey', () => (state.key ? 'make a new SSH key' : 'make an SSH key')],
  ]
  return words.flatMap(([field, say]) => (work[field] === undefined ? [] : [{ what: say() }]))
}

/** What busybox' tools cannot change in an account that is there. */
function beyondBusybox(work: UserWork): string | undefined {
  const able = new Set(['groups', 'password', 'makeHome', 'makeKey'])
  return Object.keys(work).find((field) => !able.has(field))
}
