import { resolve } from 'node:path'
import { ignoreWarnings } from '../source/warning.ts'
import type { Warn } from '../source/warning.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { loadAdjacent } from './adjacent.ts'
import type { Adjacent } from './adjacent.ts'
import { InventoryBuilder } from './builder.ts'
import { createInventory } from './inventory.ts'
import { LOCALHOST_NAMES } from './model.ts'
import type { Inventory } from './model.ts'
import { addSource, resolveSource } from './sources.ts'
import { warnAboutNames } from './names.ts'

export interface InventoryOptions {
  readonly vaultSecrets?: readonly VaultSecret[]
  /** The folders of the playbooks of this run, for the group_vars and host_vars beside them. */
  readonly playbookDirs?: readonly string[]
  readonly warn?: Warn
  /** What relative sources are relative to. */
  readonly cwd?: string
}

/**
 * Loads an inventory from its sources: files, folders, executable scripts, and host lists such as `web1,web2` or
 * `localhost,`. Later sources add to earlier ones and win. Without sources there is only implicit localhost.
 * @throws UserError, or UserErrors when a file holds several mistakes, with file, line and column
 */
export async function loadInventory(sources: readonly string[], options: InventoryOptions = {}): Promise<Inventory> {
  const { vaultSecrets = [], playbookDirs = [], warn = ignoreWarnings, cwd = process.cwd() } = options
  const builder = new InventoryBuilder()
  const resolved = await Promise.all(sources.map((source) => resolveSource(source, cwd)))
  for (const source of resolved) await addSource(source, builder, { vaultSecrets, warn, cwd })
  const { hosts, groups } = builder.finish()
  warnAboutNames(hosts, groups, warn)

  const names = { groups: groups.keys(), hosts: new Set([...hosts.keys(), ...LOCALHOST_NAMES]) }
  const loading = new Map<string, Promise<Adjacent>>()
  const beside = (dir: string): Promise<Adjacent> => {
    const known = loading.get(dir)
    const adjacent = known ?? loadAdjacent(dir, { groups: [...groups.keys()], hosts: names.hosts, vaultSecrets, warn })
    loading.set(dir, adjacent)
    return adjacent
  }
  const besideSources = resolved.flatMap(({ dir }) => (dir === undefined ? [] : [beside(dir)]))
  const besidePlaybooks = playbookDirs.map(async (dir) => [dir, await beside(resolve(cwd, dir))] as const)
  return createInventory({
    hosts,
    groups,
    sources: resolved.map(({ path }) => path),
    besideSources: await Promise.all(besideSources),
    besidePlaybooks: new Map(await Promise.all(besidePlaybooks)),
  })
}
