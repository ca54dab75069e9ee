import { dirname } from 'node:path'
import { UserError, UserErrors } from '../errors.ts'
import { throwAll } from '../source/collect.ts'
import { issuesToErrors } from '../source/issues.ts'
import { get, keyText, toValue, type Entry, type MappingNode, type Node } from '../source/node.ts'
import { plainText } from '../source/value.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Warn } from '../source/warning.ts'
import { variableOf, type Variables } from '../variables/load-variable.ts'
import { parseDecrypted, readSource } from '../variables/load.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { checkTask } from './check-task.ts'
import { missingPlayKeywords, missingTaskKeywords, playKeywords } from './keywords.ts'
import { loadRole } from './load-role.ts'
import type { Directives, Play, Playbook, Role, Step, Task, Templated } from './playbook.ts'
import { list, missingKeyword, readDirectives, readTask, readVars, type TaskSurroundings } from './read-task.ts'
import { templated } from './templated.ts'

export interface LoadContext {
  readonly vaultSecrets: readonly VaultSecret[]
  readonly rolesPath: readonly string[]
  readonly warn: Warn
  /** What plays mean where they do not say, from the configuration. */
  readonly defaults?: PlayDefaults
}

export interface PlayDefaults {
  readonly gather: boolean
  readonly strategy: Play['strategy']
  readonly anyErrorsFatal: boolean
  readonly noLog: boolean
}

/**
 * Reads a playbook with its roles and checks everything that can be checked without a host: keywords, modules, their
 * arguments, template syntax, handler names. Throws every mistake at once (UserError or UserErrors).
 */
export async function loadPlaybook(file: string, context: LoadContext): Promise<Playbook> {
  const source = await readSource(file, context.vaultSecrets)
  const node = await parseDecrypted(source, file, context.vaultSecrets, context.warn)
  if (!node) throw new UserError('the playbook is empty', { at: { file, line: 1, column: 1 } })
  if (node.kind !== 'sequence') {
    throw new UserError('a playbook is a list of plays', { at: node.at, hint: 'begin the play with `- hosts: …`' })
  }
  const errors: UserError[] = []
  const plays: Play[] = []
  for (const item of node.items) {
    const play = await attempt(errors, () => readPlay(item, file, context, errors))
    if (play) plays.push(play)
  }
  throwAll(errors)
  return { file, plays }
}

async function readPlay(node: Node, file: string, context: LoadContext, errors: UserError[]): Promise<Play> {
  if (node.kind !== 'mapping') throw new UserError('a play is a mapping with `hosts` and `tasks`', { at: node.at })
  const known = Object.keys(playKeywords.shape)
  const unknown = node.entries.filter(({ key }) => !known.includes(keyText(key)))
  errors.push(...unknown.map((entry) => unknownKeyword(entry, known)))
  const keywords: MappingNode = { ...node, entries: node.entries.filter((entry) => !unknown.includes(entry)) }
  const parsed = playKeywords.safeParse(toValue(keywords))
  if (!parsed.success) throwAll(issuesToErrors(parsed.error.issues, keywords, 'this play'))
  const { defaults } = context
  const none: Directives = {
    environment: [],
    ...(defaults?.anyErrorsFatal && { anyErrorsFatal: { value: true, at: node.at } }),
    ...(defaults?.noLog && { noLog: { value: true, at: node.at } }),
  }
  const around: TaskSurroundings = {
    file,
    role: undefined,
    directives: readDirectives(keywords, none),
    tags: list(parsed.data?.tags),
  }
  const readTasks = (tasks: Node | undefined, surroundings: TaskSurroundings): Promise<Task[]> =>
    readTaskList(tasks, surroundings, errors)
  const steps = (tasks: readonly Task[]): Step[] => tasks.map((task) => ({ kind: 'task', task }))
  const roles = await readRoles(get(keywords, 'roles'), around, context, errors)
  const roleTasks = (await Promise.all(roles.map((role) => readTasks(role.tasks, role.around(role.tasksFile))))).flat()
  const roleHandlers = (
    await Promise.all(roles.map((role) => readTasks(role.handlers, role.around(role.handlersFile))))
  ).flat()
  const pre = await readTasks(get(keywords, 'pre_tasks'), around)
  const tasks = await readTasks(get(keywords, 'tasks'), around)
  const post = await readTasks(get(keywords, 'post_tasks'), around)
  const handlers = [...roleHandlers, ...(await readTasks(get(keywords, 'handlers'), around))]
  const flush: Step = { kind: 'flush' }
  checkNotified([...pre, ...roleTasks, ...tasks, ...post, ...handlers], handlers, errors)
  const data = parsed.data
  return {
    name: data?.name === undefined || data.name === null ? undefined : String(data.name),
    at: node.at,
    file,
    hosts: templated(keywords, 'hosts') as Templated,
    vars: readVars(keywords),
    varsFiles: entriesOf(get(keywords, 'vars_files')),
    roles: roles.map(({ role }) => role),
    steps: [...steps(pre), flush, ...steps(roleTasks), ...steps(tasks), flush, ...steps(post), flush],
    handlers,
    gatherFacts:
      templated(keywords, 'gather_facts') ?? (defaults?.gather === false ? { value: false, at: node.at } : undefined),
    gatherSubset: templated(keywords, 'gather_subset')?.value,
    serial: templated(keywords, 'serial'),
    strategy:
      data?.strategy === undefined
        ? (defaults?.strategy ?? 'linear')
        : data.strategy.endsWith('free')
          ? 'free'
          : 'linear',
    maxFailPercentage: templated(keywords, 'max_fail_percentage'),
    forceHandlers: templated(keywords, 'force_handlers'),
    directives: around.directives,
  }
}

async function readTaskList(node: Node | undefined, around: TaskSurroundings, errors: UserError[]): Promise<Task[]> {
  if (!node || (node.kind === 'scalar' && node.value === null)) return []
  if (node.kind !== 'sequence') {
    errors.push(new UserError('tasks are a list', { at: node.at, hint: 'begin each task with `- `' }))
    return []
  }
  const tasks: Task[] = []
  for (const item of node.items) {
    const task = await attempt(errors, () => readTask(item, around))
    if (!task) continue
    errors.push(...(await checkTask(task)))
    tasks.push(task)
  }
  return tasks
}

interface ReadRole {
  readonly role: Role
  readonly tasks: Node | undefined
  readonly tasksFile: string
  readonly handlers: Node | undefined
  readonly handlersFile: string
  around(file: string): TaskSurroundings
}

/** `roles:` entries: a name, or a mapping with `role`, keywords for all its tasks, and parameters. */
async function readRoles(
  node: Node | undefined,
  around: TaskSurroundings,
  context: LoadContext,
  errors: UserError[],
): Promise<readonly ReadRole[]> {
  if (node?.kind !== 'sequence') return []
  const roles: ReadRole[] = []
  for (const item of node.items) {
    const read = await attempt(errors, async () => {
      const { name, params, own } = roleEntry(item)
      const loaded = await loadRole(name, item.at, params, dirname(around.file), context)
      const inner = own
        ? { ...around, directives: readDirectives(own, around.directives), tags: [...around.tags, ...tagsOf(own)] }
        : around
      return { ...loaded, around: (file: string) => ({ ...inner, file, role: loaded.role }) }
    })
    if (read) roles.push(read)
  }
  return roles
}

const roleKeywords = [
  'role',
  'name',
  'tags',
  'vars',
  'become',
  'become_user',
  'become_method',
  'environment',
  'no_log',
  'ignore_errors',
  'check_mode',
  'diff',
  'any_errors_fatal',
  'timeout',
]

function roleEntry(node: Node): { name: string; params: Variables; own: MappingNode | undefined } {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    return { name: node.value, params: new Map(), own: undefined }
  }
  const name = node.kind === 'mapping' ? (get(node, 'role') ?? get(node, 'name')) : undefined
  if (node.kind !== 'mapping' || name?.kind !== 'scalar') {
    throw new UserError('an entry of `roles` is a name, or a mapping with `role`', { at: node.at })
  }
  const unsupported = node.entries.find(({ key }) => keyText(key) === 'when')
  if (unsupported) {
    throw new UserError('`when` on a role is not supported yet', {
      at: unsupported.key.at,
      hint: "put the condition on the role's tasks",
    })
  }
  const missing = node.entries.find(({ key }) => missingTaskKeywords.includes(keyText(key)))
  if (missing) throw missingKeyword(keyText(missing.key), missing.key.at)
  const params = node.entries.filter(({ key }) => !roleKeywords.includes(keyText(key)))
  return {
    name: String(name.value),
    params: new Map([
      ...readVars(node),
      ...params.map(({ key, value }) => [keyText(key), variableOf(value, key.at)] as const),
    ]),
    own: node,
  }
}

function tagsOf(node: MappingNode): readonly string[] {
  const tags = templated(node, 'tags')?.value
  return Array.isArray(tags) ? tags.map(String) : list(typeof tags === 'string' ? tags : undefined)
}

/** A notify that no handler answers to would be lost in silence. */
function checkNotified(tasks: readonly Task[], handlers: readonly Task[], errors: UserError[]): void {
  const names = handlers.flatMap((handler) => [
    ...(handler.name ? [plainText(handler.name.value)] : []),
    ...handler.listen,
  ])
  for (const task of tasks) {
    for (const name of task.notify) {
      if (names.includes(name) || name.includes('{{') || names.some((known) => known.includes('{{'))) continue
      const suggestion = didYouMean(name, names)
      errors.push(
        new UserError(`no handler of this play is called '${name}'`, {
          at: task.at,
          hint: suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
        }),
      )
    }
  }
}

function unknownKeyword(entry: Entry, known: readonly string[]): UserError {
  const key = keyText(entry.key)
  const at = entry.key.at
  if (missingPlayKeywords.includes(key) || key === 'import_playbook') {
    return new UserError(`'${key}' is Ansible's, but Sallyport does not have it yet`, { at })
  }
  const suggestion = didYouMean(key, known)
  return new UserError(`'${key}' is not a keyword of a play`, {
    at,
    hint: suggestion === undefined ? 'a module goes below `tasks:`' : `did you mean '${suggestion}'?`,
  })
}

function entriesOf(node: Node | undefined): readonly Templated[] {
  if (!node || (node.kind === 'scalar' && node.value === null)) return []
  const items = node.kind === 'sequence' ? node.items : [node]
  return items.map((item) => ({ value: toValue(item), at: item.at }))
}

/** Collects what `read` throws as user errors, so that one run shows them all. */
async function attempt<T>(errors: UserError[], read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UserErrors) errors.push(...error.errors)
    else if (error instanceof UserError) errors.push(error)
    else throw error
    return undefined
  }
}
