import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { didYouMean } from '../source/suggest.ts'
import type { Warn } from '../source/warning.ts'
import { loadVariablesFile } from '../variables/load.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import type { VaultSecret } from '../variables/vault.ts'

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
  const [groups, hosts] = await Promise.all([
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
  const present = new Set(await list(folder))
  if (present.size === 0) return new Map()
  const unused = new Set(present)
  const loaded = await Promise.all(
    names.map(async (name) => {
      const [chosen, ...ignored] = EXTENSIONS.map((extension) => name + extension).filter((file) => present.has(file))
      if (chosen === undefined) return undefined
      for (const file of [chosen, ...ignored]) unused.delete(file)
      for (const file of ignored)
        warn({ message: `${join(folder, file)} is not read, because ${join(folder, chosen)} is`, hint: 'join the two' })
      return [name, await loadEntry(join(folder, chosen), vaultSecrets, warn)] as const
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

async function loadEntry(path: string, vaultSecrets: readonly VaultSecret[], warn: Warn): Promise<Variables> {
  const files = await filesOf(path)
  const loaded = await Promise.all(files.map((file) => loadVariablesFile(file, vaultSecrets, warn)))
  const merged = new Map<string, Variable>()
  for (const variables of loaded) for (const [name, variable] of variables) merged.set(name, variable)
  return merged
}

/** A file is itself; of a folder the files with a fitting name, sorted, and those of its folders without extension. */
async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => !isHidden(name)).sort(byCodePoint)
  const found = await Promise.all(
    names.map(async (name) => {
      const inner = join(path, name)
      const extension = extname(name)
      const isDirectory = (await stat(inner)).isDirectory()
      if (isDirectory) return extension === '' ? filesOf(inner) : []
      return EXTENSIONS.some((known) => known === extension) ? [inner] : []
    }),
  )
  return found.flat()
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~')
}

export function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
