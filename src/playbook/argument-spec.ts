import { z } from 'zod'
import { dotted, issuesToErrors } from '../source/issues.ts'
import { throwAll } from '../source/collect.ts'
import { get, toValue, type Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import { locate, locateKey } from '../source/locate.ts'
import { didYouMean } from '../source/suggest.ts'
import { isMapping, type Mapping, plainText, type Value } from '../source/value.ts'
import { UserError } from '../errors.ts'

/**
 * A role's arguments as `meta/argument_specs.yml` declares them (entry point `main`), in Ansible's format. `pattern`
 * with `pattern_help` is Sallyport's own: a regular expression the text must match as a whole.
 */
export interface ArgumentSpec {
  readonly at: Position
  readonly options: ReadonlyMap<string, ArgumentOption>
}

export interface ArgumentOption extends OptionSpec {
  readonly at: Position
}

const common = {
  type: z.enum(['str', 'int', 'float', 'bool', 'list', 'dict', 'path', 'raw']).default('str'),
  elements: z.enum(['str', 'int', 'float', 'bool', 'dict', 'path', 'raw']).optional(),
  description: z.union([z.string(), z.array(z.string())]).optional(),
  required: z.boolean().default(false),
  default: z.unknown().optional(),
  choices: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  no_log: z.boolean().default(false),
  version_added: z.union([z.string(), z.number()]).optional(),
  pattern: z.string().optional(),
  pattern_help: z.string().optional(),
}

interface OptionSpec extends z.output<z.ZodObject<typeof common>> {
  /** What a mapping, or each mapping of a list, may hold. */
  readonly options?: Readonly<Record<string, OptionSpec>> | undefined
}

const option: z.ZodType<OptionSpec> = z.strictObject({
  ...common,
  get options() {
    return z.record(z.string(), option).optional()
  },
})

const entryPoint = z.strictObject({
  short_description: z.string().optional(),
  description: z.union([z.string(), z.array(z.string())]).optional(),
  author: z.union([z.string(), z.array(z.string())]).optional(),
  version_added: z.union([z.string(), z.number()]).optional(),
  options: z.record(z.string(), option).default({}),
})

const file = z.object({ argument_specs: z.union([z.null(), z.record(z.string(), entryPoint)]) })

/** The specification of an entry point: a file of the role's tasks/, `main` mostly. Undefined where it has none. */
export function parseArgumentSpec(node: Node, entry: string): ArgumentSpec | undefined {
  const parsed = file.safeParse(toValue(node))
  if (!parsed.success) throwAll(issuesToErrors(parsed.error.issues, node, 'the argument specification'))
  const found = parsed.data?.argument_specs?.[entry]
  if (!found) return undefined
  const path = ['argument_specs', entry, 'options']
  return {
    at: locate(node, ['argument_specs']),
    options: new Map(
      Object.entries(found.options).map(([name, spec]) => [name, { ...spec, at: locateKey(node, [...path, name]) }]),
    ),
  }
}

/** What is wrong with a role's arguments on one host. `lookup` gives a variable's rendered value, or undefined. */
export function checkArguments(
  spec: ArgumentSpec,
  lookup: (name: string) => Value | undefined,
  placeOf: (name: string, path: readonly PropertyKey[]) => Position | undefined,
): readonly UserError[] {
  const errors: UserError[] = []
  for (const [name, argument] of spec.options) {
    const value = lookup(name)
    const absent = value === undefined || value === null || (argument.required && value === '')
    if (absent) {
      if (argument.required) errors.push(new MissingArgument(name, argument))
      continue
    }
    for (const { path, message, option } of problemsOf(value, argument, [])) {
      const at = placeOf(name, path) ?? argument.at
      errors.push(
        new UserError(`${dotted([name, ...path])}: ${message}`, {
          at,
          hint: option.pattern_help,
          secret: argument.no_log || option.no_log,
        }),
      )
    }
  }
  return errors
}

/** The parts of a value that its specification calls secret. */
export function secretsIn(value: Value, { no_log: secret, options = {} }: OptionSpec): readonly Value[] {
  if (secret) return [value]
  const mappings = [value].flat().filter((part): part is Mapping => isMapping(part))
  return mappings.flatMap((mapping) =>
    Object.entries(options).flatMap(([key, option]) => {
      const inner = mapping[key]
      return inner === undefined ? [] : secretsIn(inner, option)
    }),
  )
}

interface Problem {
  /** Inside the value. */
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly option: OptionSpec
}

/** What is wrong with a value and, where it is as it should be, with what it holds. */
function problemsOf(value: Value, option: OptionSpec, path: readonly PropertyKey[]): readonly Problem[] {
  const message = problemOf(value, option)
  if (message !== undefined) return [{ path, message, option }]
  const { options } = option
  if (!options) return []
  if (isMapping(value)) return problemsIn(value, options, option, path)
  const items = Array.isArray(value) ? (value as readonly Value[]) : []
  return items.flatMap((item, index) => (isMapping(item) ? problemsIn(item, options, option, [...path, index]) : []))
}

function problemsIn(
  value: Mapping,
  options: Readonly<Record<string, OptionSpec>>,
  outer: OptionSpec,
  path: readonly PropertyKey[],
): readonly Problem[] {
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(options, key))
  return [
    ...unknown.map((key) => {
      const slip = didYouMean(key, Object.keys(options))
      const what = slip === undefined ? `it has ${Object.keys(options).join(', ')}` : `did you mean '${slip}'?`
      return { path: [...path, key], message: `there is no such key: ${what}`, option: outer }
    }),
    ...Object.entries(options).flatMap(([key, option]) => {
      const inner = value[key] ?? null
      if (inner !== null) return problemsOf(inner, option, [...path, key])
      return option.required ? [{ path: [...path, key], message: 'it is required and not set', option }] : []
    }),
  ]
}

/** A required argument that nobody gave; a secret one can be asked for. */
export class MissingArgument extends UserError {
  readonly argument: string
  /** It can be asked for. */
  readonly askable: boolean

  constructor(name: string, option: ArgumentOption) {
    super(`${name} is required and not set`, { at: option.at, hint: describe(option) })
    this.argument = name
    this.askable = option.no_log
  }
}

function describe(argument: ArgumentOption): string | undefined {
  return Array.isArray(argument.description) ? argument.description.join(' ') : argument.description
}

function problemOf(value: Value, argument: OptionSpec): string | undefined {
  const shown = argument.no_log ? 'the value' : JSON.stringify(value)
  if (!fits(value, argument.type)) return `expected ${words[argument.type]}, got ${shown}`
  const { choices, elements, pattern } = argument
  if (choices && !choices.some((choice) => String(choice) === plainText(value))) {
    return `expected one of ${choices.join(', ')}, got ${shown}`
  }
  if (elements && Array.isArray(value)) {
    const wrong = value.findIndex((item) => !fits(item as Value, elements))
    if (wrong >= 0)
      return `item ${wrong + 1} is not ${words[elements]}${argument.no_log ? '' : `: ${JSON.stringify(value[wrong])}`}`
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(plainText(value))) {
    return `${shown} does not have the form ${pattern}`
  }
  return undefined
}

const words = {
  str: 'text',
  path: 'a path',
  raw: 'anything',
  int: 'a whole number',
  float: 'a number',
  bool: 'true or false',
  list: 'a list',
  dict: 'a mapping',
} as const

/** Ansible converts what can be converted: "80" is an int, "yes" a bool, "a,b" a list. */
function fits(value: Value, type: keyof typeof words): boolean {
  switch (type) {
    case 'raw':
      return true
    case 'str':
    case 'path':
      return typeof value !== 'object'
    case 'int':
      return /^[+-]?\d+$/.test(plainText(value))
    case 'float':
      return typeof value !== 'boolean' && plainText(value).trim() !== '' && Number.isFinite(Number(value))
    case 'bool':
      return /^(true|false|yes|no|on|off|1|0|y|n|t|f)$/i.test(plainText(value))
    case 'list':
      return Array.isArray(value) || typeof value === 'string' || typeof value === 'number'
    case 'dict':
      return isMapping(value)
  }
}

/** True when a node is a mapping with argument specs: some roles keep them in meta/main.yml. */
export function holdsArgumentSpec(node: Node | undefined): node is Node {
  return node?.kind === 'mapping' && get(node, 'argument_specs') !== undefined
}
