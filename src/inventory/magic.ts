import type { Mapping, Value } from '../source/value.ts'
import { shortName } from './address.ts'
import { byCodePoint } from './folders.ts'
import type { Host, Inventory } from './model.ts'

/** What the inventory says of a host by itself: its names, its groups, and the file it was first met in. */
export function hostMagic(host: Host): Mapping {
  return {
    inventory_hostname: host.name,
    inventory_hostname_short: shortName(host.name),
    group_names: host.groups.filter((name) => name !== 'all').sort(byCodePoint),
    ...placeOf(host),
  }
}

function placeOf({ vars }: Host): Mapping {
  const places = ['inventory_dir', 'inventory_file'].flatMap((name): [string, Value][] => {
    const value = vars.get(name)?.value
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(places)
}

/** `groups`: every group with its hosts. */
export function groupsMagic(inventory: Inventory): Mapping {
  return Object.fromEntries([...inventory.groups.keys()].map((name) => [name, inventory.members(name)]))
}
