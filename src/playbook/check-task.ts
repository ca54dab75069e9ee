import { UserError } from '../errors.ts'
import type { Module } from '../modules/define.ts'
import { issuesToErrors } from '../source/issues.ts'
import { contentAt, nodeAt } from '../source/locate.ts'
import type { Position } from '../source/position.ts'
import { isMapping, type Value } from '../source/value.ts'
import type { OwnFilters } from '../template/filters/own.ts'
import { checkSyntax, isTemplate } from '../template/render.ts'
import { argumentNames, argumentsNode, issuesAsWritten, normaliseArgs } from './module-args.ts'
import { overDefaults } from './module-defaults.ts'
import type { Loop, Task, Templated } from './playbook.ts'

/** Where mistakes go, and which filters are none. */
interface Found {
  readonly errors: UserError[]
  readonly filters: OwnFilters
}

/** Every mistake of a task that shows without a host: template syntax, and the arguments that are no templates. */
export function checkTask(task: Task, module: Module): readonly UserError[] {
  const errors: UserError[] = []
  const found: Found = { errors, filters: task.filters }
  const conditions = [...task.when, ...task.until, ...task.changedWhen, ...task.failedWhen]
  for (const { value, at } of conditions) if (typeof value === 'string') collect(found, value, at, 'expression')
  const templates: (Templated | undefined)[] = [
    task.name,
    ...(task.loop ? loopParts(task.loop) : []),
    task.retries,
    task.delay,
    task.async,
    task.poll,
    task.confirm,
    task.moreArgs,
    task.directives.moduleDefaults.get(task.module),
  ]
  for (const part of [...templates, ...task.directives.environment]) if (part) checkLeaves(found, part.value, part.at)
  const others = errors.length
  checkArgumentSyntax(found, task, module)
  if (errors.length === others) errors.push(...checkArguments(task, module))
  if (task.confirm && !(module.kind === 'state' && module.confirm)) {
    errors.push(
      new UserError(`confirm: ${module.name} has no change that a new login could confirm`, { at: task.confirm.at }),
    )
  }
  errors.push(...checkAsync(task, module))
  return errors
}

/** What touches no host, or does so in several exchanges, has nothing to run in the background. */
function checkAsync({ async: limit, poll }: Task, module: Module): readonly UserError[] {
  if (!limit || Number(limit.value) === 0) return []
  if (module.kind === 'state' || module.kind === 'action') {
    return poll && Number(poll.value) === 0 && !leavesAlone(module) ? [notAlone(module, poll)] : []
  }
  const why = module.kind === 'session' ? 'it takes several exchanges with the host' : 'nothing of it runs on the host'
  return [new UserError(`${module.name} cannot run in the background: ${why}`, { at: limit.at })]
}

/** Whether nothing has to be seen to once the host is done with it. */
export function leavesAlone(module: Module): boolean {
  return module.kind === 'action' && module.keeps !== undefined
}

export function notAlone(module: Module, poll: Templated | undefined): UserError {
  return new UserError(`${module.name} cannot be left to itself`, {
    at: poll?.at,
    hint: 'what it did is looked at when it is done: give the task a `poll` other than 0',
  })
}

function loopParts({ over, label, pause, extended, extendedAllItems }: Loop): readonly (Templated | undefined)[] {
  return [over, label, pause, extended, extendedAllItems]
}

function checkArgumentSyntax(found: Found, task: Task, module: Module): void {
  const raw = module.raw ?? []
  if (!isMapping(task.args)) return checkLeaves(found, task.args, task.argsNode.at)
  for (const [name, value] of Object.entries(task.args)) {
    if (!raw.includes(name)) checkLeaves(found, value, contentAt(nodeAt(task.argsNode, [name])))
  }
}

/** Values that hold a template pass here and are checked once rendered; everything else must already fit. */
function checkArguments(task: Task, module: Module): readonly UserError[] {
  if (typeof task.args === 'string' && /^\s*\{\{[\s\S]*\}\}\s*$/.test(task.args) && module.freeForm === undefined)
    return []
  const names = argumentNames(module)
  const defaults = task.directives.moduleDefaults.get(module.name)?.value ?? null
  // Which arguments a template brings is not known yet.
  if (task.moreArgs || typeof defaults === 'string') return []
  const own = normaliseArgs(module, task.args, names, task.argsNode.at)
  const args = overDefaults(module, own, isMapping(defaults) ? defaults : {})
  const parsed = module.args.safeParse(args)
  if (parsed.success) return []
  // A rule over several arguments cannot be judged while one of them is a template, or misspelt.
  const open = hasTemplate(args) || parsed.error.issues.some(({ code }) => code === 'unrecognized_keys')
  const issues = issuesAsWritten(module, args, parsed.error.issues).filter(
    (issue) => !isTemplated(args, issue.path) && !(open && issue.code === 'custom' && issue.path.length === 0),
  )
  const errors = issuesToErrors(issues, argumentsNode(task.argsNode, own), `the arguments of ${module.name}`, names)
  return errors.map((error) =>
    /^unknown key/.test(error.message)
      ? new UserError(error.message.replace(/^unknown key ('.*?') in .*$/, `${module.name} has no argument $1`), {
          at: error.at,
          hint: error.hint ?? `\`sallyport doc ${module.name}\` lists its arguments`,
        })
      : error,
  )
}

function hasTemplate(value: Value): boolean {
  if (typeof value === 'string') return isTemplate(value)
  if (Array.isArray(value)) return value.some((item) => hasTemplate(item as Value))
  return isMapping(value) && Object.values(value).some(hasTemplate)
}

/** Whether a template stands at the path of an issue, above it or below it. */
function isTemplated(args: Value, path: readonly PropertyKey[]): boolean {
  let current: Value | undefined = args
  for (const step of path) {
    if (typeof current === 'string') return isTemplate(current)
    if (Array.isArray(current)) current = current[Number(step)] as Value | undefined
    else if (isMapping(current)) current = current[String(step)]
    else return false
    if (current === undefined) return false
  }
  return path.length > 0 && current !== undefined && hasTemplate(current)
}

function checkLeaves(found: Found, value: Value, at: Position): void {
  if (typeof value === 'string') collect(found, value, at, 'template')
  else if (Array.isArray(value)) for (const item of value) checkLeaves(found, item as Value, at)
  else if (isMapping(value)) for (const item of Object.values(value)) checkLeaves(found, item, at)
}

function collect({ errors, filters }: Found, text: string, at: Position, mode: 'template' | 'expression'): void {
  try {
    checkSyntax(text, at, mode, filters)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    errors.push(error)
  }
}
