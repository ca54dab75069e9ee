/** A value of the language: what YAML, JSON, templates, facts and registered results have in common. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }

export type Mapping = { readonly [key: string]: Value }

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as a person would write it: text as it is, everything else as JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
