import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import includeVars from '../modules/include-vars.ts'
import type { Task } from '../playbook/playbook.ts'
import { isMapping, type Mapping, type Value } from '../source/value.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import { loadVariablesFile } from '../variables/load.ts'
import type { TaskScope } from '../variables/scope.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { learnSecrets } from './host.ts'
import type { HostRun } from './host-run.ts'
import type { Entry } from './host-tasks.ts'
import type { Outcome } from './outcome.ts'
import type { Unit } from './unit.ts'

type Wish = ReturnType<typeof includeVars.args.parse>

/** What an `include_vars` brings. */
export interface IncludedVars {
  readonly files: readonly string[]
  readonly variables: Variables
}

/** `include_vars`: variables of the host for the rest of the run, above those of tasks, below `set_fact`. */
export async function runIncludeVars(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { prepare, redactor } = run.batch
  const { files, variables } = await readIncludedVars(entry.task, unit, prepare.cache.vaultSecrets)
  learnSecrets(variables, redactor)
  for (const [name, variable] of variables) run.host.included.set(name, variable)
  const facts = Object.fromEntries([...variables].map(([name, { value }]): [string, Value] => [name, value]))
  return { kind: 'ok', result: { ansible_facts: facts, ansible_included_var_files: files } }
}

/** Reads the files that a rendered `include_vars` names. Throws UserErrors at their places. */
export async function readIncludedVars(
  task: Task,
  unit: Unit,
  vaultSecrets: readonly VaultSecret[],
): Promise<IncludedVars> {
  const wish = wishOf(unit)
  const files = filesOf(wish, task, unit.scope.context.searchPaths ?? [])
  const loaded = new Map<string, Variable>()
  for (const file of files) {
    for (const [name, variable] of await loadVariablesFile(file, vaultSecrets)) loaded.set(name, variable)
  }
  const named = wish.name === undefined ? loaded : new Map([[wish.name, together(loaded)]])
  return { files, variables: joinsOlder(unit) ? overOlder(named, unit.scope, task) : named }
}

/** `hash_behaviour: merge`: what it brings depends on what there is by then. */
export function joinsOlder(unit: Unit): boolean {
  return wishOf(unit).hash_behaviour === 'merge'
}

function wishOf({ wish }: Unit): Wish {
  return includeVars.args.parse(wish)
}

/** Each mapping joined with the one of that name, as with Ansible's `combine(recursive=True)`. */
function overOlder(variables: Variables, scope: TaskScope, task: Task): Variables {
  return new Map(
    [...variables].map(([name, variable]) => {
      const older = scope.get(name)
      if (older === undefined || !isMapping(older) || !isMapping(variable.value)) {
        const hint = `'${name}' ${older === undefined ? 'is not set before' : 'is no mapping on both sides'}`
        throw new UserError('hash_behaviour: merge joins mappings with mappings that are there', {
          at: variable.at ?? task.argsNode.at,
          hint,
        })
      }
      return [name, { ...variable, value: joined(older, variable.value) }]
    }),
  )
}

function joined(low: Mapping, high: Mapping): Mapping {
  const result: Record<string, Value> = { ...low }
  for (const [key, value] of Object.entries(high)) {
    const older = result[key]
    result[key] = isMapping(value) && isMapping(older) ? joined(older, value) : value
  }
  return result
}

/** All variables of some files as one mapping. */
function together(variables: Variables): Variable {
  const value = Object.fromEntries([...variables].map(([name, variable]): [string, Value] => [name, variable.value]))
  const marks = (which: 'unsafe' | 'secret') =>
    [...variables].flatMap(([name, variable]): (readonly PropertyKey[])[] => {
      const marked = variable[which]
      return marked === undefined ? [] : marked === true ? [[name]] : marked.map((path) => [name, ...path])
    })
  const [unsafe, secret] = [marks('unsafe'), marks('secret')]
  return { value, ...(unsafe.length > 0 && { unsafe }), ...(secret.length > 0 && { secret }) }
}

function filesOf(wish: Wish, task: Task, places: readonly string[]): readonly string[] {
  if (wish.file !== undefined) return [find(wish.file, task, places)]
  const dir = find(wish.dir ?? '', task, places)
  if (!statSync(dir).isDirectory()) throw new UserError(`${dir} is no folder`, { at: task.argsNode.at })
  return folderFiles(dir, wish, task, 1)
}

function folderFiles(dir: string, wish: Wish, task: Task, depth: number): readonly string[] {
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(dir, name))
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name))
  const wanted = files.filter((file) => {
    const name = basename(file)
    if (wish.files_matching !== undefined && !new RegExp(wish.files_matching).test(name)) return false
    if (wish.ignore_files.some((pattern) => new RegExp(`${pattern}$`).test(name))) return false
    if (wish.extensions.some((extension) => name.endsWith(`.${extension.replace(/^\./, '')}`))) return true
    if (wish.ignore_unknown_extensions || wish.files_matching !== undefined) return false
    throw new UserError(`${file} does not have a valid extension: ${wish.extensions.join(', ')}`, {
      at: task.argsNode.at,
      hint: '`ignore_unknown_extensions: true` passes over such files',
    })
  })
  if (wish.depth > 0 && depth >= wish.depth) return wanted
  return [...wanted, ...folders.flatMap((folder) => folderFiles(folder, wish, task, depth + 1))]
}

function find(name: string, task: Task, places: readonly string[]): string {
  const candidates = isAbsolute(name)
    ? [name]
    : places.flatMap((place) => [join(place, 'vars', name), resolve(place, name)])
  const found = candidates.find((candidate) => existsSync(candidate))
  if (found !== undefined) return found
  throw new UserError(`there is no file '${name}'`, {
    at: task.argsNode.at,
    hint: `looked for ${candidates.join(', ')}`,
  })
}
