import { z } from 'zod'

/** Where in a module's arguments a text can stand: `headers.*` is any key of a mapping, `name[]` any item of a list. */
export type LeafPath = readonly (string | typeof item | typeof key)[]

export const item = Symbol('any item of a list')
export const key = Symbol('any key of a mapping')

export interface Leaf {
  readonly path: LeafPath
  readonly label: string
  readonly secret: boolean
}

interface Node {
  readonly type?: string | readonly string[]
  readonly $ref?: string
  readonly enum?: unknown
  readonly const?: unknown
  readonly not?: unknown
  readonly secret?: unknown
  /** Ansible has it, the module refuses every value of it. */
  readonly refused?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: boolean | Node
  readonly items?: Node | boolean
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly allOf?: readonly Node[]
}

/** Every place of a schema that takes a free text, found in the JSON schema that zod makes of what people may write. */
export function textLeaves(schema: z.ZodType): Leaf[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node
  const found = new Map<string, Leaf>()
  const add = (path: LeafPath, secret: boolean) => {
    const label = labelOf(path)
    found.set(label, { path, label, secret: secret || found.get(label)?.secret === true })
  }
  const walk = (node: Node, path: LeafPath, hidden: boolean) => {
    const secret = hidden || node.secret === true
    if (node.refused !== undefined || node.enum !== undefined || node.const !== undefined || node.not !== undefined)
      return
    const choices = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]
    for (const choice of choices) walk(choice, path, secret)
    for (const [name, inner] of Object.entries(node.properties ?? {})) walk(inner, [...path, name], secret)
    if (node.items !== undefined && node.items !== true) walk(node.items as Node, [...path, item], secret)
    if (typeof node.additionalProperties === 'object') {
      add([...path, key], secret)
      walk(node.additionalProperties, [...path, key], secret)
    }
    // What zod cannot describe may be a text as well.
    const anything = node.type === undefined && choices.length === 0 && path.length > 0
    if ([node.type].flat().includes('string') || node.$ref !== undefined || anything) add(path, secret)
  }
  walk(root, [], false)
  return [...found.values()]
}

function labelOf(path: LeafPath): string {
  return path
    .map((part) => (part === item ? '[]' : part === key ? '.*' : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

/** The arguments with a text at a leaf: added to a list, under a name of its own or as the name in a mapping. */
export function plant(args: unknown, path: LeafPath, text: string): unknown[] {
  const [head, ...rest] = path
  if (head === undefined) return [text]
  if (head === item) {
    const items: unknown[] = Array.isArray(args) ? args : []
    return plant(undefined, rest, text).flatMap((planted) => [[...items, planted], [planted]])
  }
  const object = typeof args === 'object' && args !== null && !Array.isArray(args) ? args : {}
  if (head === key) {
    const values = plant(undefined, rest, text).map((planted) => ({ ...object, harmless: planted }))
    return [...values, { ...object, [text]: 'harmless' }]
  }
  const inner = (object as Readonly<Record<string, unknown>>)[String(head)]
  return plant(inner, rest, text).map((planted) => ({ ...object, [head]: planted }))
}

/** What arguments hold at a leaf now: the first item of a list. */
export function presentAt(args: unknown, path: LeafPath): unknown {
  const [head, ...rest] = path
  if (head === undefined) return args
  if (head === item) return Array.isArray(args) ? presentAt(args[0], rest) : undefined
  if (head === key || typeof args !== 'object' || args === null) return undefined
  return presentAt((args as Readonly<Record<string, unknown>>)[String(head)], rest)
}
