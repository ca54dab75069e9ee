import { aptArgs, type AptWish } from './packages/apt-args.ts'
import { applyApt } from './packages/apt-apply.ts'
import { type ExtrasState, parseExtras, probeExtras } from './packages/apt-extras.ts'
import type { Change, Plan } from './define.ts'
import { defineModule } from './define.ts'
import { listsMissing, planPackages } from './packages/plan.ts'
import { probePackages } from './packages/probe.ts'
import { versions } from './packages/result.ts'
import { overlayPackages, parsePackages, type PackagesState } from './packages/state.ts'
import { lines } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'

export interface AptState {
  readonly packages: PackagesState
  readonly extras: ExtrasState
}

/** Packages on Debian and its relatives, as Ansible's `apt`, without python3-apt. */
export default defineModule({
  name: 'apt',
  doc: {
    summary: 'Install, upgrade and remove packages with apt',
    checkMode: 'newer versions are told from the lists the host has: a check fetches none',
    example: '- apt: { name: [rsyslog, rsyslog-gnutls], update_cache: true, cache_valid_time: 3600 }',
    returns: { cache_update_time: 'when the lists were fetched, in seconds since 1970', packages: 'name → version' },
  },
  args: aptArgs,
  probe: (wish: AptWish) =>
    lines(
      probePackages({
        age: true,
        manager: 'apt',
        specs: wish.specs,
        candidates: wish.want === 'latest' ? 'always' : 'never',
        simulate: { command: wish.want === 'absent' ? 'remove' : 'install', flags: wish.simulationFlags },
      }),
      probeExtras(wish.extras),
    ),
  parse: (output: string): AptState => ({ packages: parsePackages(output), extras: parseExtras(output) }),
  overlay: (state: AptState, effects, wish) => ({
    ...state,
    packages: overlayPackages(state.packages, effects, wish.specs),
  }),
  plan,
  apply: applyApt,
  result,
  everyTime: (wish) => wish.updateCache && wish.cacheValidTime === 0 && fetchesForItself(wish),
})

function plan(wish: AptWish, state: AptState): Plan {
  if (state.packages.manager === undefined) return { changes: [], refuse: 'this host has no apt-get' }
  const { deb } = state.extras
  if (deb?.found === false)
    return { changes: [], refuse: `deb: ${wish.extras.deb ?? ''} is not a package file on this host` }
  const packages = planPackages(wish, state.packages)
  const lists = owesLists(wish, state) && !packages.changes.some(({ what }) => what.startsWith('fetch the'))
  return {
    ...packages,
    changes: [
      ...(lists ? [{ what: 'fetch the package lists' }] : []),
      ...packages.changes,
      ...extraChanges(wish, state),
    ],
    ...(upgradesUnknown(wish, state) && { uncertain: [...(packages.uncertain ?? []), listsMissing] }),
    effects: {
      packages: {
        ...packages.effects?.packages,
        ...(deb && !deb.newEnough && { [deb.name]: { state: 'installed', manager: 'apt' } }),
      },
    },
  }
}

/** Fetching the lists is what the task is about, not a step on the way to installing something that is missing. */
function fetchesForItself(wish: AptWish): boolean {
  return (
    wish.want === 'latest' || wish.extras.upgrade !== 'no' || (wish.specs.length === 0 && wish.extras.deb === undefined)
  )
}

function owesLists(wish: AptWish, { packages }: AptState): boolean {
  if (wish.updateCache === false || !fetchesForItself(wish)) return wish.extras.upgrade !== 'no' && !packages.listsKnown
  return !packages.listsKnown || packages.listsAge === undefined || packages.listsAge >= wish.cacheValidTime
}

function upgradesUnknown({ extras }: AptWish, { packages }: AptState): boolean {
  return extras.upgrade !== 'no' && (!packages.listsKnown || packages.listsAnnounced === true)
}

function extraChanges({ extras }: AptWish, { extras: state }: AptState): Change[] {
  const changes: string[] = []
  const { deb } = state
  if (deb && !deb.newEnough) {
    changes.push(
      deb.installed === ''
        ? `install ${deb.name} ${deb.version}`
        : `upgrade ${deb.name} ${deb.installed} → ${deb.version}`,
    )
  }
  if (state.upgrades.length > 0) changes.push(`upgrade ${state.upgrades.join(', ')}`)
  const gone = extras.upgrade === 'no' ? state.unneeded : []
  if (gone.length > 0) changes.push(`${extras.purge ? 'purge' : 'remove'} ${gone.join(', ')} (no longer needed)`)
  if (state.stale.length > 0) changes.push(`delete ${state.stale.length} outdated package files`)
  if (state.cached > 0) changes.push(`delete ${state.cached} cached package files`)
  return changes.map((what) => ({ what }))
}

function result(wish: AptWish, { packages }: AptState): Mapping {
  return {
    ...(packages.listsTime !== undefined && { cache_update_time: packages.listsTime }),
    ...versions(wish, packages),
  }
}
