import type { Effects } from '../effects.ts'
import type { PackageSpec } from './spec.ts'

export type Manager = 'apt' | 'dnf' | 'yum' | 'zypper' | 'apk'

/** What a host says of the wanted packages. */
export interface PackagesState {
  /** Undefined: none of the managers we speak is there. */
  readonly manager?: Manager
  /** False on a fresh host: the manager knows no package until its lists were fetched. */
  readonly listsKnown: boolean
  /** Seconds since the lists were fetched; undefined where that is unknown. */
  readonly listsAge?: number
  /** When that was, in seconds since 1970. */
  readonly listsTime?: number
  /** An earlier announced change fetches them: what is outdated will be known only then. */
  readonly listsAnnounced?: boolean
  /** By the spec as written. */
  readonly packages: Readonly<Record<string, PackageState>>
  /** What apt says it would do; absent where it was not asked. */
  readonly simulated?: Simulated
}

export interface Simulated {
  readonly installs: readonly string[]
  readonly removes: readonly string[]
  readonly errors: readonly string[]
}

export interface PackageState {
  readonly status: 'installed' | 'broken' | 'config-files' | 'absent'
  readonly version?: string
  /** The installed packages that offer it, where it is a virtual one. */
  readonly providedBy?: readonly string[]
  /** The version the manager would install; undefined where it was not asked or knows none. */
  readonly candidate?: string
  /** For `NAME>=VERSION`: the installed version is new enough. */
  readonly newEnough?: boolean
  /** An earlier announced change brings it, in a version that nobody knows yet. */
  readonly announced?: boolean
}

export const absent: PackageState = { status: 'absent' }

/**
 * The probe's lines, fields separated by tabs:
 *   manager NAME · lists KNOWN AGE TIME · pkg SPEC STATUS VERSION NEWENOUGH · prov SPEC NAME · cand SPEC VERSION ·
 *   sim WORD NAME
 */
export function parsePackages(output: string): PackagesState {
  const packages: Record<string, PackageState> = {}
  let manager: Manager | undefined
  let listsKnown = true
  let listsAge: number | undefined
  let listsTime: number | undefined
  const simulated: Record<'Inst' | 'Remv' | 'E', string[]> = { Inst: [], Remv: [], E: [] }
  for (const line of output.split('\n')) {
    const [kind, subject = '', first = '', second = '', third = ''] = line.split('\t')
    if (kind === 'manager' && isManager(subject)) manager = subject
    if (kind === 'lists') {
      listsKnown = subject === 'yes'
      if (/^\d+$/.test(first)) listsAge = Number(first)
      if (/^\d+$/.test(second)) listsTime = Number(second)
    }
    if (kind === 'pkg') packages[subject] = better(packages[subject], statusOf(first, second, third))
    if (kind === 'sim') simulated[subject === 'Inst' || subject === 'E' ? subject : 'Remv'].push(first)
    if (kind === 'prov') {
      const known = packages[subject] ?? absent
      packages[subject] = { ...known, providedBy: [...(known.providedBy ?? []), first] }
    }
    if (kind === 'cand' && first !== '' && first !== '(none)') {
      packages[subject] = { ...(packages[subject] ?? absent), candidate: first }
    }
  }
  const asked = Object.values(simulated).some((lines) => lines.length > 0)
  const { Inst: installs, Remv: removes, E: errors } = simulated
  return {
    ...(manager && { manager }),
    listsKnown,
    ...(listsAge !== undefined && { listsAge }),
    ...(listsTime !== undefined && { listsTime }),
    packages,
    ...(asked && { simulated: { installs, removes, errors } }),
  }
}

function isManager(word: string): word is Manager {
  return ['apt', 'dnf', 'yum', 'zypper', 'apk'].includes(word)
}

/** dpkg's status words; rpm and apk only ever say `installed`. */
function statusOf(word: string, version: string, newEnough: string): PackageState {
  const enough = newEnough === '' ? {} : { newEnough: newEnough === 'yes' }
  // A package that waits for another one's trigger is configured and works.
  if (word === 'installed' || word.startsWith('triggers-')) return { status: 'installed', version, ...enough }
  if (word === 'not-installed' || word === '') return absent
  if (word === 'config-files') return { status: 'config-files', version }
  return { status: 'broken', version, ...enough }
}

/** A name can be there for several architectures: one that is installed is enough. */
function better(known: PackageState | undefined, seen: PackageState): PackageState {
  return known === undefined || known.status !== 'installed' ? { ...known, ...seen } : known
}

/** Earlier announced installations and removals, laid over what the host says. */
export function overlayPackages(state: PackagesState, effects: Effects, specs: readonly PackageSpec[]): PackagesState {
  const packages = { ...state.packages }
  for (const { written, name } of specs) {
    const effect = effects.packages?.[name]
    if (effect?.state === 'removed') packages[written] = absent
    else if (effect) packages[written] = { ...packages[written], status: 'installed', announced: true }
  }
  const fetches = Object.values(effects.packages ?? {}).some(({ state: what }) => what !== 'removed')
  const coming = fetches && !state.listsKnown
  return { ...state, packages, listsKnown: state.listsKnown || fetches, ...(coming && { listsAnnounced: true }) }
}
