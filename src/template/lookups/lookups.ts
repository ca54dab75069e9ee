import { controllerLookups } from './controller.ts'
import { fileLookups } from './files.ts'
import { itemLookups } from './items.ts'
import type { Lookup } from './lookup.ts'

/** Every lookup by name. */
export const lookups: ReadonlyMap<string, Lookup> = new Map([...itemLookups, ...fileLookups, ...controllerLookups])

/** Lookups people know from Ansible that do not exist here, and why. */
export const refusedLookups: ReadonlyMap<string, string> = new Map([
  ['config', 'there is no Ansible configuration to look into'],
  ['csvfile', 'read the file with lookup and split it, or keep the data as YAML'],
  ['ini', 'keep the data as YAML'],
  ['inventory_hostnames', 'groups and hostvars say the same'],
  ['unvault', 'vaults are read where they stand'],
  ['url', 'templates do not reach out into the network'],
])
