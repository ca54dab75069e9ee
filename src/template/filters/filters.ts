import { applyFilters } from './apply.ts'
import { coreFilters } from './core.ts'
import { dictFilters } from './dict.ts'
import { encodeFilters } from './encode.ts'
import type { Filter } from './filter.ts'
import { ipFilters } from './ip.ts'
import { listFilters } from './list.ts'
import { miscFilters } from './misc.ts'
import { numberFilters } from './number.ts'
import { pathFilters } from './path.ts'
import { regexFilters } from './regex.ts'
import { serialiseFilters } from './serialise.ts'
import { setFilters } from './set.ts'
import { textFilters } from './text.ts'
import { urlFilters } from './url.ts'

/** Every filter by its short name. */
export const filters: ReadonlyMap<string, Filter> = new Map([
  ...coreFilters,
  ...textFilters,
  ...listFilters,
  ...applyFilters,
  ...dictFilters,
  ...numberFilters,
  ...setFilters,
  ...regexFilters,
  ...serialiseFilters,
  ...encodeFilters,
  ...pathFilters,
  ...urlFilters,
  ...miscFilters,
  ...ipFilters,
])

/** Filters people know from Ansible that do not exist here, and why. */
export const refusedFilters: ReadonlyMap<string, string> = new Map([
  ['json_query', 'it needs JMESPath; selectattr, map and dict lookups say the same'],
  ['vault', 'vaults are made with the command line'],
  ['unvault', 'vaults are read where they stand, not in templates'],
  ['urlize', 'it makes HTML'],
  ['xmlattr', 'it makes HTML'],
])

/** `ansible.builtin.NAME` as `NAME`, and the names of the filters for addresses in their collections. */
export function shortName(name: string): string {
  return name.replace(/^ansible\.(?:(?:builtin|legacy)\.|(?:utils|netcommon)\.(?=ip(?:addr|v4|v6|wrap)$))/, '')
}
