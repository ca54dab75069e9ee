import { resolve } from 'node:path'
import type { UserError } from '../errors.ts'
import { attempt, throwAll } from '../source/collect.ts'
import { ignoreWarnings } from '../source/warning.ts'
import type { Warn } from '../source/warning.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { loadAdjacent } from './adjacent.ts'
import type { Adjacent } from './adjacent.ts'
import type { IgnoredFiles } from './folders.ts'
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
  /** What is no inventory in a folder of them. */
  readonly ignored?: IgnoredFiles
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
  const resolved = sources.map((source) => resolveSource(source, cwd))
  const errors: UserError[] = []
  for (const source of resolved)
    await attempt(errors, () => addSource(source, builder, { vaultSecrets, warn, cwd, ignored: options.ignored }))
  const { hosts, groups } = builder.finish()
  warnAboutNames(hosts, groups, warn)

  const wanted = {
    groups: [...groups.keys()],
    hosts: [...new Set([...hosts.keys(), ...LOCALHOST_NAMES])],
    vaultSecrets,
    warn,
  }
  const sourceDirs = resolved.flatMap(({ dir }) => (dir === undefined ? [] : [dir]))
  const adjacent = new Map<string, Adjacent>()
  // One after the other: an inventory in the folder of its playbook shares what is beside them.
  for (const dir of new Set([...sourceDirs, ...playbookDirs.map((dir) => resolve(cwd, dir))]))
    await attempt(errors, async () => adjacent.set(dir, await loadAdjacent(dir, wanted)))
  throwAll(errors)
  const beside = (dir: string): Adjacent => adjacent.get(dir) ?? { groups: new Map(), hosts: new Map() }
  return createInventory({
    hosts,
    groups,
    sources: resolved.map(({ path }) => path),
    besideSources: sourceDirs.map(beside),
    besidePlaybooks: new Map(playbookDirs.map((dir) => [dir, beside(resolve(cwd, dir))])),
  })
}
