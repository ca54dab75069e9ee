import type { Change, Plan } from '../define.ts'
import type { PackageEffect } from '../effects.ts'
import { type PackageSpec, versionMatches } from './spec.ts'
import { absent, type Manager, type PackagesState, type PackageState } from './state.ts'

export interface PackagesWish {
  readonly specs: readonly PackageSpec[]
  readonly want: 'present' | 'latest' | 'absent'
  readonly purge?: boolean
  /** Packages that are not installed stay so. */
  readonly onlyUpgrade?: boolean
  /** False: a version that is newer than the wished one stays. */
  readonly downgrade?: boolean
  readonly rpm?: RpmOptions
}

/** What dnf and yum are told besides. */
export interface RpmOptions {
  /** For every call that installs or removes. */
  readonly options: readonly string[]
  /** Those of them that decide what would be chosen. */
  readonly choosing: readonly string[]
  /** Seconds. */
  readonly lockTimeout: number
  /** Fetch the metadata first. */
  readonly update: boolean
}

/** Which packages must be touched, as the manager's command line wants them. */
export interface Work {
  readonly install: readonly PackageSpec[]
  readonly upgrade: readonly PackageSpec[]
  readonly remove: readonly PackageSpec[]
  readonly changes: readonly Change[]
  readonly uncertain: readonly string[]
}

export const noManager = 'no package manager that Sallyport speaks (apt, dnf, yum, zypper, apk) was found on this host'

/** Sorts the wanted packages by what has to be done with them. Pure. */
export function workOn(wish: PackagesWish, state: PackagesState): Work {
  const install: PackageSpec[] = []
  const upgrade: PackageSpec[] = []
  const remove: PackageSpec[] = []
  const uncertain: string[] = []
  const changes: Change[] = []
  for (const spec of wish.specs) {
    const seen = state.packages[spec.written] ?? absent
    const deed = deedFor(wish, spec, seen)
    if (deed === 'unknown') uncertain.push(`which version of ${spec.name} an earlier task will have installed`)
    if (deed === 'install') install.push(spec)
    if (deed === 'remove') remove.push(spec)
    if (deed === 'upgrade') {
      upgrade.push(spec)
      changes.push({ what: upgradeText(spec, seen) })
    }
    if (deed === 'finish') {
      upgrade.push(spec)
      changes.push({ what: `finish installing ${spec.name} (it was interrupted)` })
    }
  }
  if (install.length > 0) changes.unshift({ what: `install ${install.map((spec) => spec.written).join(', ')}` })
  if (remove.length > 0)
    changes.push({ what: `${wish.purge ? 'purge' : 'remove'} ${remove.map((spec) => spec.name).join(', ')}` })
  return { install, upgrade, remove, changes, uncertain }
}

type Deed = 'nothing' | 'install' | 'upgrade' | 'finish' | 'remove' | 'unknown'

function deedFor({ want, purge, onlyUpgrade, downgrade }: PackagesWish, spec: PackageSpec, seen: PackageState): Deed {
  if (want === 'absent') {
    const there = seen.status === 'installed' || seen.status === 'broken'
    return there || (purge === true && seen.status === 'config-files') ? 'remove' : 'nothing'
  }
  if (seen.status === 'broken') return 'finish'
  if (seen.status !== 'installed') {
    const provided = seen.providedBy !== undefined && spec.version === undefined
    return provided || onlyUpgrade === true ? 'nothing' : 'install'
  }
  if (spec.version !== undefined) {
    if (seen.announced) return 'unknown'
    if (downgrade === false && seen.newEnough === true) return 'nothing'
    return isWantedVersion(spec, seen) ? 'nothing' : 'upgrade'
  }
  const outdated =
    want === 'latest' && !seen.announced && seen.candidate !== undefined && seen.candidate !== seen.version
  return outdated ? 'upgrade' : 'nothing'
}

/** An rpm's version is written with or without its release (`8.2302.0` or `8.2302.0-1.el9`). */
function isWantedVersion(spec: PackageSpec, seen: PackageState): boolean {
  if (spec.relation === '>=') return seen.newEnough === true
  const wanted = spec.version ?? ''
  return versionMatches(seen.version ?? '', wanted) || (seen.version ?? '').startsWith(`${wanted}-`)
}

function upgradeText(spec: PackageSpec, seen: PackageState): string {
  const target = spec.relation === '=' ? spec.version : seen.candidate
  const to = target ? ` → ${target}` : spec.version ? ` → at least ${spec.version}` : ''
  return `upgrade ${spec.name}${seen.version ? ` ${seen.version}` : ''}${to}`
}

/** True when the wish needs lists that the host does not have yet: "latest" cannot be told without them. */
export function needsLists(wish: PackagesWish, state: PackagesState): boolean {
  return wish.want === 'latest' && !state.listsKnown
}

export const listsMissing = 'whether newer versions exist: the package lists are not there yet'

function outdatedUnknown(wish: PackagesWish, state: PackagesState): boolean {
  const missing = !state.listsKnown || state.listsAnnounced === true
  const installed = wish.specs.some(({ written }) => {
    const seen = state.packages[written]
    return seen?.status === 'installed' && !seen.announced
  })
  return wish.want === 'latest' && missing && installed
}

/** Whose versions are compared on the host. */
const comparing = new Set<Manager>(['apt', 'dnf', 'yum'])

export function planPackages(wish: PackagesWish, state: PackagesState): Plan {
  if (state.manager === undefined) return { changes: [], refuse: noManager }
  const floor = wish.specs.find((spec) => spec.relation === '>=')
  if (floor && !comparing.has(state.manager)) {
    return { changes: [], refuse: `'${floor.written}': '>=' is not understood for ${state.manager}` }
  }
  const work = workOn(wish, state)
  const others = takenAlong(work, state)
  const lists = needsLists(wish, state) ? [{ what: `fetch the package lists (the host has none)` }] : []
  const uncertain = [...work.uncertain, ...(outdatedUnknown(wish, state) ? [listsMissing] : [])]
  return {
    changes: [...lists, ...work.changes, ...others.map((what) => ({ what }))],
    ...(uncertain.length > 0 && { uncertain }),
    ...(state.simulated && state.simulated.errors.length > 0 && { warnings: state.simulated.errors }),
    effects: { packages: effectsOf(work, state) },
  }
}

/** Packages nobody named that go as well: what needs a removed one, what stands in the way of a new one. */
function takenAlong(work: Work, state: PackagesState): string[] {
  if (work.install.length + work.remove.length === 0) return []
  const named = new Set(work.remove.map((spec) => spec.name))
  const others = (state.simulated?.removes ?? []).filter((name) => !named.has(name))
  if (others.length === 0) return []
  return [`remove ${others.join(', ')} (${work.remove.length > 0 ? 'goes with it' : 'apt puts it out of the way'})`]
}

function effectsOf(work: Work, state: PackagesState): Record<string, PackageEffect> {
  const manager = state.manager ?? 'apt'
  const all = (specs: readonly PackageSpec[], what: PackageEffect['state']) =>
    specs.map((spec) => [spec.name, { state: what, manager }] as const)
  const others = work.install.length + work.remove.length > 0 ? (state.simulated?.removes ?? []) : []
  return Object.fromEntries([
    ...others.map((name) => [name, { state: 'removed', manager }] as const),
    ...all(work.install, 'installed'),
    ...all(work.upgrade, 'upgraded'),
    ...all(work.remove, 'removed'),
  ])
}
