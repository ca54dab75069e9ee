import { z } from 'zod'
import { UserError } from '../errors.ts'
import { loadModule, moduleName, moduleNames } from '../modules/registry.ts'
import { didYouMean } from '../source/suggest.ts'
import { command, parse } from './options.ts'

/** The modules, from the same definitions that check and run them. */
export async function run(args: readonly string[]): Promise<number> {
  const spec = command('doc', 'Lists the modules, or shows what one takes, returns and does in a check.').argument(
    '[module]',
  )
  const parsed = parse<Record<string, never>>(spec, args)
  if (typeof parsed === 'number') return parsed
  const [written] = parsed.operands
  process.stdout.write(written === undefined ? await overview() : await page(written))
  return 0
}

async function overview(): Promise<string> {
  const rows = await Promise.all(
    moduleNames.map(async (name) => `  ${name.padEnd(16)}${(await loadModule(name)).doc.summary}`),
  )
  return `${rows.join('\n')}\n\n  sallyport doc MODULE shows one\n`
}

async function page(written: string): Promise<string> {
  const name = moduleName(written)
  if (name === undefined) {
    const suggestion = didYouMean(written, moduleNames)
    throw new UserError(`there is no module '${written}'`, {
      hint: suggestion === undefined ? '`sallyport doc` lists them' : `did you mean '${suggestion}'?`,
    })
  }
  const { doc, args } = await loadModule(name)
  const parts = [`${name}: ${doc.summary}`, '', 'Arguments:', ...argumentLines(args), '', 'In a check:']
  parts.push(`  ${doc.checkMode ?? 'announces exactly the changes it would make'}`, '', 'Example:')
  parts.push(
    ...doc.example
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  )
  const returns = Object.entries(doc.returns ?? {})
  if (returns.length > 0) parts.push('', 'Returns:', ...returns.map(([key, what]) => `  ${key.padEnd(16)}${what}`))
  return `${parts.join('\n')}\n`
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly default?: unknown
}

function argumentLines(schema: z.ZodType): readonly string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as {
    properties?: Readonly<Record<string, Property>>
  }
  // What is missing from nothing at all: conversions before a type hide it from the JSON schema.
  const required = new Set(schema.safeParse({}).error?.issues.map(({ path }) => path[0]))
  const names = Object.entries(properties)
  if (names.length === 0) return ['  (any)']
  return names.map(([name, property]) => {
    const type = property.enum ? property.enum.map(String).join(' | ') : (property.type ?? '')
    const must = required.has(name) ? ', required' : ''
    const fallback = property.default === undefined ? '' : `, default ${JSON.stringify(property.default)}`
    const facts = `${type}${must}${fallback}`.replace(/^, /, '')
    return `  ${name.padEnd(22)}${property.description ?? ''}${facts === '' ? '' : ` (${facts})`}`
  })
}
