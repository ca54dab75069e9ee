import { get, type MappingNode } from '../source/node.ts'
import { toValue } from '../source/node.ts'
import { plainText } from '../source/value.ts'
import type { OwnFilters } from '../template/filters/own.ts'
import type { Variables } from '../variables/load-variable.ts'
import type { Directives, Role, Templated } from './playbook.ts'
import { conditions, list, readDirectives, readVars } from './read-task.ts'

/** What a task has from where it stands: its play, the blocks around it, the imports and the role that brought it. */
export interface Surroundings {
  readonly file: string
  readonly role: Role | undefined
  /** Filters of one's own, beside the playbook and in the role. */
  readonly filters: OwnFilters
  readonly directives: Directives
  readonly tags: readonly string[]
  readonly when: readonly Templated[]
  readonly notify: readonly string[]
  readonly vars: Variables
  /** Of dynamic includes. */
  readonly params: Variables
  /** True among handlers: relative files are looked for in a role's handlers/. */
  readonly handlers: boolean
  /** Folders of the names that the includes and imports around were written with, innermost first. */
  readonly includedFrom: readonly string[]
  /** Files that are being read, outermost first: one of them again is not read ahead. */
  readonly reading: readonly string[]
}

/** Inside a block, an import or an entry of `roles` that stands in `around`: its keywords hold for all tasks in it. */
export function inside(node: MappingNode, around: Surroundings): Surroundings {
  const notify = get(node, 'notify')
  return {
    ...around,
    directives: readDirectives(node, around.directives),
    tags: [...new Set([...around.tags, ...tagsOf(node)])],
    when: [...around.when, ...conditions(node, 'when')],
    notify: notify ? words(notify) : around.notify,
    vars: new Map([...around.vars, ...readVars(node)]),
  }
}

export function tagsOf(node: MappingNode): readonly string[] {
  const tags = get(node, 'tags')
  return tags ? words(tags) : []
}

function words(node: Parameters<typeof toValue>[0]): readonly string[] {
  const value = toValue(node)
  return Array.isArray(value) ? list(value.map(String)) : list(value === null ? undefined : plainText(value))
}
