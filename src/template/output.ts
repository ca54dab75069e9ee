import { parseLiteral } from './python/literal.ts'
import { str } from './python/repr.ts'
import { isList, isPlainMapping, PyDict, PyFloat, PyTuple, type PyValue, Undefined } from './values.ts'

/** What a template has put out so far. A lone value keeps its type until something follows it. */
export class Output {
  #count = 0
  #first: PyValue = ''
  /** Text that a filter such as `to_json` made on purpose: alone in a value it stays text. */
  #isFinal = false
  #text = ''
  readonly #keepsType: boolean

  /** Without `keepsType` everything becomes text at once. */
  constructor(keepsType: boolean) {
    this.#keepsType = keepsType
  }

  text(text: string): void {
    this.#add(text, false)
  }

  /** What a `{{ }}` puts out; nothing undefined may hide in it. */
  value(value: PyValue, isFinal = false): void {
    this.#add(finalize(value), isFinal)
  }

  #add(value: PyValue, isFinal: boolean): void {
    if (this.#count === 0) {
      this.#first = this.#keepsType ? value : str(value)
      this.#isFinal = isFinal
    } else {
      // Made text only now, after what follows was evaluated: it may have changed the list put out before.
      if (this.#count === 1) this.#text = str(this.#first)
      this.#text += str(value)
    }
    this.#count++
  }

  /** Everything as text. */
  asText(): string {
    return this.#count > 1 ? this.#text : str(this.#first)
  }

  /**
   * Everything as Ansible's default (non-native) templating returns it: as text, unless that text reads as a Python or
   * JSON list or dict, or is `True` or `False`.
   */
  asValue(): PyValue {
    const value = this.#first
    if (this.#count === 1) {
      if (this.#isFinal) return str(value)
      // What its text would read back as, without the detour.
      if (typeof value === 'boolean') return value
      if (isList(value) || isPlainMapping(value) || value instanceof PyDict)
        return survivesText(value) ? value : str(value)
    }
    return readLiteral(this.asText())
  }
}

/** Text as a list, dict or bool if it reads as one. */
export function readLiteral(text: string): PyValue {
  const looks = text.startsWith('{') || text.startsWith('[') || text === 'True' || text === 'False'
  const value = looks ? parseLiteral(text) : undefined
  return value === undefined ? text : value
}

/** A value as `{{ }}` puts it out: None is nothing, and nothing undefined may hide in it. */
export function finalize(value: PyValue): PyValue {
  if (value === null) return ''
  if (typeof value === 'object') assertDefined(value)
  return value
}

function assertDefined(value: PyValue): void {
  if (value === null || typeof value !== 'object') return
  if (value instanceof Undefined) str(value)
  else if (isList(value)) value.forEach(assertDefined)
  else if (value instanceof PyTuple) value.items.forEach(assertDefined)
  else if (value instanceof PyDict) for (const item of value.entries.values()) assertDefined(item)
  else if (isPlainMapping(value)) for (const key of Object.keys(value)) assertDefined(value[key] ?? null)
}

/** `nan`, `inf` and things that are no data are not literals: a list that holds one remains text. */
function survivesText(value: PyValue): boolean {
  if (value === null || typeof value !== 'object') return typeof value !== 'number' || Number.isFinite(value)
  if (value instanceof PyFloat) return Number.isFinite(value.value)
  if (isList(value)) return value.every(survivesText)
  if (value instanceof PyTuple) return value.items.every(survivesText)
  if (value instanceof PyDict) return [...value.entries].every(([key, item]) => survivesText(key) && survivesText(item))
  return isPlainMapping(value) && Object.keys(value).every((key) => survivesText(value[key] ?? null))
}
