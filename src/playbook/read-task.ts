import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { isModuleElsewhere, moduleName, moduleNames } from '../modules/registry.ts'
import { contentAt } from '../source/locate.ts'
import { didYouMean } from '../source/suggest.ts'
import { get, keyText, toValue, type Entry, type MappingNode, type Node } from '../source/node.ts'
import { variablesOf, type Variables } from '../variables/load-variable.ts'
import { attempt, throwAll } from '../source/collect.ts'
import { misplaced, taskKeywords } from './keywords.ts'
import type { Directives, Task, Templated } from './playbook.ts'
import { readModuleDefaults } from './module-defaults.ts'
import { argumentsOf, readAction, type NamedModule } from './read-action.ts'
import { isLoopKeyword, readLoop } from './read-loop.ts'
import { soundKeywords } from './sound-keywords.ts'
import type { Surroundings } from './surroundings.ts'
import { templated } from './templated.ts'

/** A task as it was written: its keywords alone, and what they say, without what only its module knows. */
export interface WrittenTask {
  readonly node: MappingNode
  readonly task: Omit<Task, 'writes'>
}

/**
 * One entry of a task list. The mistakes of its keywords go to `errors`, each with its place; throws UserError(s) where
 * they leave open what the task does.
 */
export async function readTask(written: Node, around: Surroundings, errors: UserError[]): Promise<WrittenTask> {
  if (written.kind !== 'mapping') throw new UserError('a task is a mapping: a name and a module', { at: written.at })
  const { keywords, module } = partition(written, librariesOf(around), errors)
  const { node, values } = soundKeywords(taskKeywords, keywords, titleOf(written), errors)
  const { args, argsNode, moreArgs } = argumentsOf(module, node)
  const directives = readDirectives(node, around.directives)
  const loop = await attempt(errors, () => readLoop(written))
  const task = {
    name: templated(node, 'name'),
    at: written.at,
    file: around.file,
    module: module.name,
    args,
    argsNode,
    moreArgs,
    when: [...around.when, ...conditions(node, 'when')],
    loop,
    until: conditions(node, 'until'),
    retries: templated(node, 'retries'),
    delay: templated(node, 'delay'),
    async: templated(node, 'async'),
    poll: templated(node, 'poll'),
    confirm: templated(node, 'confirm'),
    register: values.register,
    changedWhen: conditions(node, 'changed_when'),
    failedWhen: conditions(node, 'failed_when'),
    notify: values.notify === undefined ? around.notify : list(values.notify),
    listen: list(values.listen),
    tags: [...new Set([...around.tags, ...list(values.tags)])],
    vars: new Map([...around.vars, ...readVars(node)]),
    params: around.params,
    role: around.role,
    filters: around.filters,
    directives: module.local
      ? { ...directives, delegateTo: { value: 'localhost', at: module.entry.key.at } }
      : directives,
  }
  return { node, task }
}

/** Where modules of one's own may be: in the task's role, and beside the playbook. */
function librariesOf({ role, reading, file }: Surroundings): readonly string[] {
  const places = [...(role ? [role.dir] : []), dirname(reading[0] ?? file)]
  return places.map((place) => join(place, 'library'))
}

/** The one key of a task that is no keyword is its module. */
function partition(
  node: MappingNode,
  libraries: readonly string[],
  errors: UserError[],
): { keywords: MappingNode; module: NamedModule } {
  const known = Object.keys(taskKeywords.shape)
  const unknown: UserError[] = []
  const modules: NamedModule[] = []
  for (const entry of node.entries) {
    const key = keyText(entry.key)
    if (known.includes(key) || isLoopKeyword(key)) continue
    const name = moduleName(key, libraries)
    if (name !== undefined) modules.push({ name, entry })
    else unknown.push(unknownKey(key, entry, known))
  }
  modules.push(...readAction(node, libraries, (name, entry) => unknownKey(name, entry, [])))
  const [module, second] = modules
  // One of them is the module, under a name that nobody knows.
  if (!module) throwAll(unknown)
  errors.push(...unknown)
  if (!module) {
    throw new UserError(`${titleOf(node)} names no module`, {
      at: node.at,
      hint: 'add one, such as `command:` or `copy:`',
    })
  }
  if (second) {
    throw new UserError(`${titleOf(node)} names two modules, ${module.name} and ${second.name}`, {
      at: second.entry.key.at,
      hint: 'one task does one thing: make two tasks of it',
    })
  }
  return { keywords: { ...node, entries: node.entries.filter(({ key }) => known.includes(keyText(key))) }, module }
}

function unknownKey(key: string, entry: Entry, keywords: readonly string[]): UserError {
  const at = entry.key.at
  const short = key.replace(/^ansible\.(builtin|legacy)\./, '')
  const elsewhere = misplaced(short, 'task')
  if (elsewhere !== undefined) return new UserError(elsewhere, { at })
  if (isModuleElsewhere(key)) {
    const hint = '`sallyport doc` lists those there are; library/ beside the playbook takes modules of your own'
    return new UserError(`Sallyport has no module '${key}'`, { at, hint: insteadOf[short] ?? hint })
  }
  const suggestion = didYouMean(short, [...keywords, ...moduleNames])
  return new UserError(`'${key}' is neither a keyword of a task nor a module`, {
    at,
    hint: suggestion === undefined ? '`sallyport doc` lists the modules' : `did you mean '${suggestion}'?`,
  })
}

/** What does the work of modules that there are not. */
const insteadOf: Readonly<Record<string, string>> = {
  include: 'use include_tasks or import_tasks',
  group_by: 'use conditions on the facts, or groups in the inventory',
  add_host: 'the hosts of a run are those of its inventory: name it there, or in a script that lists it',
  validate_argument_spec: "a role's argument_specs are checked by themselves",
}

export function readDirectives(node: MappingNode, outer: Directives): Directives {
  const keys = {
    become: 'become',
    becomeUser: 'become_user',
    becomeMethod: 'become_method',
    becomeExe: 'become_exe',
    becomeFlags: 'become_flags',
    remoteUser: 'remote_user',
    connection: 'connection',
    port: 'port',
    ignoreErrors: 'ignore_errors',
    ignoreUnreachable: 'ignore_unreachable',
    noLog: 'no_log',
    checkMode: 'check_mode',
    diff: 'diff',
    anyErrorsFatal: 'any_errors_fatal',
    timeout: 'timeout',
    runOnce: 'run_once',
    throttle: 'throttle',
    delegateTo: 'delegate_to',
    delegateFacts: 'delegate_facts',
  } as const
  const own = Object.fromEntries(
    Object.entries(keys).flatMap(([name, keyword]) => {
      const value = templated(node, keyword)
      return value ? [[name, value]] : []
    }),
  )
  const environment = get(node, 'environment')
  const parts = environment?.kind === 'sequence' ? environment.items : environment ? [environment] : []
  const environments = parts.map((part) => ({ value: toValue(part), at: part.at }))
  return {
    ...outer,
    ...own,
    environment: [...outer.environment, ...environments],
    moduleDefaults: readModuleDefaults(node, outer.moduleDefaults),
  }
}

export function readVars(node: MappingNode): Variables {
  const vars = get(node, 'vars')
  return vars?.kind === 'mapping' ? variablesOf(vars) : new Map()
}

/** A condition or a list of them, each with its own place. */
export function conditions(node: MappingNode, keyword: string): readonly Templated[] {
  const value = get(node, keyword)
  if (!value) return []
  const parts = value.kind === 'sequence' ? value.items : [value]
  return parts.map((part) => ({ value: toValue(part), at: contentAt(part) }))
}

export function list(words: string | readonly string[] | undefined): readonly string[] {
  if (words === undefined) return []
  return (typeof words === 'string' ? words.split(',') : words).map((word) => word.trim()).filter((word) => word !== '')
}

export function titleOf(node: MappingNode): string {
  const name = get(node, 'name')
  return name?.kind === 'scalar' && name.value !== null ? `task '${String(name.value)}'` : 'this task'
}
