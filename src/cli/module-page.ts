import { z } from 'zod'
import { argumentFields } from '../modules/args.ts'
import type { Module } from '../modules/define.ts'

/** Columns of a page: what the narrowest usual terminal shows. */
const width = 80

/** A line for each module, in the order of their names. */
export function overview(modules: readonly Module[]): string {
  const sorted = [...modules].sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = sorted.map(({ name, doc }) => wrap(`  ${name.padEnd(20)}`, doc.summary, 22))
  return `${rows.join('\n')}\n\n  sallyport doc MODULE shows one\n`
}

/** Everything about one module. */
export function modulePage(module: Module): string {
  const { name, kind, doc, args } = module
  const announces = {
    state: 'Announces exactly the changes it would make.',
    action: 'Not run.',
    session: 'Not run.',
    controller: 'Works as in a real run.',
    structure: 'Works as in a real run.',
  }[kind]
  const returns = Object.entries(doc.returns ?? {})
  const parts = [
    wrap(`${name}: `, doc.summary, 4),
    section('Arguments', argumentRows(args)),
    ...confirmSection(module),
    section('In a check', [wrap('  ', sentence(doc.checkMode ?? announces), 2)]),
    section(
      'Example',
      doc.example
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    ),
    ...(returns.length > 0
      ? [
          section(
            'Returns',
            returns.map(([key, what]) => entry(key, '', what)),
          ),
        ]
      : []),
  ]
  return `${parts.join('\n\n')}\n`
}

/** What the task's `confirm` does, where the module offers it. */
function confirmSection(module: Module): readonly string[] {
  if (module.kind !== 'state' || !module.confirm) return []
  const { seconds } = module.confirm
  const usual =
    seconds === undefined
      ? 'Without it nothing is confirmed.'
      : `Left out: ${seconds} s, but none over a local connection; \`false\`: none.`
  const text = `A keyword of the task, beside the module: \`confirm: ${seconds ?? 30}s\`. The host takes the change back unless a new login comes through in that time; only then it lasts. ${usual}`
  return [section('Confirmed by a new login', [wrap('  ', text, 2)])]
}

const section = (title: string, rows: readonly string[]): string => `${title}:\n${rows.join('\n')}`

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

/** A name with what it takes, and below it what it means. */
function entry(name: string, takes: string, what: string): string {
  const head = wrap(`  ${name}`, takes, 6)
  return what === '' ? head : `${head}\n${wrap('      ', sentence(what), 6)}`
}

/** Text behind a head, broken at blanks, its further lines indented. */
function wrap(head: string, text: string, indent: number): string {
  const lines: string[] = []
  let line = head
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const glued = line.trim() === '' || /\s$/.test(line) ? `${line}${word}` : `${line} ${word}`
    if (glued.length <= width || line.trim() === '') line = glued
    else {
      lines.push(line.trimEnd())
      line = `${' '.repeat(indent)}${word}`
    }
  }
  return [...lines, line.trimEnd()].join('\n')
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly default?: unknown
  readonly items?: Property
  readonly anyOf?: readonly Property[]
  readonly secret?: boolean
  readonly refused?: string
}

function argumentRows(schema: z.ZodType): readonly string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as {
    properties?: Readonly<Record<string, Property>>
  }
  const { fields, aliases } = argumentFields(schema)
  // What is missing from nothing at all: conversions before a type hide it from the JSON schema.
  const required = new Set(schema.safeParse({}).error?.issues.map(({ path }) => path[0]))
  const names = Object.keys(fields).length > 0 ? Object.keys(fields) : Object.keys(properties)
  if (names.length === 0) return ['  none']
  return names.map((name) => {
    const described = z.toJSONSchema(fields[name] ?? z.any(), { io: 'output', unrepresentable: 'any' }) as Property
    const property: Property = { ...described, ...properties[name] }
    const others = Object.keys(aliases).filter((alias) => aliases[alias] === name)
    const facts = [
      typeOf(property),
      ...(required.has(name) ? ['required'] : []),
      ...(property.default === undefined ? [] : [`default ${JSON.stringify(property.default)}`]),
      ...(property.secret ? ['secret'] : []),
      ...(others.length > 0 ? [`also called ${others.join(', ')}`] : []),
    ].filter((fact) => fact !== '')
    return entry(
      name,
      facts.length === 0 || property.refused ? '' : ` (${facts.join('; ')})`,
      property.description ?? '',
    )
  })
}

const types: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'yes or no',
  integer: 'whole number',
  object: 'mapping',
}

function typeOf({ type = '', enum: choices, items, anyOf }: Property): string {
  if (choices) return choices.map(String).join(' | ')
  if (type === 'array') {
    const item = items ? typeOf(items) : ''
    return item === '' || item === 'text' ? 'list' : `list of ${item}`
  }
  if (anyOf) return [...new Set(anyOf.map(typeOf))].filter((each) => each !== '').join(' or ')
  return types[type] ?? type
}
