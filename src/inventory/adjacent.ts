import type { Dirent } from 'node:fs'
import { extname, join } from 'node:path'
import { settleAll } from '../source/collect.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Warn } from '../source/warning.ts'
import { loadVariablesFile } from '../variables/load.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { byCodePoint, isFolder, listFolder } from './folders.ts'

/** The variables of `group_vars/` and `host_vars/` in one folder, by the name of group or host. */
export interface Adjacent {
  readonly groups: ReadonlyMap<string, Variables>
  readonly hosts: ReadonlyMap<string, Variables>
}

/** In Ansible's order: the first that exists is the one; a folder or file without extension comes first. */
const EXTENSIONS = ['', '.yml', '.yaml', '.json'] as const

export interface AdjacentOptions {
  readonly groups: Iterable<string>
  readonly hosts: Iterable<string>
  readonly vaultSecrets: readonly VaultSecret[]
  readonly warn: Warn
}

/** Loads what stands beside an inventory or a playbook for the groups and hosts there are. */
export async function loadAdjacent(dir: string, options: AdjacentOptions): Promise<Adjacent> {
  const [groups = new Map<string, Variables>(), hosts = new Map<string, Variables>()] = await settleAll([
    loadFolder(join(dir, 'group_vars'), [...options.groups], options),
    loadFolder(join(dir, 'host_vars'), [...options.hosts], options),
  ])
  return { groups, hosts }
}

async function loadFolder(
  folder: string,
  names: readonly string[],
  { vaultSecrets, warn }: AdjacentOptions,
): Promise<ReadonlyMap<string, Variables>> {
  const present = new Map(listFolder(folder).map((entry) => [entry.name, entry]))
  if (present.size === 0) return new Map()
  const unused = new Set(present.keys())
  const loaded = await settleAll(
    names.map(async (name) => {
      const [chosen, ...ignored] = EXTENSIONS.flatMap((extension) => present.get(name + extension) ?? [])
      if (chosen === undefined) return undefined
      for (const file of [chosen, ...ignored]) unused.delete(file.name)
      for (const file of ignored)
        warn({
          message: `${join(folder, file.name)} is not read, because ${join(folder, chosen.name)} is`,
          hint: 'join the two',
        })
      return [name, await loadEntry(filesOf(folder, chosen), vaultSecrets, warn)] as const
    }),
  )
  warnAboutSlips(folder, unused, names, warn)
  return new Map(loaded.filter((entry) => entry !== undefined))
}

/** A file for a group that is not there may serve another inventory; one that is nearly a name of this one is a slip. */
function warnAboutSlips(folder: string, unused: Iterable<string>, names: readonly string[], warn: Warn): void {
  if (names.length > 1000) return
  for (const file of unused) {
    if (isHidden(file)) continue
    const suggestion = didYouMean(file.slice(0, file.length - extname(file).length), names)
    if (suggestion !== undefined)
      warn({
        message: `${join(folder, file)} belongs to nothing in this inventory`,
        hint: `did you mean '${suggestion}'?`,
      })
  }
}

async function loadEntry(
  files: readonly string[],
  vaultSecrets: readonly VaultSecret[],
  warn: Warn,
): Promise<Variables> {
  const loaded = await settleAll(files.map((file) => loadVariablesFile(file, vaultSecrets, warn)))
  const merged = new Map<string, Variable>()
  for (const variables of loaded) for (const [name, variable] of variables) merged.set(name, variable)
  return merged
}

/** A file is itself; of a folder the files with a fitting name, sorted, and those of its folders without extension. */
function filesOf(folder: string, entry: Dirent): readonly string[] {
  const path = join(folder, entry.name)
  if (!leadsToFolder(folder, entry)) return [path]
  return listFolder(path)
    .filter(({ name }) => !isHidden(name))
    .sort((a, b) => byCodePoint(a.name, b.name))
    .flatMap((inner) => {
      const extension = extname(inner.name)
      if (leadsToFolder(path, inner)) return extension === '' ? filesOf(path, inner) : []
      return EXTENSIONS.some((known) => known === extension) ? [join(path, inner.name)] : []
    })
}

/** Of 5,000 files only the links need another look at the disk. */
function leadsToFolder(folder: string, entry: Dirent): boolean {
  return entry.isSymbolicLink() ? isFolder(join(folder, entry.name)) : entry.isDirectory()
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~')
}
