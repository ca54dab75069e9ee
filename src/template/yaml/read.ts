import { defineScalarTag, loadAll, NOT_RESOLVED, realMapTag, YAML11_SCHEMA, YAMLException } from 'js-yaml'
import { Fault } from '../errors.ts'
import { float, PyDict, PyFloat, type PyValue } from '../values.ts'

// YAML 1.1 as PyYAML reads it, where js-yaml differs: `y` and `n` are text, a date stays the text it is written as
// (values have no dates), an integral float remains a float, and mappings keep their keys' order and type.
const notDumped = { identify: () => false }

const boolTag = defineScalarTag('tag:yaml.org,2002:bool', {
  ...notDumped,
  implicit: true,
  implicitFirstChars: [...'yYnNtTfFoO'],
  resolve: (source) => {
    if (!/^(?:[yY]es|YES|[nN]o|NO|[tT]rue|TRUE|[fF]alse|FALSE|[oO]n|ON|[oO]ff|OFF)$/.test(source)) return NOT_RESOLVED
    return /^(?:y|t|on)/i.test(source)
  },
})

const floatTag = defineScalarTag('tag:yaml.org,2002:float', {
  ...notDumped,
  implicit: true,
  implicitFirstChars: [...'-+0123456789.'],
  resolve: (source) => {
    if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity
    if (/^\.(?:nan|NaN|NAN)$/.test(source)) return NaN
    if (!/^(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/.test(source)) return NOT_RESOLVED
    return float(Number(source.replaceAll('_', '')))
  },
})

const timestampTag = defineScalarTag('tag:yaml.org,2002:timestamp', {
  ...notDumped,
  implicit: true,
  implicitFirstChars: [...'0123456789'],
  resolve: (source) => (/^\d{4}-\d\d?-\d\d?/.test(source) ? source : NOT_RESOLVED),
})

const schema = YAML11_SCHEMA.withTags(realMapTag, boolTag, floatTag, timestampTag)

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
  if (value instanceof PyFloat) return value
  if (Array.isArray(value) || value instanceof Set) return [...value].map(build)
  if (value instanceof Map) return new PyDict([...value].map(([key, item]) => [build(key), build(item)] as const))
  throw new Fault('this YAML holds a type that has no counterpart here')
}
