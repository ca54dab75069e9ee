import { loadAll, realMapTag, YAML11_SCHEMA, YAMLException } from 'js-yaml'
import { Fault } from '../errors.ts'
import { PyDict, type PyValue } from '../values.ts'

/** With real maps: keys keep their order and their type. */
const schema = YAML11_SCHEMA.withTags(realMapTag)

/** A YAML 1.1 document as a value. */
export function fromYaml(text: string): PyValue {
  const [first = null, ...rest] = fromYamlAll(text)
  if (rest.length > 0) throw new Fault('this is no YAML: expected a single document in the stream')
  return first
}

/** Every document of a YAML stream. */
export function fromYamlAll(text: string): PyValue[] {
  try {
    return loadAll(text, { schema, json: true }).map(build)
  } catch (error) {
    if (error instanceof YAMLException) throw new Fault(`this is no YAML: ${error.reason}`)
    throw error
  }
}

function build(value: unknown): PyValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  if (value instanceof Date) return dateText(value)
  if (Array.isArray(value) || value instanceof Set) return [...value].map(build)
  if (value instanceof Map) return new PyDict([...value].map(([key, item]) => [build(key), build(item)] as const))
  throw new Fault('this YAML holds a type that has no counterpart here')
}

/** A date as the text people wrote: values have no dates. */
function dateText(date: Date): string {
  const text = date.toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('T', ' ').replace(/\.000Z$|Z$/, '')
}
