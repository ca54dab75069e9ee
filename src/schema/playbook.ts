import { loadModule, moduleAliases, moduleNames } from '../modules/registry.ts'
import {
  blockKeywords,
  importPlaybookKeywords,
  playKeywords,
  roleKeywords,
  taskKeywords,
} from '../playbook/keywords.ts'
import { isSchema, type Schema } from './lenient.ts'
import { argumentsSchema, draft7 } from './module-arguments.ts'

const taskList: Schema = { anyOf: [{ type: 'array', items: { $ref: '#/definitions/task' } }, { type: 'null' }] }
const TASK_LISTS = ['pre_tasks', 'tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always']

/** The schema of a playbook, from the definitions that check one: keywords, modules and their arguments. */
export async function playbookSchema(): Promise<Schema> {
  const play = keywords(playKeywords)
  const roles: Schema = { anyOf: [{ type: 'array', items: { $ref: '#/definitions/role' } }, { type: 'null' }] }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A Sallyport playbook',
    type: 'array',
    items: { anyOf: [{ ...play, properties: { ...properties(play), roles } }, keywords(importPlaybookKeywords)] },
    definitions: {
      role: { anyOf: [{ type: 'string' }, { ...keywords(roleKeywords), additionalProperties: true }] },
      task: { anyOf: [taskSchema(), keywords(blockKeywords)] },
      ...(await moduleSchemas()),
    },
  }
}

/** What stands in a module's place without being one. */
const CONSTRUCTS = ['import_tasks', 'include_tasks', 'import_role', 'include_role', 'include_vars', 'meta']

async function moduleSchemas(): Promise<Readonly<Record<string, Schema>>> {
  const made = moduleNames.map(async (name) => [`module_${name}`, argumentsSchema(await loadModule(name))] as const)
  return Object.fromEntries(await Promise.all(made))
}

function taskSchema(): Schema {
  const task = keywords(taskKeywords)
  const reference = (name: string): Schema => ({ $ref: `#/definitions/module_${name}` })
  const modules = [
    ...moduleNames.map((name) => [name, reference(name)] as const),
    ...Object.entries(moduleAliases).map(([alias, name]) => [alias, reference(name)] as const),
    ...CONSTRUCTS.map((name) => [name, {}] as const),
  ]
  const qualified = modules.map(([name, schema]) => [`ansible.builtin.${name}`, schema] as const)
  return {
    ...task,
    properties: { ...properties(task), ...Object.fromEntries([...modules, ...qualified]) },
    patternProperties: { '^with_': {}, '^(?:ansible\\.(?:legacy|posix)|community\\.general)\\.': {} },
  }
}

/** Keywords whose lists hold tasks refer to the task; `hosts` and the like stay as they are declared. */
function keywords(schema: Parameters<typeof draft7>[0]): Schema {
  const made = draft7(schema)
  const own = properties(made)
  const lists = TASK_LISTS.filter((name) => name in own).map((name) => [name, taskList] as const)
  return { ...made, properties: { ...own, ...Object.fromEntries(lists) } }
}

function properties(schema: Schema): Readonly<Record<string, Schema>> {
  return isSchema(schema['properties']) ? (schema['properties'] as Readonly<Record<string, Schema>>) : {}
}
