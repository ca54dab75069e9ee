/** A JSON Schema, as far as it is looked at here. */
export interface Schema {
  readonly [keyword: string]: unknown
}

/** Text with a template in it can stand wherever a value can. */
export const template: Schema = { type: 'string', pattern: '\\{[{%]' }

/**
 * What a schema of finished values becomes for what people write: a template in place of any value, and what Ansible
 * converts (`"80"` for 80, `yes` for true, `a,b` for a list). Titles and descriptions stay, for an editor to show.
 */
export function lenient(schema: Schema): Schema {
  const { description, default: fallback, ...rest } = schema
  const shown = {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
  }
  const forms = alternatives(rest)
  // Nothing is said of the value: a template fits as well.
  if (forms === undefined) return { ...shown, ...rest }
  return { ...shown, anyOf: [...forms, template] }
}

function alternatives(schema: Schema): readonly Schema[] | undefined {
  const branches = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(branches)) return branches.flatMap((branch: Schema) => alternatives(branch) ?? [{}])
  if ('const' in schema || 'enum' in schema) return [schema]
  switch (schema['type']) {
    case 'string':
      // A number or a flag becomes text, unless the text has a form to keep.
      return 'pattern' in schema ? [schema, { type: 'number' }] : [schema, { type: ['number', 'boolean'] }]
    case 'integer':
    case 'number':
      return [schema, { type: 'string', pattern: '^\\s*[+-]?\\d+(\\.\\d+)?\\s*$' }]
    case 'boolean':
      return [schema, { type: 'string', pattern: '^(?:[Yy]es|[Nn]o|[Oo]n|[Oo]ff|[Tt]rue|[Ff]alse|[yntf01])$' }]
    case 'array': {
      const { items } = schema
      return [{ ...schema, ...(isSchema(items) && { items: lenient(items) }) }, { type: ['string', 'number'] }]
    }
    case 'object':
      return [lenientObject(schema)]
    default:
      return 'type' in schema ? [schema] : undefined
  }
}

/** The properties of an object made lenient, its own rules kept. */
export function lenientObject(schema: Schema): Schema {
  const { properties, additionalProperties } = schema
  return {
    ...schema,
    ...(isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, lenient(property as Schema)]),
      ),
    }),
    ...(isSchema(additionalProperties) && { additionalProperties: lenient(additionalProperties) }),
  }
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
