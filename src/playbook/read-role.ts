import { UserError } from '../errors.ts'
import type { roleArguments } from '../modules/include-role.ts'
import { attempt } from '../source/collect.ts'
import { get, keyText, toValue, type MappingNode, type Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import { plainText } from '../source/value.ts'
import { variableOf, type Variables } from '../variables/load-variable.ts'
import { holdsArgumentSpec, parseArgumentSpec } from './argument-spec.ts'
import { roleKeywords } from './keywords.ts'
import { loadRole, mainFiles, type RoleFiles, type RoleSource } from './load-role.ts'
import { moduleArguments } from './module-args.ts'
import { filtersBeside } from './own-filters.ts'
import type { Role, Step, Task } from './playbook.ts'
import { readHandlers, readSteps, refuseLoop } from './read-steps.ts'
import { readVars } from './read-task.ts'
import { renderName, type Reading } from './reading.ts'
import { soundKeywords } from './sound-keywords.ts'
import { inside, type Surroundings } from './surroundings.ts'

/** A role as something names it. */
export interface RoleUse {
  readonly name: string
  readonly at: Position
  readonly params: Variables
  readonly givenVars: Variables
  readonly from: RoleFiles
  /** By a task: such a one runs as often as it is asked for. */
  readonly byTask: boolean
  readonly allowDuplicates?: boolean
  readonly validate: boolean
  readonly parents: readonly Role[]
}

export interface ReadRole {
  readonly role: Role
  readonly steps: readonly Step[]
}

/** A role with everything that runs for it, its dependencies first. Its handlers go to the reading's. */
export async function readRole(use: RoleUse, around: Surroundings, reading: Reading): Promise<ReadRole> {
  const { name, at, parents } = use
  if (parents.some((parent) => parent.name === name && !use.byTask)) {
    const circle = [...parents.map((parent) => parent.name), name].join(' → ')
    throw new UserError(`the roles depend on each other in a circle: ${circle}`, { at })
  }
  const source = await loadRole(name, use.from, at, reading.playbookDir, reading.context)
  const dependencies: Role[] = []
  const role = roleOf(use, source, around, dependencies)
  const filters = await filtersBeside(source.dir, around.filters)
  const inner: Surroundings = { ...around, role, filters, includedFrom: [] }
  const steps: Step[] = []
  for (const entry of dependenciesOf(source.meta)) {
    const dependency = await attempt(reading.errors, () => readEntry(entry, [...parents, role], inner, reading))
    if (!dependency) continue
    dependencies.push(dependency.role)
    steps.push(...dependency.steps)
  }
  const { tasks, handlers } = source
  steps.push(...(await readSteps(tasks.node, { ...inner, file: tasks.file }, reading)))
  if (!reading.handlers.some((handler) => handler.role?.key === role.key)) {
    const own: Task[] = await readHandlers(handlers.node, { ...inner, file: handlers.file }, reading)
    reading.handlers.push(...own)
  }
  return { role, steps: [...steps, { kind: 'role-end', role }] }
}

function roleOf(use: RoleUse, source: RoleSource, around: Surroundings, dependencies: readonly Role[]): Role {
  const spec = [source.argumentSpecs, source.meta].find(holdsArgumentSpec)
  const allowed = source.meta?.kind === 'mapping' ? get(source.meta, 'allow_duplicates') : undefined
  return {
    name: use.name,
    key: keyOf(use, around),
    at: use.at,
    dir: source.dir,
    defaults: source.defaults,
    vars: source.vars,
    givenVars: use.givenVars,
    params: use.params,
    argumentSpec: spec && use.validate ? parseArgumentSpec(spec, use.from.tasks) : undefined,
    allowDuplicates: use.allowDuplicates ?? (allowed !== undefined && toValue(allowed) === true),
    dependencies,
    byTask: use.byTask,
    parents: use.parents,
  }
}

/** As in Ansible: the name, everything given, and conditions and tags. */
function keyOf({ name, params, givenVars, from, byTask }: RoleUse, { when, tags }: Surroundings): string {
  const values = (variables: Variables) => [...variables].map(([key, { value }]) => [key, value])
  const conditions = when.map(({ value }) => value)
  return JSON.stringify([name, values(params), values(givenVars), conditions, [...tags].sort(), from, byTask])
}

function dependenciesOf(meta: Node | undefined): readonly Node[] {
  if (!meta || (meta.kind === 'scalar' && meta.value === null)) return []
  if (meta.kind !== 'mapping') throw new UserError("a role's meta/main is a mapping", { at: meta.at })
  const dependencies = get(meta, 'dependencies')
  if (!dependencies || (dependencies.kind === 'scalar' && dependencies.value === null)) return []
  if (dependencies.kind !== 'sequence') throw new UserError('dependencies are a list of roles', { at: dependencies.at })
  return dependencies.items
}

/** An entry of `roles` or of a role's dependencies: a name, or a mapping with `role`, keywords and parameters. */
export async function readEntry(
  entry: Node,
  parents: readonly Role[],
  around: Surroundings,
  reading: Reading,
): Promise<ReadRole> {
  const common = { at: entry.at, from: mainFiles, byTask: false, validate: true, parents }
  if (entry.kind === 'scalar' && typeof entry.value === 'string') {
    const name = renderName(entry.value, around, reading, entry.at)
    return readRole({ ...common, name, params: new Map(), givenVars: new Map() }, around, reading)
  }
  const named = entry.kind === 'mapping' ? (get(entry, 'role') ?? get(entry, 'name') ?? get(entry, 'src')) : undefined
  if (entry.kind !== 'mapping' || named?.kind !== 'scalar' || named.value === null) {
    throw new UserError('a role is named: by a text, or in a mapping with `role`', { at: entry.at })
  }
  const { keywords, params } = partition(entry, reading.errors)
  const name = renderName(plainText(named.value), around, reading, named.at)
  const use: RoleUse = { ...common, name, params, givenVars: readVars(keywords) }
  // Its `vars` are below what the role's own vars/ says; those of a block around would be above.
  return readRole(use, { ...inside(keywords, around), vars: around.vars }, reading)
}

/** A task's keywords that nobody means as a parameter of a role. */
const notParameters = ['async', 'changed_when', 'failed_when', 'loop', 'loop_control', 'poll', 'register', 'until']

/** What is no keyword is a parameter, save what would look like one. */
function partition(entry: MappingNode, errors: UserError[]): { keywords: MappingNode; params: Variables } {
  const known = Object.keys(roleKeywords.shape)
  for (const { key } of entry.entries.filter(({ key }) => notParameters.includes(keyText(key)))) {
    const message = `'${keyText(key)}' is a keyword of a task, a role would have it as a variable`
    errors.push(new UserError(message, { at: key.at }))
  }
  const written = { ...entry, entries: entry.entries.filter(({ key }) => known.includes(keyText(key))) }
  const { node: keywords } = soundKeywords(roleKeywords, written, 'this role', errors)
  const galaxy = ['name', 'src', 'version', 'scm']
  const params = entry.entries.filter(({ key }) => ![...known, ...galaxy].includes(keyText(key)))
  return {
    keywords,
    params: new Map(params.map(({ key, value }) => [keyText(key), variableOf(value, key.at)] as const)),
  }
}

export async function importRole(
  node: MappingNode,
  task: Task,
  around: Surroundings,
  reading: Reading,
): Promise<readonly Step[]> {
  refuseLoop(task)
  const given = Object.fromEntries(
    Object.entries(await moduleArguments(task)).map(([name, value]) => [
      name,
      typeof value === 'string' ? renderName(value, around, reading, task.argsNode.at) : value,
    ]),
  )
  const args = (await import('../modules/import-role.ts')).default.args.safeParse(given)
  // What is wrong with them is told already.
  if (!args.success) return []
  const inner = inside(node, around)
  const { role, steps } = await readRole(useByTask(args.data, task, around), inner, reading)
  reading.roles.push(role)
  return steps
}

type RoleArguments = { [Name in keyof typeof roleArguments]: unknown }

/** What `import_role` and `include_role` ask for, as their checked arguments. */
export function useByTask(args: RoleArguments, task: Task, around: Surroundings): RoleUse {
  return {
    name: String(args.name),
    at: task.argsNode.at,
    params: new Map(),
    givenVars: task.vars,
    from: {
      tasks: String(args.tasks_from),
      vars: String(args.vars_from),
      defaults: String(args.defaults_from),
      handlers: String(args.handlers_from),
    },
    byTask: true,
    allowDuplicates: args.allow_duplicates === true,
    validate: args.rolespec_validate === true,
    parents: around.role ? [...around.role.parents, around.role] : [],
  }
}
