import { basename, dirname } from 'node:path'
import { UserError } from '../errors.ts'
import type { Module } from '../modules/define.ts'
import { loadModule } from '../modules/registry.ts'
import { attempt } from '../source/collect.ts'
import { get, getEntry, keyText, type MappingNode, type Node } from '../source/node.ts'
import { didYouMean } from '../source/suggest.ts'
import { isMapping } from '../source/value.ts'
import { checkTask } from './check-task.ts'
import { findIncluded } from './include-paths.ts'
import { blockKeywords, misplaced } from './keywords.ts'
import { moduleArguments } from './module-args.ts'
import type { Step, Task, Writes } from './playbook.ts'
import { importRole } from './read-role.ts'
import { readInclude } from './read-include.ts'
import { readTask, titleOf } from './read-task.ts'
import { readYaml, renderName, type Reading } from './reading.ts'
import { soundKeywords } from './sound-keywords.ts'
import { inside, type Surroundings } from './surroundings.ts'

/** A list of tasks and blocks; whatever is imported stands in its place. */
export async function readSteps(node: Node | undefined, around: Surroundings, reading: Reading): Promise<Step[]> {
  if (!node || (node.kind === 'scalar' && node.value === null)) return []
  if (node.kind !== 'sequence') {
    reading.errors.push(new UserError('tasks are a list', { at: node.at, hint: 'begin each task with `- `' }))
    return []
  }
  const steps: Step[] = []
  for (const item of node.items) {
    steps.push(...((await attempt(reading.errors, () => readStep(item, around, reading))) ?? []))
  }
  return steps
}

/** Handlers are tasks; Ansible refuses blocks and roles among them. */
export async function readHandlers(node: Node | undefined, around: Surroundings, reading: Reading): Promise<Task[]> {
  const steps = await readSteps(node, { ...around, handlers: true }, reading)
  return steps.flatMap((step) => (step.kind === 'task' ? [step.task] : []))
}

async function readStep(item: Node, around: Surroundings, reading: Reading): Promise<readonly Step[]> {
  if (item.kind === 'mapping' && getEntry(item, 'block')) return [await readBlock(item, around, reading)]
  const { node, task: written } = await readTask(item, around, reading.errors)
  const module = await loadModule(written.module)
  const task: Task = { ...written, writes: writesOf(module) }
  reading.errors.push(...checkTask(task, module))
  if (around.handlers && /_role$/.test(task.module)) {
    throw new UserError(`${task.module} cannot be a handler`, { at: node.at, hint: 'a handler may include_tasks' })
  }
  switch (task.module) {
    case 'import_tasks':
      return importTasks(node, task, around, reading)
    case 'import_role':
      return importRole(node, task, around, reading)
    case 'include_tasks':
    case 'include_role':
      return [{ kind: 'task', task: await readInclude(node, task, around, reading) }]
    default:
      return [{ kind: 'task', task }]
  }
}

function writesOf(module: Module): Writes {
  if (module.writesHere) return 'here'
  const looks = module.readOnly === true || module.kind === 'controller' || module.kind === 'structure'
  return looks ? 'nothing' : 'on its host'
}

async function readBlock(written: MappingNode, around: Surroundings, reading: Reading): Promise<Step> {
  if (around.handlers) {
    throw new UserError('a block cannot be a handler', {
      at: written.at,
      hint: 'give several handlers the same `listen`, or let a handler include_tasks',
    })
  }
  const known = Object.keys(blockKeywords.shape)
  const unknown = written.entries.filter(({ key }) => !known.includes(keyText(key)))
  reading.errors.push(...unknown.map(({ key }) => notOfBlock(keyText(key), key.at, known)))
  const keywords = { ...written, entries: written.entries.filter((entry) => !unknown.includes(entry)) }
  const { node } = soundKeywords(blockKeywords, keywords, titleOf(written).replace('task', 'block'), reading.errors)
  const inner = inside(node, around)
  const part = (name: string) => readSteps(get(node, name), inner, reading)
  const [block, rescue, always] = [await part('block'), await part('rescue'), await part('always')]
  return { kind: 'block', block: { at: node.at, block, rescue, always } }
}

function notOfBlock(key: string, at: Node['at'], known: readonly string[]): UserError {
  const elsewhere = misplaced(key, 'block')
  if (elsewhere !== undefined) return new UserError(elsewhere, { at })
  const suggestion = didYouMean(key, known)
  return new UserError(`'${key}' is not a keyword of a block`, {
    at,
    hint: suggestion === undefined ? 'a module goes into a task below `block:`' : `did you mean '${suggestion}'?`,
  })
}

async function importTasks(
  node: MappingNode,
  task: Task,
  around: Surroundings,
  reading: Reading,
): Promise<readonly Step[]> {
  refuseLoop(task)
  const args = await moduleArguments(task)
  const written = isMapping(args) ? args['file'] : undefined
  if (typeof written !== 'string') return []
  const at = task.argsNode.at
  const name = renderName(written, around, reading, at)
  const path = findIncluded(name, around, reading.playbookDir, at)
  refuseCircle(path, around, at)
  return readTaskFile(path, included(name, path, inside(node, around)), reading)
}

/** Inside the file that a name leads to. */
export function included(name: string, path: string, around: Surroundings): Surroundings {
  return {
    ...around,
    file: path,
    includedFrom: [dirname(name), ...around.includedFrom],
    reading: [...around.reading, path],
  }
}

function refuseCircle(path: string, { reading }: Surroundings, at: Node['at']): void {
  if (!reading.includes(path)) return
  const circle = [...reading.slice(reading.indexOf(path)), path].map((file) => basename(file))
  throw new UserError(`the imports go in a circle: ${circle.join(' → ')}`, { at })
}

export async function readTaskFile(path: string, around: Surroundings, reading: Reading): Promise<readonly Step[]> {
  const content = await readYaml(path, reading.context)
  if (content && content.kind !== 'sequence') {
    throw new UserError('a file of tasks holds a list of tasks', { at: content.at, hint: 'begin each with `- `' })
  }
  return readSteps(content, around, reading)
}

export function refuseLoop(task: Task): void {
  if (!task.loop) return
  throw new UserError(`${task.module} cannot be looped over: it is done once, while the playbook is read`, {
    at: task.loop.over.at,
    hint: `use ${task.module.replace('import', 'include')}`,
  })
}
