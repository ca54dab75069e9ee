import type { Inventory } from '../inventory/model.ts'
import { selectHosts } from '../inventory/patterns.ts'
import { plainText } from '../source/value.ts'
import type { LookupHook } from '../template/engine.ts'

/** `inventory_hostnames`: the hosts of a pattern, whatever the play or `--limit` leave out. */
export function inventoryLookup(inventory: Inventory): LookupHook {
  return (name, terms) => {
    if (name.replace(/^ansible\.(builtin|legacy)\./, '') !== 'inventory_hostnames') return undefined
    return selectHosts(inventory, terms.flat().map(plainText))
  }
}
