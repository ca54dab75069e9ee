import { z } from 'zod'
import { argumentFields } from '../modules/args.ts'
import type { Module } from '../modules/define.ts'
import { isSchema, lenientObject, template, type Schema } from './lenient.ts'

/** What a task may write below a module's name: its arguments as a mapping, free-form text, or a template for all. */
export function argumentsSchema(module: Module): Schema {
  const { aliases } = argumentFields(module.args)
  const schema = draft7(module.args)
  const properties = isSchema(schema['properties']) ? schema['properties'] : {}
  const named = Object.entries(aliases).map(([alias, name]) => [alias, properties[name] ?? {}] as const)
  const mapping = lenientObject({
    ...schema,
    properties: { ...properties, ...Object.fromEntries(named) },
    required: requiredArguments(module, Object.values(aliases)),
  })
  const nothing = module.args.safeParse({}).success ? [{ type: 'null' }] : []
  return { description: module.doc.summary, anyOf: [mapping, { type: 'string' }, ...nothing, template] }
}

/** What is missing from nothing at all; conversions before a type hide it from the JSON schema. */
function requiredArguments(module: Module, aliased: readonly string[]): readonly string[] {
  const issues = module.args.safeParse({}).error?.issues ?? []
  const missing = issues.filter(({ code, path }) => code !== 'custom' && path.length === 1)
  const names = new Set(missing.map(({ path }) => String(path[0])))
  // Free-form text fills its argument, and an alias stands for its own.
  return [...names].filter((name) => name !== module.freeForm && !aliased.includes(name))
}

export function draft7(schema: z.ZodType): Schema {
  const made: Record<string, unknown> = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // "No limit" is no number in JSON.
      for (const limit of ['minimum', 'maximum'] as const)
        if (jsonSchema[limit] !== undefined && !Number.isFinite(jsonSchema[limit])) delete jsonSchema[limit]
    },
  })
  delete made['$schema']
  delete made['definitions']
  return anyForReferences(made) as Schema
}

/** Only values of any shape refer to themselves: what a list or mapping of them holds is not said again. */
function anyForReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(anyForReferences)
  if (!isSchema(schema)) return schema
  if ('$ref' in schema) return {}
  return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, anyForReferences(value)]))
}
