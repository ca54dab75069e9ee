import { controllerLookups } from './controller.ts'
import { Fault } from '../errors.ts'
import { fileLookups } from './files.ts'
import { itemLookups } from './items.ts'
import type { Lookup } from './lookup.ts'

/** Every lookup by name. */
export const lookups: ReadonlyMap<string, Lookup> = new Map([
  ...itemLookups,
  ...fileLookups,
  ...controllerLookups,
  ['inventory_hostnames', noInventory],
])

/** Those whose answer depends on the files of the controller. */
export const onDisk: ReadonlySet<Lookup> = new Set([
  ...fileLookups.map(([, lookup]) => lookup),
  ...controllerLookups.filter(([name]) => ['pipe', 'lines', 'password'].includes(name)).map(([, lookup]) => lookup),
])

/** Answered by whoever has an inventory, through the context's `lookup`. */
function noInventory(): never {
  throw new Fault('there is no inventory here to look host names up in')
}

/** Lookups people know from Ansible that do not exist here, and why. */
export const refusedLookups: ReadonlyMap<string, string> = new Map([
  ['config', 'there is no Ansible configuration to look into'],
  ['csvfile', 'read the file with lookup and split it, or keep the data as YAML'],
  ['ini', 'keep the data as YAML'],
  ['unvault', 'vaults are read where they stand'],
  ['url', 'templates do not reach out into the network'],
])
