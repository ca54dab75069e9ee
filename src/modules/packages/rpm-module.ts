import type { Mapping } from '../../source/value.ts'
import type { Plan, StateModule } from '../define.ts'
import { applyPackages } from './apply.ts'
import type { DnfWish } from './dnf-args.ts'
import { planPackages } from './plan.ts'
import { probePackages } from './probe.ts'
import { versions } from './result.ts'
import { overlayPackages, parsePackages, type PackagesState } from './state.ts'

/** All of `dnf` and `yum` but their arguments. */
export const rpmModule: Pick<
  StateModule<never, DnfWish, PackagesState>,
  'probe' | 'parse' | 'overlay' | 'plan' | 'apply' | 'result' | 'everyTime'
> = {
  probe: ({ specs, want, manager, rpm }) =>
    probePackages({ specs, manager, choosing: rpm.choosing, candidates: want === 'latest' ? 'always' : 'never' }),
  parse: parsePackages,
  overlay: (state, effects, { specs }) => overlayPackages(state, effects, specs),
  plan,
  apply: applyPackages,
  result: (wish, state): Mapping => ({ ...versions(wish, state), results: [] }),
  everyTime: fetchesForItself,
}

/** Fetching the metadata is what the task is about, not a step on the way to installing something. */
function fetchesForItself({ rpm, want, specs }: DnfWish): boolean {
  return rpm.update && (want === 'latest' || specs.length === 0)
}

function plan(wish: DnfWish, state: PackagesState): Plan {
  if (state.manager === undefined) {
    const name = wish.manager === 'rpm' ? 'dnf or yum' : wish.manager
    return { changes: [], refuse: `this host has no ${name}` }
  }
  const packages = planPackages(wish, state)
  const told = packages.changes.some(({ what }) => what.startsWith('fetch the'))
  if (packages.refuse !== undefined || told || !fetchesForItself(wish)) return packages
  return { ...packages, changes: [{ what: 'fetch the package lists' }, ...packages.changes] }
}
