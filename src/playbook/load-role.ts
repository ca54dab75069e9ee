import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import type { Variables } from '../variables/load-variable.ts'
import { loadVariablesFile } from '../variables/load.ts'
import { readYaml, type LoadContext } from './reading.ts'

/** Which files of its folders a role is made of; `main` where nothing else is asked for. */
export interface RoleFiles {
  readonly tasks: string
  readonly vars: string
  readonly defaults: string
  readonly handlers: string
}

export const mainFiles: RoleFiles = { tasks: 'main', vars: 'main', defaults: 'main', handlers: 'main' }

/** A role as it stands on disk. */
export interface RoleSource {
  readonly dir: string
  readonly defaults: Variables
  readonly vars: Variables
  readonly meta: Node | undefined
  readonly argumentSpecs: Node | undefined
  readonly tasks: RolePart
  readonly handlers: RolePart
}

export interface RolePart {
  readonly file: string
  readonly node: Node | undefined
}

/** Finds a role beside the playbook (or in the roles path) and reads its files. */
export async function loadRole(
  name: string,
  from: RoleFiles,
  at: Position,
  playbookDir: string,
  context: LoadContext,
): Promise<RoleSource> {
  const dir = findRole(name, at, playbookDir, context.rolesPath)
  const variables = async (part: 'defaults' | 'vars'): Promise<Variables> => {
    const files = variableFiles(dir, part, from[part], at)
    const loaded = await Promise.all(files.map((file) => loadVariablesFile(file, context.vaultSecrets, context.warn)))
    return new Map(loaded.flatMap((vars) => [...vars]))
  }
  const part = async (folder: 'tasks' | 'handlers' | 'meta', file: string): Promise<RolePart> => {
    const path = partFile(dir, folder, file, at)
    return { file: path ?? dir, node: path === undefined ? undefined : await readYaml(path, context) }
  }
  return {
    dir,
    defaults: await variables('defaults'),
    vars: await variables('vars'),
    meta: (await part('meta', 'main')).node,
    argumentSpecs: (await optional(dir, 'meta', 'argument_specs', context)) ?? undefined,
    tasks: await part('tasks', from.tasks),
    handlers: await part('handlers', from.handlers),
  }
}

function findRole(name: string, at: Position, playbookDir: string, rolesPath: readonly string[]): string {
  const places = [join(playbookDir, 'roles'), ...rolesPath, playbookDir].map((place) => resolve(place, name))
  const found = places.find((place) => existsSync(place) && statSync(place).isDirectory())
  if (found !== undefined) return found
  throw new UserError(`there is no role '${name}'`, { at, hint: `looked for ${places.join(', ')}` })
}

async function optional(dir: string, folder: string, name: string, context: LoadContext): Promise<Node | undefined> {
  const path = ['.yml', '.yaml', '.json'].map((ending) => join(dir, folder, name + ending)).find(isFile)
  return path === undefined ? undefined : readYaml(path, context)
}

/** `tasks_from: install` is tasks/install, tasks/install.yml, … */
function partFile(dir: string, folder: string, name: string, at: Position): string | undefined {
  const found = candidates(dir, folder, name).find(isFile)
  if (found === undefined && name !== 'main') throw missing(dir, folder, name, at)
  if (found !== undefined) stayInside(join(dir, folder), found, at)
  return found
}

/** One file, or all of a folder of that name. */
function variableFiles(dir: string, folder: string, name: string, at: Position): readonly string[] {
  const found = candidates(dir, folder, name).find((path) => existsSync(path))
  if (found === undefined && name !== 'main' && existsSync(join(dir, folder))) throw missing(dir, folder, name, at)
  if (found === undefined) return []
  stayInside(join(dir, folder), found, at)
  return isFile(found) ? [found] : filesBelow(found)
}

function candidates(dir: string, folder: string, name: string): readonly string[] {
  const endings = name === 'main' ? ['.yml', '.yaml', '.json', ''] : ['', '.yml', '.yaml', '.json']
  return endings.map((ending) => join(dir, folder, name + ending))
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.') || entry.name.endsWith('~')) return []
    if (entry.isDirectory()) return filesBelow(path)
    return /\.(ya?ml|json)$/.test(entry.name) || !entry.name.includes('.') ? [path] : []
  })
}

function missing(dir: string, folder: string, name: string, at: Position): UserError {
  return new UserError(`the role has no ${folder}/${name}`, {
    at,
    hint: `looked for ${candidates(dir, folder, name).join(', ')}`,
  })
}

function stayInside(folder: string, path: string, at: Position): void {
  if (!relative(folder, path).startsWith('..')) return
  throw new UserError(`${path} is not inside the role's ${folder}`, { at })
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}
