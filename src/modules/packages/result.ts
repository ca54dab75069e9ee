import type { Mapping, Value } from '../../source/value.ts'
import type { PackagesWish } from './plan.ts'
import type { PackagesState } from './state.ts'

/** Name → installed version. */
export function versions({ specs }: PackagesWish, state: PackagesState): Mapping {
  const entries = specs.map(({ written, name }): [string, Value] => {
    const seen = state.packages[written]
    return [name, seen?.status === 'installed' ? (seen.version ?? null) : null]
  })
  return { packages: Object.fromEntries(entries), manager: state.manager ?? null }
}
