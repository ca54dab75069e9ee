import type { Mapping } from '../source/value.ts'
import { shortName } from './address.ts'
import { byCodePoint } from './folders.ts'
import type { Host, Inventory } from './model.ts'

/** `inventory_hostname`, `inventory_hostname_short` and `group_names` of a host. */
export function hostMagic(host: Host): Mapping {
  return {
    inventory_hostname: host.name,
    inventory_hostname_short: shortName(host.name),
    group_names: host.groups.filter((name) => name !== 'all').sort(byCodePoint),
  }
}

/** `groups`: every group with its hosts. */
export function groupsMagic(inventory: Inventory): Mapping {
  return Object.fromEntries([...inventory.groups.keys()].map((name) => [name, inventory.members(name)]))
}
