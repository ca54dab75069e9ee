import type { Scalar } from './node.ts'
import { resolveBoolean, resolveFloat, resolveInteger } from './scalars.ts'

export interface TaggedScalar {
  readonly value: Scalar
  readonly tag?: 'vault' | 'unsafe'
}

const STANDARD = 'tag:yaml.org,2002:'

/** What an explicit tag makes of a scalar; undefined without a tag; an Error with the message for one nobody knows. */
export function scalarTag(raw: string, text: string): TaggedScalar | Error | undefined {
  if (raw === '') return undefined
  switch (fullName(raw)) {
    case '!':
    case `${STANDARD}str`:
      return { value: text }
    case '!vault':
    case '!vault-encrypted':
      return { value: text, tag: 'vault' }
    case '!unsafe':
      return { value: text, tag: 'unsafe' }
    case `${STANDARD}null`:
      return { value: null }
    case `${STANDARD}bool`:
      return converted(resolveBoolean(text), raw, text)
    case `${STANDARD}int`:
      return converted(resolveInteger(text), raw, text)
    case `${STANDARD}float`:
      return converted(resolveFloat(text) ?? resolveInteger(text), raw, text)
    default:
      return unknownTag(raw)
  }
}

export function collectionTag(raw: string, kind: 'sequence' | 'mapping'): 'unsafe' | Error | undefined {
  if (raw === '') return undefined
  const name = fullName(raw)
  if (name === '!unsafe') return 'unsafe'
  if (name === '!vault' || name === '!vault-encrypted')
    return new Error(`${raw} stands before encrypted text, not before a ${kind}`)
  const own = kind === 'sequence' ? `${STANDARD}seq` : `${STANDARD}map`
  return name === '!' || name === own ? undefined : unknownTag(raw)
}

function converted(value: Scalar | undefined, raw: string, text: string): TaggedScalar | Error {
  return value === undefined ? new Error(`'${text}' is not what the tag ${raw} announces`) : { value }
}

function fullName(raw: string): string {
  if (raw.startsWith('!<')) return raw.slice(2, -1)
  return raw.startsWith('!!') ? STANDARD + raw.slice(2) : raw
}

function unknownTag(raw: string): Error {
  return new Error(`unknown YAML tag ${raw}; the ones that mean something here are !vault and !unsafe`)
}
