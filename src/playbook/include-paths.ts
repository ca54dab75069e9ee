import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Finds the file that an import or include names, as Ansible searches: beside the includes around it, from the
 * innermost outwards, then in the role, then beside the playbook.
 */
export function findIncluded(name: string, around: Surroundings, playbookDir: string, at: Position): string {
  const candidates = isAbsolute(name) ? [name] : candidatesFor(name, around, playbookDir)
  const found = candidates.find((candidate) => existsSync(candidate))
  if (found !== undefined) return found
  throw new UserError(`there is no file '${name}'`, { at, hint: `looked for ${[...new Set(candidates)].join(', ')}` })
}

function candidatesFor(name: string, { role, handlers, includedFrom }: Surroundings, playbookDir: string): string[] {
  const part = handlers ? 'handlers' : 'tasks'
  const folders = cumulative(includedFrom)
  if (!role) return [...folders.map((folder) => resolve(playbookDir, folder, name)), resolve(playbookDir, name)]
  return [
    ...folders.flatMap((folder) => [join(role.dir, part, folder, name)]),
    join(role.dir, part, name),
    // Handlers are often kept beside the tasks that notify them.
    ...(handlers ? [join(role.dir, 'tasks', name)] : []),
    join(role.dir, name),
    join(playbookDir, part, name),
    resolve(playbookDir, name),
  ]
}

/** `sub` inside `tasks` is looked for as `sub`, then as `tasks/sub`. */
function cumulative(folders: readonly string[]): readonly string[] {
  return folders.map((_, index) => folders.slice(0, index + 1).reduce((inner, outer) => resolveIn(outer, inner)))
}

function resolveIn(outer: string, inner: string): string {
  return isAbsolute(inner) ? inner : join(outer, inner)
}
