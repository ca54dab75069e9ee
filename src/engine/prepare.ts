import { UserError } from '../errors.ts'
import { argumentFields } from '../modules/args.ts'
import type { Module } from '../modules/define.ts'
import { loadModule } from '../modules/registry.ts'
import { argumentNames, issuesAsWritten, normaliseArgs } from '../playbook/module-args.ts'
import { overDefaults } from '../playbook/module-defaults.ts'
import type { Loop, Task, Templated } from '../playbook/playbook.ts'
import { issuesToErrors } from '../source/issues.ts'
import { contentAt, nodeAt } from '../source/locate.ts'
import type { Node } from '../source/node.ts'
import { throwAll } from '../source/collect.ts'
import { isMapping, plainText, type Mapping, type Value } from '../source/value.ts'
import { str } from '../template/python/repr.ts'
import { renderValue, test, UndefinedVariable } from '../template/render.ts'
import type { Redactor } from '../variables/redaction.ts'
import type { TaskScope } from '../variables/scope.ts'
import { jobTerms } from './background.ts'
import { type BecomeDefaults, becomeOf } from './become.ts'
import { confirmTime } from './confirm-time.ts'
import { type ControllerCache, createController } from './controller.ts'
import { flag, keyword } from './keyword.ts'
import { placeOf } from './task-event.ts'
import { labelOf, loopItems } from './loop-items.ts'
import type { Site } from './sites.ts'
import type { LoopItem, LoopUnit, Prepared, SkippedItem, Unit } from './unit.ts'

/** Text that stands for "leave this argument out". */
export const omit = '__omit_place_holder__'

/** What preparing a task needs to know of its host and run. */
export interface PrepareContext {
  readonly check: boolean
  readonly cache: ControllerCache
  readonly redactor: Redactor
  readonly becomeOptions: BecomeDefaults
  /** Seconds; for `async` tasks without a `poll`. */
  readonly pollInterval: number | undefined
  readonly taskTimeout: number | undefined
  scope(task: Task, loop?: LoopItem): TaskScope
  /** Asked before a file of this machine is used that is there, or is missing. Throws NotYetKnown. */
  beforeSource(isThere: boolean): void
  /** Where the task runs; `scope` is the one it was rendered with. */
  site(task: Task, scope: TaskScope, loop?: LoopItem): Site
}

/**
 * Renders a task for its host. Throws NotYetKnown when something it depends on has not happened yet, UserError when
 * it cannot be right.
 */
export async function prepareTask(task: Task, context: PrepareContext): Promise<Prepared> {
  const scope = context.scope(task)
  if (!task.loop) {
    const reason = unmetCondition(task.when, scope)
    if (reason !== undefined) return { kind: 'skipped', reason }
    return { kind: 'units', units: [await prepareUnit(task, scope, undefined, context)], looped: false }
  }
  const items = itemsOrSkip(task.loop, task, scope)
  if (!items) return { kind: 'skipped', reason: unmetCondition(task.when, scope) ?? '' }
  const units: LoopUnit[] = []
  for (const item of items) {
    const render = () => prepareItem(task, item, context)
    units.push(units.length > 0 && buildsOnItself(task) ? { later: render } : await render())
  }
  return { kind: 'units', units, looped: true }
}

async function prepareItem(task: Task, plain: LoopItem, context: PrepareContext): Promise<Unit | SkippedItem> {
  const scope = context.scope(task, plain)
  const item = { ...plain, label: task.loop ? labelOf(task.loop, plain, scope) : '' }
  const reason = unmetCondition(task.when, scope)
  return reason === undefined ? prepareUnit(task, scope, item, context) : { skipped: reason, item }
}

/** What one item sets, the next may read: `set_fact: { all: "{{ all + [item] }}" }`. */
function buildsOnItself(task: Task): boolean {
  return task.module === 'set_fact'
}

/** A loop over something undefined is no mistake where the task's condition does not hold either way. */
function itemsOrSkip(loop: Loop, task: Task, scope: TaskScope): readonly LoopItem[] | undefined {
  try {
    return loopItems(loop, task, scope)
  } catch (error) {
    if (!(error instanceof UndefinedVariable) || !conditionFails(task.when, scope)) throw error
    return undefined
  }
}

function conditionFails(conditions: readonly Templated[], scope: TaskScope): boolean {
  try {
    return unmetCondition(conditions, scope) !== undefined
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

/** The first condition that does not hold, as the reason to skip; undefined when all hold. */
export function unmetCondition(conditions: readonly Templated[], scope: TaskScope): string | undefined {
  for (const { value, at } of conditions) {
    if (!test(value, { ...scope.context, at })) return `condition was false: ${plainText(value)}`
  }
  return undefined
}

async function prepareUnit(
  task: Task,
  scope: TaskScope,
  item: LoopItem | undefined,
  context: PrepareContext,
): Promise<Unit> {
  const module = await loadModule(task.module)
  const site = context.site(task, scope, item)
  const args = renderArgs(task, module, scope)
  const parsed = module.args.safeParse(args)
  if (!parsed.success) {
    throwAll(argumentErrors(task, args, parsed.error.issues, module, scope))
    throw new UserError(`the arguments of ${module.name} do not fit`, { at: task.argsNode.at })
  }
  learnSecretArguments(module, args, context.redactor)
  const checkMode = flag(task.directives.checkMode, scope)
  const check = checkMode ?? context.check
  const controller = createController(task, scope, context, check)
  const wish: unknown =
    'prepare' in module && module.prepare ? await module.prepare(parsed.data, controller) : parsed.data
  const timeout = keyword(task.directives.timeout, scope) ?? context.taskTimeout
  const job = jobTerms(task, module, scope, context.pollInterval)
  return {
    module,
    at: placeOf(task),
    wish,
    controller,
    scope,
    item,
    become: becomeOf(task.directives, site.scope, context.becomeOptions, site.target.user),
    host: site.host,
    target: site.target,
    environment: environmentOf(task, scope),
    timeout: timeout === undefined || Number(timeout) === 0 ? undefined : Number(timeout),
    job,
    confirm: confirmTime(task, module, scope, { target: site.target, job }),
    check,
    noLog: flag(task.directives.noLog, scope) ?? false,
    probed: undefined,
  }
}

/** A task's arguments over those of `args` and of `module_defaults`. What a template yields is never rendered again. */
function renderArgs(task: Task, module: Module, scope: TaskScope): Mapping {
  const at = task.argsNode.at
  const lone = module.freeForm === undefined && typeof task.args === 'string' && loneTemplate.test(task.args)
  const rendered = lone ? splat({ value: task.args, at }, scope) : writtenArgs(task, module, scope)
  const args = overDefaults(module, { ...splat(task.moreArgs, scope), ...rendered }, defaultsOf(task, module, scope))
  return dropOmitted(args) as Mapping
}

const loneTemplate = /^\s*\{\{[\s\S]*\}\}\s*$/

function writtenArgs(task: Task, module: Module, scope: TaskScope): Mapping {
  const raw = module.raw ?? []
  const args = normaliseArgs(module, task.args, argumentNames(module), task.argsNode.at)
  const render = (name: string, value: Value): Value =>
    renderValue(value, { ...scope.context, at: contentAt(nodeAt(task.argsNode, [name])) })
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, raw.includes(name) ? value : render(name, value)]),
  )
}

function defaultsOf(task: Task, module: Module, scope: TaskScope): Mapping {
  const value = keyword(task.directives.moduleDefaults.get(module.name), scope) ?? null
  return isMapping(value) ? value : {}
}

/** `args: "{{ mapping }}"`, or a template in the place of all arguments. */
function splat(part: Templated | undefined, scope: TaskScope): Mapping {
  const value = keyword(part, scope)
  if (value === undefined) return {}
  if (isMapping(value)) return value
  throw new UserError('the template has to give a mapping of arguments', { at: part?.at })
}

function dropOmitted(value: Value): Value {
  if (Array.isArray(value)) return value.filter((item) => item !== omit).map((item) => dropOmitted(item as Value))
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === omit ? [] : [[key, dropOmitted(item)]])),
  )
}

/** Errors about rendered arguments, worded from the values that came out and placed where they were written. */
function argumentErrors(
  task: Task,
  args: Mapping,
  issues: Parameters<typeof issuesToErrors>[0],
  module: Module,
  scope: TaskScope,
): readonly UserError[] {
  const entries = Object.entries(args).map(([name, value]) => {
    const place = sourceOf(nodeAt(task.argsNode, [name]), scope)
    const key = { kind: 'scalar', at: nodeAt(task.argsNode, [name]).at, value: name, style: 'plain' } as const
    return { key, value: renderedNode(value, place) }
  })
  const node: Node = { kind: 'mapping', at: task.argsNode.at, entries }
  const written = issuesAsWritten(module, args, issues)
  return issuesToErrors(written, node, `the arguments of ${module.name}`, argumentNames(module))
}

/** `arg: "{{ name }}"` is wrong where the variable was set. */
function sourceOf(written: Node, scope: TaskScope): Node {
  const name = written.kind === 'scalar' ? /^\s*\{\{\s*(\w+)\s*\}\}\s*$/.exec(String(written.value))?.[1] : undefined
  const variable = name === undefined ? undefined : scope.variable(name)
  return variable?.node ?? (variable?.at ? { ...written, at: variable.at } : written)
}

/** The rendered values on the places of the written ones. */
function renderedNode(value: Value, written: Node): Node {
  const at = written.at
  if (Array.isArray(value)) {
    const items = (value as Value[]).map((item, index) => renderedNode(item, nodeAt(written, [index])))
    return { kind: 'sequence', at, items }
  }
  if (isMapping(value)) {
    const entries = Object.entries(value).map(([key, item]) => {
      const place = nodeAt(written, [key])
      return {
        key: { kind: 'scalar', at: place.at, value: key, style: 'plain' } as const,
        value: renderedNode(item, place),
      }
    })
    return { kind: 'mapping', at, entries }
  }
  return { kind: 'scalar', at, value: value as null | boolean | number | string, style: 'plain' }
}

function learnSecretArguments(module: Module, args: Mapping, redactor: Redactor): void {
  const { fields, aliases } = argumentFields(module.args)
  for (const [name, value] of Object.entries(args)) {
    if (fields[aliases[name] ?? name]?.meta()?.['secret'] === true) redactor.add(value)
  }
}

/** The task's `environment`, outer parts first; values become text. */
function environmentOf(task: Task, scope: TaskScope): Readonly<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const part of task.directives.environment) {
    const value = renderValue(part.value, { ...scope.context, at: part.at })
    if (value === null || value === '' || value === omit) continue
    if (!isMapping(value)) throw new UserError('environment: expected a mapping of names to values', { at: part.at })
    for (const [name, text] of Object.entries(value)) {
      if (!/^[A-Za-z_]\w*$/.test(name)) {
        throw new UserError(`environment: '${name}' is not a name for a variable`, { at: part.at })
      }
      if (typeof text === 'string' && text.includes('\0')) {
        throw new UserError(`environment: ${name}: a NUL byte cannot be passed to a host`, { at: part.at })
      }
      // As Ansible would print it: True, None, [1, 'a'].
      result[name] = typeof text === 'string' ? text : str(text)
    }
  }
  return result
}
