import { UserError } from '../errors.ts'
import includeRole from '../modules/include-role.ts'
import includeTasks from '../modules/include-tasks.ts'
import { attempt, throwAll } from '../source/collect.ts'
import { issuesToErrors } from '../source/issues.ts'
import { nodeAt } from '../source/locate.ts'
import { keyText, toValue, type MappingNode } from '../source/node.ts'
import { isTemplate } from '../template/render.ts'
import { findIncluded } from './include-paths.ts'
import { blockKeywords, includeKeywords, taskKeywords } from './keywords.ts'
import { moduleArguments } from './module-args.ts'
import type { Include, Included, Task } from './playbook.ts'
import { readRole, useByTask } from './read-role.ts'
import { included, readTaskFile } from './read-steps.ts'
import { readVars } from './read-task.ts'
import { type Reading } from './reading.ts'
import { inside, type Surroundings } from './surroundings.ts'

/**
 * A dynamic include. What it names without a template is read at once, so that mistakes in it show before anything is
 * touched; the rest is read when the run knows the name.
 */
export async function readInclude(
  node: MappingNode,
  written: Task,
  around: Surroundings,
  reading: Reading,
): Promise<Task> {
  reading.errors.push(...wrongKeywords(node, written))
  const task: Task = { ...written, params: new Map([...around.params, ...readVars(node)]) }
  const inner = applied(task, around)
  const cache = new Map<string, Promise<Included>>()
  const load = (args: unknown): Promise<Included> => {
    const key = JSON.stringify(args)
    const known = cache.get(key)
    if (known) return known
    const loading = (async () => {
      const own: Reading = { ...reading, errors: [], roles: [], handlers: [] }
      const found = await read(args, task, { ...inner, reading: [] }, own)
      throwAll(own.errors)
      if (!found) throw new Error(`${task.module} read nothing`)
      return found
    })()
    cache.set(key, loading)
    return loading
  }
  const include: Include = { load, known: await readAhead(task, inner, reading) }
  return { ...task, include }
}

async function readAhead(task: Task, around: Surroundings, reading: Reading): Promise<Included | undefined> {
  const given = Object.entries(await moduleArguments(task)).filter(([name]) => name !== 'apply')
  if (given.some(([, value]) => typeof value === 'string' && isTemplate(value))) return undefined
  const own: Reading = { ...reading, roles: [], handlers: [] }
  return attempt(reading.errors, () => read(Object.fromEntries(given), task, around, own, true))
}

async function read(
  args: unknown,
  task: Task,
  around: Surroundings,
  reading: Reading,
  ahead = false,
): Promise<Included | undefined> {
  const at = task.argsNode.at
  if (task.module === 'include_tasks') {
    const { file } = includeTasks.args.parse(args)
    const path = findIncluded(file, around, reading.playbookDir, at)
    // A file that includes itself is endless only if its condition always holds: the run will tell.
    if (ahead && around.reading.includes(path)) return undefined
    const steps = await readTaskFile(path, included(file, path, around), reading)
    return { name: path, steps, handlers: reading.handlers, roles: reading.roles }
  }
  const parsed = includeRole.args.parse(args)
  const use = useByTask(parsed, task, around)
  if (ahead && use.parents.some(({ name }) => name === use.name)) return undefined
  const { role, steps } = await readRole(use, around, reading)
  const roles = parsed.public ? [role, ...reading.roles] : reading.roles
  return { name: use.name, steps, handlers: reading.handlers, roles, role }
}

/** The included tasks have what stands around the include, its variables, and what `apply` says. */
function applied(task: Task, around: Surroundings): Surroundings {
  const inner = { ...around, vars: task.vars, params: task.params }
  const node = nodeAt(task.argsNode, ['apply'])
  if (node === task.argsNode || node.kind !== 'mapping') return inner
  const allowed = blockKeywords.omit({ block: true, rescue: true, always: true })
  const parsed = allowed.safeParse(toValue(node))
  if (!parsed.success) throwAll(issuesToErrors(parsed.error.issues, node, 'apply', Object.keys(allowed.shape)))
  return inside(node, inner)
}

function wrongKeywords(node: MappingNode, task: Task): readonly UserError[] {
  const wrong = node.entries.filter(({ key }) => {
    const name = keyText(key)
    return name in taskKeywords.shape && !includeKeywords.includes(name)
  })
  return wrong.map(({ key }) => {
    const hint = `for the tasks it includes write it below \`apply:\`, or use ${task.module.replace('include', 'import')}`
    return new UserError(`${task.module} itself does not have '${keyText(key)}'`, { at: key.at, hint })
  })
}
