import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { parseDecrypted, readSource } from '../variables/load.ts'
import { attempt, throwAll } from '../source/collect.ts'
import type { Warn } from '../source/warning.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { concealing } from '../variables/load-conceal.ts'
import { byCodePoint, isFolder, isInventoryName, listFolder } from './folders.ts'
import type { IgnoredFiles } from './folders.ts'
import type { InventoryBuilder, Origin } from './builder.ts'
import { detectFormat } from './format.ts'
import { addHostList } from './host-list.ts'
import { addIniInventory } from './ini-source.ts'
import { addScriptInventory } from './script-source.ts'
import { addYamlInventory } from './yaml-source.ts'

export interface SourceOptions {
  readonly vaultSecrets: readonly VaultSecret[]
  readonly warn: Warn
  readonly cwd: string
  /** What is no inventory in a folder of them. */
  readonly ignored?: IgnoredFiles | undefined
}

export interface Source {
  readonly kind: 'list' | 'file' | 'folder'
  readonly path: string
  /** Where its group_vars and host_vars are; a host list has none. */
  readonly dir: string | undefined
}

/** Decides what a `-i` argument is. A name with a comma is a host list unless there is a file of that name. */
export function resolveSource(source: string, cwd: string): Source {
  const path = resolve(cwd, source.replace(/^~(?=\/|$)/, homedir()))
  if (existsSync(path))
    return isFolder(path) ? { kind: 'folder', path, dir: path } : { kind: 'file', path, dir: dirname(path) }
  if (source.includes(',')) return { kind: 'list', path: source, dir: undefined }
  throw new UserError(`there is no inventory ${source}`, {
    hint: `for a single host write a comma after its name: -i ${source},`,
  })
}

export async function addSource(source: Source, builder: InventoryBuilder, options: SourceOptions): Promise<void> {
  if (source.kind === 'list') addHostList(source.path, builder, { file: source.path, dir: options.cwd })
  else if (source.kind === 'folder') {
    if ((await addFolder(source.path, builder, options)) === 0) throw noInventoryIn(source.path)
  } else await addFile(source.path, builder, options)
}

/** The files of a folder one after the other by name, folders in it as well: later ones win. Says how many files there were. */
async function addFolder(path: string, builder: InventoryBuilder, options: SourceOptions): Promise<number> {
  const names = listFolder(path)
    .map(({ name }) => name)
    .filter(isInventoryName(options.ignored ?? {}))
    .sort(byCodePoint)
  const errors: UserError[] = []
  let files = 0
  for (const name of names) {
    const inner = join(path, name)
    if (isFolder(inner)) files += (await attempt(errors, () => addFolder(inner, builder, options))) ?? 1
    else {
      files++
      await attempt(errors, () => addFile(inner, builder, options))
    }
  }
  throwAll(errors)
  return files
}

/** As a file that is no inventory would be: a run over no hosts must not look as if all were well. */
function noInventoryIn(path: string): UserError {
  const passed = listFolder(path)
    .map(({ name }) => name)
    .filter((name) => !/^\.|_vars$/.test(name))
    .sort(byCodePoint)
  return new UserError(`there is no inventory in the folder ${path}`, {
    hint:
      passed.length === 0
        ? 'put the hosts into a file of it, such as hosts.yml'
        : `${passed.join(', ')}: in a folder, such names stand for something else (inventory_ignore_extensions); name the file itself, or call it otherwise`,
  })
}

async function addFile(path: string, builder: InventoryBuilder, options: SourceOptions): Promise<void> {
  const { vaultSecrets, warn } = options
  const origin: Origin = { file: path, dir: dirname(path) }
  const source = await readSource(path, vaultSecrets)
  const { text, encrypted } = source
  const format = await detectFormat(path, text)
  if (format === 'script') return addScriptInventory(path, builder, origin, options)
  if (format === 'ini') return concealing(encrypted, () => addIniInventory(text, builder, origin, encrypted, warn))
  const node = await parseDecrypted(source, path, vaultSecrets, warn)
  if (node) await concealing(encrypted, () => addYamlInventory(node, builder, origin, encrypted))
}
