import { isMapping } from '../source/value.ts'
import type { Value } from '../source/value.ts'
import { MIN_MASKED, spellings } from './redaction-spellings.ts'

export const MASK = '********'

/** Masks the secrets of a run in everything that leaves it. */
export interface Redactor {
  /** Registers a secret; of a list or mapping every text and number in it. Later output is masked, earlier was not. */
  add(secret: Value): void
  /** The text with every secret masked, also inside larger words and in the usual encodings. */
  redact(text: string): string
  /** The same for every text and key of a value. Without secrets it is the value itself. */
  redactValue(value: Value): Value
  /**
   * True when a leaf of the value is a secret too short to mask: the caller hides the whole result. (Masking `ab`
   * wherever it occurs would ruin the text and so give it away.)
   */
  mustHide(value: Value): boolean
}

export function createRedactor(): Redactor {
  const masked = new Set<string>()
  const short = new Set<string>()
  /** Built when it is first needed after a change: secrets come in batches. */
  let expression: RegExp | undefined
  let stale = false

  const add = (secret: Value): void => {
    if (isMapping(secret)) Object.values(secret).forEach(add)
    else if (typeof secret === 'object' && secret !== null) secret.forEach(add)
    else if (typeof secret === 'string' || typeof secret === 'number')
      addText(String(secret), typeof secret === 'number')
  }
  const addText = (text: string, isNumber: boolean): void => {
    const core = text.trim()
    // Nothing, a digit or two that happen to stand in an encrypted file, or the mask itself: no secrets.
    if (core === '' || /^\*+$/.test(core) || masked.has(text)) return
    if (core.length < MIN_MASKED) {
      if (!isNumber) short.add(core)
      return
    }
    masked.add(text)
    stale = true
  }
  const current = (): RegExp | undefined => {
    if (stale) expression = buildExpression(masked)
    stale = false
    return expression
  }
  const redact = (text: string): string => {
    const secrets = current()
    return secrets ? text.replace(secrets, MASK) : text
  }
  const redactAny = (value: Value): Value => {
    if (typeof value === 'string') return redact(value)
    if (typeof value === 'number') return redact(String(value)) === String(value) ? value : MASK
    if (isMapping(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactAny(item)]))
    return typeof value === 'object' && value !== null ? value.map(redactAny) : value
  }
  const mustHide = (value: Value): boolean => {
    if (short.size === 0) return false
    if (isMapping(value)) return Object.values(value).some(mustHide)
    if (typeof value === 'object' && value !== null) return value.some(mustHide)
    return (typeof value === 'string' || typeof value === 'number') && short.has(String(value).trim())
  }
  return { add, redact, redactValue: (value) => (masked.size === 0 ? value : redactAny(value)), mustHide }
}

/** Longest first: where one secret begins with another the whole of it is masked. */
function buildExpression(secrets: Iterable<string>): RegExp {
  const all = new Set<string>()
  for (const secret of secrets) for (const spelling of spellings(secret)) all.add(spelling)
  const longestFirst = [...all].sort((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'g')
}
