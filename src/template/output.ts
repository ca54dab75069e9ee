import type { Expression } from './ast.ts'
import { failUndefined } from './errors.ts'
import { parseLiteral } from './python/literal.ts'
import { str } from './python/repr.ts'
import { isList, isPlainMapping, PyDict, PyFloat, PyTuple, type PyValue, Undefined } from './values.ts'

/** Text that a filter such as `to_json` made on purpose: alone in a value it stays text. */
export class FinalText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Chunk = PyValue | FinalText

/** Filters whose text Ansible never turns back into data. */
const textFilters: ReadonlySet<string> = new Set([
  'string',
  'to_json',
  'to_nice_json',
  'to_yaml',
  'to_nice_yaml',
  'ppretty',
  'json',
])

/** Whether an expression's value is the text of such a filter. */
export function yieldsFinalText(node: Expression): boolean {
  return node.kind === 'filter' && textFilters.has(node.name)
}

/** A value as `{{ }}` puts it out: None is nothing, and nothing undefined may hide in it. */
export function finalize(value: PyValue): PyValue {
  if (value === null) return ''
  if (typeof value === 'object') assertDefined(value)
  return value
}

function assertDefined(value: PyValue): void {
  if (value === null || typeof value !== 'object') return
  if (value instanceof Undefined) failUndefined(value)
  else if (isList(value)) value.forEach(assertDefined)
  else if (value instanceof PyTuple) value.items.forEach(assertDefined)
  else if (value instanceof PyDict) for (const item of value.entries.values()) assertDefined(item)
  else if (isPlainMapping(value)) for (const key of Object.keys(value)) assertDefined(value[key] ?? null)
}

/** All chunks as text. */
export function textOf(chunks: readonly Chunk[]): string {
  let text = ''
  for (const chunk of chunks) text += chunk instanceof FinalText ? chunk.text : str(chunk)
  return text
}

/**
 * All chunks as Ansible's default (non-native) templating returns them: as text, unless that text reads as a Python or
 * JSON list or dict, or is `True` or `False`.
 */
export function valueOf(chunks: readonly Chunk[]): PyValue {
  const [first] = chunks
  if (first === undefined) return ''
  if (chunks.length === 1) {
    if (first instanceof FinalText) return first.text
    // What their text would read back as, without the detour.
    if (typeof first === 'boolean') return first
    if (isList(first) || isPlainMapping(first) || first instanceof PyDict)
      return survivesText(first) ? first : str(first)
  }
  const text = textOf(chunks)
  return looksLikeLiteral(text) ? (parseLiteral(text) ?? text) : text
}

function looksLikeLiteral(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[') || text === 'True' || text === 'False'
}

/** `nan`, `inf` and things that are no data are not literals: a list that holds one remains text. */
function survivesText(value: PyValue): boolean {
  if (value === null || typeof value !== 'object') return typeof value !== 'number' || Number.isFinite(value)
  if (value instanceof PyFloat) return Number.isFinite(value.value)
  if (isList(value)) return value.every(survivesText)
  if (value instanceof PyTuple) return value.items.every(survivesText)
  if (value instanceof PyDict) return [...value.entries.values()].every(survivesText)
  return isPlainMapping(value) ? Object.keys(value).every((key) => survivesText(value[key] ?? null)) : false
}
