import { UserError } from '../errors.ts'
import { attempt } from '../source/collect.ts'
import { get, keyText, toValue, type Entry, type MappingNode, type Node } from '../source/node.ts'
import { type Mapping, plainText } from '../source/value.ts'
import { didYouMean } from '../source/suggest.ts'
import { checkNotified } from './check-notified.ts'
import { misplaced, playKeywords } from './keywords.ts'
import type { Position } from '../source/position.ts'
import type { Directives, Play, Role, Step, Templated } from './playbook.ts'
import { readEntry } from './read-role.ts'
import { readHandlers, readSteps } from './read-steps.ts'
import { readDirectives, readVars } from './read-task.ts'
import { type LoadContext, type PlayDefaults, renderName, type Reading } from './reading.ts'
import { soundKeywords } from './sound-keywords.ts'
import { tagsOf, type Surroundings } from './surroundings.ts'
import { templated } from './templated.ts'

/** One play; a list, because mistakes in it leave none. */
export async function readPlay(
  node: Node,
  outer: Surroundings,
  playbookDir: string,
  context: LoadContext,
  errors: UserError[],
): Promise<readonly Play[]> {
  if (node.kind !== 'mapping') throw new UserError('a play is a mapping with `hosts` and `tasks`', { at: node.at })
  const known = Object.keys(playKeywords.shape)
  const unknown = node.entries.filter(({ key }) => !known.includes(keyText(key)))
  errors.push(...unknown.map((entry) => unknownKeyword(entry, known)))
  const written: MappingNode = { ...node, entries: node.entries.filter((entry) => !unknown.includes(entry)) }
  const { node: keywords, values } = soundKeywords(playKeywords, written, 'this play', errors)
  const { defaults } = context
  const vars = new Map([...readVars(keywords), ...outer.vars])
  const around: Surroundings = {
    ...outer,
    directives: readDirectives(keywords, { ...outer.directives, ...defaultDirectives(defaults, node.at) }),
    tags: [...new Set([...outer.tags, ...tagsOf(keywords)])],
    vars: new Map(),
  }
  const reading: Reading = { context, playbookDir, playVars: vars, errors, roles: [], handlers: [] }
  const steps = (keyword: string) => readSteps(get(keywords, keyword), around, reading)
  const roleSteps = await readRoles(get(keywords, 'roles'), around, reading)
  const roleHandlers = reading.handlers.splice(0)
  const parts = [await steps('pre_tasks'), [...roleSteps, ...(await steps('tasks'))], await steps('post_tasks')]
  const own = await readHandlers(get(keywords, 'handlers'), { ...around, when: [] }, reading)
  const handlers = [...roleHandlers, ...own, ...reading.handlers]
  errors.push(...checkNotified(parts.flat(), handlers))
  const play: Play = {
    name: titleOf(templated(keywords, 'name'), around, reading),
    at: node.at,
    file: outer.file,
    hosts: templated(keywords, 'hosts') as Templated,
    vars,
    varsFiles: entriesOf(get(keywords, 'vars_files')),
    roles: reading.roles,
    parts,
    when: outer.when,
    handlers,
    tags: around.tags,
    gatherFacts:
      templated(keywords, 'gather_facts') ?? (defaults?.gather === false ? { value: false, at: node.at } : undefined),
    gatherArgs: gatherArgs(keywords),
    order: values.order ?? 'inventory',
    prompts: entriesOf(get(keywords, 'vars_prompt')),
    serial: templated(keywords, 'serial'),
    strategy: strategyOf(values.strategy) ?? defaults?.strategy ?? 'linear',
    maxFailPercentage: templated(keywords, 'max_fail_percentage'),
    forceHandlers: templated(keywords, 'force_handlers'),
    filters: around.filters,
    directives: around.directives,
  }
  return [play]
}

/** A play's name, with the variables of the play and of `-e`. What others would have to say stays as it is written. */
function titleOf(name: Templated | undefined, around: Surroundings, reading: Reading): string | undefined {
  if (name === undefined || name.value === null) return undefined
  const text = plainText(name.value)
  try {
    return renderName(text, around, reading, name.at)
  } catch (error) {
    if (error instanceof UserError) return text
    throw error
  }
}

function defaultDirectives(defaults: PlayDefaults | undefined, at: Position): Partial<Directives> {
  return {
    ...(defaults?.anyErrorsFatal && { anyErrorsFatal: { value: true, at } }),
    ...(defaults?.noLog && { noLog: { value: true, at } }),
  }
}

/** What the play says about the gathering of facts, as arguments of `setup`. */
function gatherArgs(node: MappingNode): Mapping {
  const names = ['gather_subset', 'gather_timeout', 'fact_path']
  const given = names.map((name) => [name, templated(node, name)?.value] as const)
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function strategyOf(written: string | undefined): Play['strategy'] | undefined {
  if (written === undefined) return undefined
  return written.endsWith('free') ? 'free' : 'linear'
}

async function readRoles(node: Node | undefined, around: Surroundings, reading: Reading): Promise<readonly Step[]> {
  if (node?.kind !== 'sequence') return []
  const steps: Step[] = []
  const own: Role[] = []
  for (const item of node.items) {
    const read = await attempt(reading.errors, () => readEntry(item, [], around, reading))
    if (!read) continue
    own.push(read.role)
    steps.push(...read.steps)
  }
  // As in Ansible, before those that any task imports.
  reading.roles.unshift(...own)
  return steps
}

function unknownKeyword(entry: Entry, known: readonly string[]): UserError {
  const key = keyText(entry.key)
  const at = entry.key.at
  const elsewhere = misplaced(key, 'play')
  if (elsewhere !== undefined) return new UserError(elsewhere, { at, hint: 'tasks go below `tasks:`' })
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
