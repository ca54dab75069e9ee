import type { core } from 'zod'
import type { Module } from '../modules/define.ts'
import { UserError } from '../errors.ts'
import type { Node, ScalarNode } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import { isMapping, type Mapping, type Value } from '../source/value.ts'
import { loadModule } from '../modules/registry.ts'
import { argumentFields } from '../modules/args.ts'
import type { Task } from './playbook.ts'
import { splitWords } from './words.ts'

/** A task's arguments as they were written, under their names; aliases included. */
export async function moduleArguments(task: Task): Promise<Mapping> {
  const module = await loadModule(task.module)
  return normaliseArgs(module, task.args, argumentNames(module), task.argsNode.at)
}

/** The names of a module's arguments, aliases included; empty when it takes any name (`set_fact`). */
export function argumentNames(module: Module): readonly string[] {
  const { fields, aliases } = argumentFields(module.args)
  return [...Object.keys(fields), ...Object.keys(aliases)]
}

/** What zod found, at the names the arguments were given by: an alias in place of the name it stands for. */
export function issuesAsWritten(module: Module, args: Mapping, issues: readonly core.$ZodIssue[]): core.$ZodIssue[] {
  const { aliases } = argumentFields(module.args)
  const written = new Map(Object.keys(args).map((name) => [aliases[name] ?? name, name]))
  return issues.map((issue) => {
    const [first, ...rest] = issue.path
    return { ...issue, path: first === undefined ? [] : [written.get(String(first)) ?? first, ...rest] }
  })
}

/**
 * A task's arguments as a mapping: free-form text (`command: ls -l`, `copy: src=a dest=b`) taken apart the way Ansible
 * does. `keys` are the names the module knows.
 */
export function normaliseArgs(module: Module, args: Value, keys: readonly string[], at: Position): Mapping {
  if (args === null || args === '') return {}
  if (isMapping(args)) {
    const { _raw_params: freeForm, ...rest } = args
    return typeof freeForm === 'string' ? { ...rest, ...parseText(module, freeForm, keys, at) } : args
  }
  if (typeof args === 'string') return parseText(module, args, keys, at)
  if (module.freeForm !== undefined && (Array.isArray(args) || typeof args !== 'object'))
    return { [module.freeForm]: args }
  throw new UserError(`the arguments of ${module.name} are a mapping or text`, { at })
}

function parseText(module: Module, text: string, keys: readonly string[], at: Position): Mapping {
  const pairs: Record<string, Value> = {}
  const free: string[] = []
  for (const word of splitWords(text)) {
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word.text)
    const known = match?.[1] !== undefined && keys.includes(match[1])
    if (match && (known || module.freeForm === undefined)) pairs[match[1] as string] = unquote(match[2] as string)
    else free.push(word.source)
  }
  if (free.length === 0) return pairs
  if (module.freeForm === undefined) {
    throw new UserError(`${module.name} takes no free text: '${free.join(' ')}'`, {
      at,
      hint: 'write its arguments as a mapping, `name: value` on a line each',
    })
  }
  return { ...pairs, [module.freeForm]: Object.keys(pairs).length === 0 ? text : free.join(' ') }
}

/** The node of arguments that were written as one text: each with its own value, all where the text is. */
export function argumentsNode(written: Node, args: Mapping): Node {
  if (written.kind !== 'scalar') return written
  const scalar = (value: string): ScalarNode => ({ kind: 'scalar', at: written.at, value, style: 'plain' })
  const entries = Object.entries(args).map(([name, value]) => ({
    key: scalar(name),
    value: typeof value === 'string' ? scalar(value) : written,
  }))
  return { kind: 'mapping', at: written.at, entries }
}

function unquote(text: string): string {
  const match = /^(['"])([\s\S]*)\1$/.exec(text)
  return match ? (match[2] as string) : text
}
