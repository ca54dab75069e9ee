import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { get, type Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import type { Variables } from '../variables/load-variable.ts'
import { parseDecrypted, readSource, variablesFrom } from '../variables/load.ts'
import { type ArgumentSpec, holdsArgumentSpec, parseArgumentSpec } from './argument-spec.ts'
import type { LoadContext } from './load.ts'
import type { Role } from './playbook.ts'

export interface LoadedRole {
  readonly role: Role
  readonly tasks: Node | undefined
  readonly tasksFile: string
  readonly handlers: Node | undefined
  readonly handlersFile: string
}

/** Finds a role beside the playbook (or in the roles path) and reads what is static of it. */
export async function loadRole(
  name: string,
  at: Position,
  params: Variables,
  playbookDir: string,
  context: LoadContext,
): Promise<LoadedRole> {
  const dir = findRole(name, at, playbookDir, context.rolesPath)
  const variables = async (part: string): Promise<Variables> => {
    const path = mainFile(dir, part)
    if (path === undefined) return new Map()
    const source = await readSource(path, context.vaultSecrets)
    return variablesFrom(await parseDecrypted(source, path, context.vaultSecrets, context.warn), source.encrypted)
  }
  const node = async (path: string | undefined): Promise<Node | undefined> => {
    if (path === undefined) return undefined
    const source = await readSource(path, context.vaultSecrets)
    return parseDecrypted(source, path, context.vaultSecrets, context.warn)
  }
  const meta = await node(mainFile(dir, 'meta'))
  refuseDependencies(meta)
  const tasksFile = mainFile(dir, 'tasks')
  const handlersFile = mainFile(dir, 'handlers')
  const role: Role = {
    name,
    at,
    dir,
    defaults: await variables('defaults'),
    vars: await variables('vars'),
    params,
    argumentSpec: argumentSpec(await node(yamlFile(join(dir, 'meta', 'argument_specs'))), meta),
  }
  return {
    role,
    tasks: await node(tasksFile),
    tasksFile: tasksFile ?? dir,
    handlers: await node(handlersFile),
    handlersFile: handlersFile ?? dir,
  }
}

function argumentSpec(own: Node | undefined, meta: Node | undefined): ArgumentSpec | undefined {
  const node = [own, meta].find(holdsArgumentSpec)
  return node && parseArgumentSpec(node)
}

function refuseDependencies(meta: Node | undefined): void {
  const dependencies = meta?.kind === 'mapping' ? get(meta, 'dependencies') : undefined
  if (dependencies?.kind !== 'sequence' || dependencies.items.length === 0) return
  throw new UserError('role dependencies are not supported yet', {
    at: dependencies.at,
    hint: 'name the roles in the order they are needed in the play',
  })
}

function findRole(name: string, at: Position, playbookDir: string, rolesPath: readonly string[]): string {
  const places = [join(playbookDir, 'roles'), ...rolesPath, playbookDir].map((place) => resolve(place, name))
  const found = places.find((place) => existsSync(join(place, 'tasks')) || existsSync(join(place, 'meta')))
  if (found !== undefined) return found
  throw new UserError(`there is no role '${name}'`, { at, hint: `looked for ${places.join(', ')}` })
}

function mainFile(dir: string, part: string): string | undefined {
  return yamlFile(join(dir, part, 'main'))
}

function yamlFile(path: string): string | undefined {
  return ['.yml', '.yaml', '']
    .map((ending) => path + ending)
    .find((candidate) => existsSync(candidate) && !candidate.endsWith('/main'))
}
