import { failUndefined, Fault } from '../errors.ts'
import { fromJson, type JsonOptions, toJson } from '../python/json.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { itemsOf, numberOf, type PyValue, typeName, Undefined } from '../values.ts'
import { toYaml, type YamlOptions } from '../yaml/emit.ts'
import { fromYaml, fromYamlAll } from '../yaml/read.ts'
import type { Args } from '../call.ts'
import { filter, type FilterEntry } from './filter.ts'

/** Arguments of Python's `json.dumps` that make no difference here. */
const ignoredJson: readonly string[] = ['vault_to_text', 'preprocess_unsafe', 'skipkeys', 'check_circular', 'allow_nan']

function jsonOptions(name: string, { positional, keywords }: Args, defaults: JsonOptions): JsonOptions {
  const given = new Map(keywords)
  // The nice form takes its indent by position too.
  for (const [index, value] of positional.entries()) {
    const key = ['indent', 'sort_keys'][index]
    if (key === undefined) throw new Fault(`filter '${name}' got too many arguments`)
    given.set(key, value)
  }
  for (const key of given.keys())
    if (!['indent', 'sort_keys', 'ensure_ascii', 'separators', ...ignoredJson].includes(key))
      throw new Fault(`filter '${name}' got an unexpected keyword argument '${key}'`)
  const indent = given.get('indent')
  const [comma, colon] = itemsOf(given.get('separators') ?? null) ?? []
  return {
    indent: indent === undefined ? defaults.indent : indentText(indent),
    sortKeys: truth(given.get('sort_keys') ?? defaults.sortKeys ?? false),
    ascii: truth(given.get('ensure_ascii') ?? true),
    ...(comma !== undefined && colon !== undefined ? { separators: [str(comma), str(colon)] as const } : {}),
  }
}

function indentText(indent: PyValue): string | undefined {
  if (indent === null) return undefined
  return typeof indent === 'string' ? indent : ' '.repeat(Math.max(0, numberOf(indent) ?? 0))
}

function yamlOptions(name: string, { positional, keywords }: Args, defaults: YamlOptions): YamlOptions {
  const given = new Map(keywords)
  const [indent, ...more] = positional
  if (more.length > 0) throw new Fault(`filter '${name}' got too many arguments`)
  if (indent !== undefined) given.set('indent', indent)
  const known = [
    'indent',
    'width',
    'sort_keys',
    'default_flow_style',
    'explicit_start',
    'explicit_end',
    'allow_unicode',
  ]
  for (const key of given.keys())
    if (!known.includes(key)) throw new Fault(`filter '${name}' got an unexpected keyword argument '${key}'`)
  const number = (key: string, fallback: number): number => numberOf(given.get(key) ?? fallback) ?? fallback
  const flow = given.get('default_flow_style')
  return {
    indent: number('indent', defaults.indent ?? 2),
    width: number('width', 80),
    sortKeys: truth(given.get('sort_keys') ?? true),
    flow: flow === undefined ? (defaults.flow ?? false) : flow === null ? 'leaves' : truth(flow),
    explicitStart: truth(given.get('explicit_start') ?? false),
    explicitEnd: truth(given.get('explicit_end') ?? false),
  }
}

/** JSON that may stand in HTML: the filter `tojson` of Jinja itself. */
function htmlJson(value: PyValue, indent: PyValue | undefined): string {
  const json = toJson(value, { indent: indent === undefined ? undefined : indentText(indent), sortKeys: true })
  return json.replace(/[<>&']/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function defined(value: PyValue): PyValue {
  return value instanceof Undefined ? failUndefined(value) : value
}

/** Filters to and from JSON and YAML. */
export const serialiseFilters: readonly FilterEntry[] = [
  ['to_json', (value, args) => toJson(value, jsonOptions('to_json', args, {}))],
  [
    'to_nice_json',
    (value, args) => toJson(value, jsonOptions('to_nice_json', args, { indent: '    ', sortKeys: true })),
  ],
  filter('tojson', ['indent?'], (value, [indent]) => htmlJson(value, indent)),
  filter('from_json', [], (value) => {
    if (typeof defined(value) === 'string') return fromJson(str(value))
    throw new Fault(`the JSON object must be str, bytes or bytearray, not ${typeName(value)}`)
  }),
  ['to_yaml', (value, args) => toYaml(defined(value), yamlOptions('to_yaml', args, { flow: 'leaves' }))],
  ['to_nice_yaml', (value, args) => toYaml(defined(value), yamlOptions('to_nice_yaml', args, { indent: 4 }))],
  filter('from_yaml', [], (value) => (typeof value === 'string' ? fromYaml(value) : defined(value))),
  filter('from_yaml_all', [], (value) => (typeof value === 'string' ? fromYamlAll(value) : defined(value))),
]
