import { z } from 'zod'

/**
 * The argument types modules share, with the conversions Ansible makes: `"yes"` is true, `"80"` is 80, a number
 * where text is wanted is its text, `a,b` where a list is wanted is two items.
 */

const truths = new Set(['yes', 'on', '1', 'true', 't', 'y'])
const falsehoods = new Set(['no', 'off', '0', 'false', 'f', 'n'])

export const bool = () =>
  z.preprocess((value) => {
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase().trim() : undefined
    if (text !== undefined && truths.has(text)) return true
    if (text !== undefined && falsehoods.has(text)) return false
    return value
  }, z.boolean())

export const int = (min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  )

/** Seconds and the like: a whole or broken number. */
export const number = (min = -Infinity) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value),
    z.number().min(min),
  )

/** Text; numbers and booleans become text as Ansible writes them. A NUL byte is refused: no shell can carry it. */
export const text = () =>
  z.preprocess(
    (value) => {
      if (typeof value === 'number') return String(value)
      if (typeof value === 'boolean') return value ? 'True' : 'False'
      return value
    },
    z.string().refine((value) => !value.includes('\0'), 'a NUL byte cannot be passed to a host'),
  )

export const nonEmptyText = () => text().refine((value) => value !== '', 'must not be empty')

/** A list of texts; one text is split at its commas. */
export const textList = () =>
  z.preprocess((value) => {
    if (typeof value === 'string') return value === '' ? [] : value.split(',').map((item) => item.trim())
    if (typeof value === 'number') return [value]
    return value
  }, z.array(text()))

/** A path on the host: absolute, because a session has no directory of its own. `~` and `~user` are expanded there. */
export const hostPath = () =>
  text()
    .refine((value) => value.startsWith('/') || value.startsWith('~'), 'must be an absolute path')
    .transform((value) => (value.length > 1 ? value.replace(/\/+$/, '') || '/' : value))

/**
 * A file mode as octal text without leading zeros (`644`) or symbolic (`u=rw,g=r`). YAML reads `0644` as the
 * number 420, so numbers are taken as the bits they are, as Ansible does.
 */
export const mode = () =>
  z.preprocess(
    (value) => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value.toString(8) : value),
    z
      .string()
      .regex(
        /^([0-7]{1,5}|[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*)$/,
        'must be octal digits such as "0644", or symbolic such as u=rw,g=r,o=r',
      )
      .transform((value) => (/^[0-7]+$/.test(value) ? value.replace(/^0+(?=[0-7])/, '') : value)),
  )

/** Marks an argument as secret: masked in every output for the whole run. */
export function secret<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), secret: true })
}

/** A module's arguments of which some have other names too (`dest` for `path`); giving both is an unknown argument. */
export function withAliases<Schema extends z.ZodObject>(schema: Schema, aliases: Readonly<Record<string, string>>) {
  const rename = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const given = Object.entries(value)
    const names = new Set(given.map(([name]) => name))
    return Object.fromEntries(
      given.map(([name, argument]: [string, unknown]) => {
        const target = Object.hasOwn(aliases, name) ? aliases[name] : undefined
        return [target !== undefined && !names.has(target) ? target : name, argument]
      }),
    )
  }
  return z.preprocess(rename, schema).meta({ aliases })
}

/** The fields of a module's arguments by name, whatever the object is wrapped in; their aliases by alias. */
export function argumentFields(args: z.ZodType): {
  readonly fields: Readonly<Record<string, z.ZodType>>
  readonly aliases: Readonly<Record<string, string>>
} {
  const aliases = (args.meta()?.['aliases'] ?? {}) as Readonly<Record<string, string>>
  let inner: unknown = args
  while (inner instanceof z.ZodPipe) inner = inner.in instanceof z.ZodTransform ? inner.out : inner.in
  return { fields: inner instanceof z.ZodObject ? inner.shape : {}, aliases }
}
