import { UserError } from '../errors.ts'
import { moduleName } from '../modules/registry.ts'
import { contentAt } from '../source/locate.ts'
import { get, getEntry, keyText, toValue, type Entry, type MappingNode, type Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import { isMapping, plainText, type Value } from '../source/value.ts'
import type { Templated } from './playbook.ts'
import { splitWords } from './words.ts'

/** A task's module as it was named, with what stands behind the name. */
export interface NamedModule {
  readonly name: string
  readonly entry: Entry
  /** `local_action`: it runs on the controller. */
  readonly local?: boolean
}

export interface TaskArguments {
  /** As written: a mapping, or free-form text. */
  readonly args: Value
  readonly argsNode: Node
  /** `args: "{{ mapping }}"`: further arguments, known once it is rendered. */
  readonly moreArgs: Templated | undefined
}

/** The old way to name a module: `action: copy src=a dest=b`, or a mapping with `module`; the same as `local_action`. */
export function readAction(
  node: MappingNode,
  libraries: readonly string[],
  unknown: (name: string, entry: Entry) => UserError,
): readonly NamedModule[] {
  return (['action', 'local_action'] as const).flatMap((keyword) => {
    const entry = getEntry(node, keyword)
    return entry ? [{ ...oldStyle(entry, libraries, unknown), ...(keyword === 'local_action' && { local: true }) }] : []
  })
}

function oldStyle(
  entry: Entry,
  libraries: readonly string[],
  unknown: (name: string, entry: Entry) => UserError,
): NamedModule {
  const { key, value } = entry
  const named = value.kind === 'mapping' ? get(value, 'module') : value
  if (named?.kind !== 'scalar' || named.value === null) {
    throw new UserError(`'${keyText(key)}' is a module's name with its arguments, or a mapping with \`module\``, {
      at: value.at,
    })
  }
  const text = plainText(named.value).trim()
  const [first] = splitWords(text)
  const written = first?.source ?? ''
  const name = moduleName(written, libraries)
  if (name === undefined) throw unknown(written, entry)
  const rest = text.slice(written.length).trim()
  if (value.kind !== 'mapping') return { name, entry: { key, value: { ...named, value: rest } } }
  const args = get(value, 'args')
  const own = value.entries.filter(({ key }) => !['module', 'args'].includes(keyText(key)))
  const rawName = { kind: 'scalar', at: named.at, value: '_raw_params', style: 'plain' } as const
  const raw = rest === '' ? [] : [{ key: rawName, value: { ...named, value: rest } }]
  const entries = [...own, ...(args?.kind === 'mapping' ? args.entries : []), ...raw]
  return { name, entry: { key, value: { kind: 'mapping', at: value.at, entries } } }
}

/** A task's arguments: free-form text, a mapping, or nothing, over what the `args` keyword says. */
export function argumentsOf({ entry }: NamedModule, keywords: MappingNode): TaskArguments {
  const { value: node } = entry
  const value = toValue(node)
  const extra = get(keywords, 'args')
  if (!extra || (extra.kind === 'scalar' && extra.value === null))
    return { args: value, argsNode: node, moreArgs: undefined }
  if (extra.kind !== 'mapping') return { args: value, argsNode: node, moreArgs: templateArgs(extra) }
  const more = toValue(extra)
  const own = isMapping(value) ? value : typeof value === 'string' && value !== '' ? { _raw_params: value } : {}
  const entries = node.kind === 'mapping' ? node.entries : []
  const names = new Set(entries.map(({ key }) => keyText(key)))
  return {
    args: { ...(isMapping(more) ? more : {}), ...own },
    argsNode: {
      kind: 'mapping',
      at: node.at,
      entries: [...entries, ...extra.entries.filter(({ key }) => !names.has(keyText(key)))],
    },
    moreArgs: undefined,
  }
}

function templateArgs(node: Node): Templated {
  const value = toValue(node)
  const at: Position = contentAt(node)
  if (typeof value === 'string' && value.includes('{{')) return { value, at }
  throw new UserError('`args` is a mapping of arguments, or a template that gives one', { at })
}
