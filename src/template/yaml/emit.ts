import { failUndefined, Fault } from '../errors.ts'
import { sorted } from '../python/sort.ts'
import { type Dict, dictEntries } from '../python/dict.ts'
import { floatText, repr } from '../python/repr.ts'
import { isDict, isFloat, itemsOf, numberOf, PyObject, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import { analyse, readsAsOther } from './scalar-style.ts'
import { YamlWriter } from './writer.ts'

export interface YamlOptions {
  readonly indent?: number
  readonly width?: number
  readonly sortKeys?: boolean
  /** Braces and brackets: always, never, or ('leaves') for what holds only scalars. */
  readonly flow?: boolean | 'leaves'
  readonly explicitStart?: boolean
  readonly explicitEnd?: boolean
}

/** Ciphertext, written as `!vault |` and its lines. */
export class SealedText extends PyObject {
  readonly typeName = 'AnsibleVaultEncryptedUnicode'
  readonly ciphertext: string

  constructor(ciphertext: string) {
    super()
    this.ciphertext = ciphertext
  }
}

/** A value as PyYAML's `dump` writes it (without anchors for repeated objects). */
export function toYaml(value: PyValue, options: YamlOptions = {}): string {
  const { indent = 2, width = 80, sortKeys = true, flow = false, explicitStart = false, explicitEnd = false } = options
  const writer = new YamlWriter(indent > 1 && indent < 10 ? indent : 2, width)
  const settings = { sortKeys, flow }
  if (explicitStart) writer.startDocument()
  emit(writer, value, settings, { inFlow: false, inMapping: false })
  return `${writer.text()}\n${explicitEnd ? '...\n' : ''}`
}

interface Settings {
  readonly sortKeys: boolean
  readonly flow: boolean | 'leaves'
}

interface Surroundings {
  readonly inFlow: boolean
  readonly inMapping: boolean
}

function isScalar(value: PyValue): boolean {
  return itemsOf(value) === undefined && !isDict(value)
}

function emit(writer: YamlWriter, value: PyValue, settings: Settings, around: Surroundings): void {
  if (value instanceof PyTuple && value.fields.length > 0)
    throw new Fault('cannot represent a group as YAML: take its grouper and list')
  const items = itemsOf(value)
  if (items !== undefined) {
    const useFlow = around.inFlow || items.length === 0 || flowFor(settings, items)
    if (useFlow) emitFlowList(writer, items, settings)
    else emitBlockList(writer, items, settings, around)
    return
  }
  if (isDict(value)) {
    const entries = entriesOf(value, settings.sortKeys)
    const useFlow =
      around.inFlow ||
      entries.length === 0 ||
      flowFor(
        settings,
        entries.flatMap(([key, item]) => [key, item]),
      )
    if (useFlow) emitFlowDict(writer, entries, settings)
    else emitBlockDict(writer, entries, settings)
    return
  }
  emitScalar(writer, value, around.inFlow, false)
}

function flowFor({ flow }: Settings, children: readonly PyValue[]): boolean {
  return flow === 'leaves' ? children.every(isScalar) : flow
}

function entriesOf(dict: Dict, sortKeys: boolean): (readonly [PyValue, PyValue])[] {
  const entries = dictEntries(dict)
  if (!sortKeys) return entries
  try {
    const pairs = sorted(
      entries.map((entry) => new PyTuple(entry)),
      (pair) => pair.items[0] ?? null,
    )
    return pairs.map(({ items: [key = null, item = null] }) => [key, item] as const)
  } catch (error) {
    // Keys of different types have no order: PyYAML then leaves them as they are.
    if (error instanceof Fault) return entries
    throw error
  }
}

function emitBlockList(writer: YamlWriter, items: readonly PyValue[], settings: Settings, around: Surroundings): void {
  // A list that is a mapping's value is not indented further than its key.
  writer.indented(around.inMapping && !writer.atIndention, () => {
    for (const item of items) {
      writer.newLine()
      writer.indicator('-', true, { indention: true })
      emit(writer, item, settings, { inFlow: false, inMapping: false })
    }
  })
}

function emitBlockDict(
  writer: YamlWriter,
  entries: readonly (readonly [PyValue, PyValue])[],
  settings: Settings,
): void {
  writer.indented(false, () => {
    for (const [key, item] of entries) {
      writer.newLine()
      if (isSimpleKey(key)) {
        emitScalar(writer, key, false, true)
        writer.indicator(':', false)
      } else {
        writer.indicator('?', true, { indention: true })
        emit(writer, key, settings, { inFlow: false, inMapping: true })
        writer.newLine()
        writer.indicator(':', true, { indention: true })
      }
      emit(writer, item, settings, { inFlow: false, inMapping: true })
    }
  })
}

function isSimpleKey(key: PyValue): boolean {
  return isScalar(key) && (typeof key !== 'string' || (key.length < 128 && !analyse(key).multiline))
}

function emitFlowList(writer: YamlWriter, items: readonly PyValue[], settings: Settings): void {
  writer.indicator('[', true, { whitespace: true })
  writer.indentedFlow(() => {
    for (const [index, item] of items.entries()) {
      if (index > 0) writer.indicator(',', false)
      writer.wrapFlow()
      emit(writer, item, settings, { inFlow: true, inMapping: false })
    }
  })
  writer.indicator(']', false)
}

function emitFlowDict(writer: YamlWriter, entries: readonly (readonly [PyValue, PyValue])[], settings: Settings): void {
  writer.indicator('{', true, { whitespace: true })
  writer.indentedFlow(() => {
    for (const [index, [key, item]] of entries.entries()) {
      if (index > 0) writer.indicator(',', false)
      writer.wrapFlow()
      emitScalar(writer, key, true, true)
      writer.indicator(':', false)
      emit(writer, item, settings, { inFlow: true, inMapping: true })
    }
  })
  writer.indicator('}', false)
}

function emitScalar(writer: YamlWriter, value: PyValue, inFlow: boolean, isKey: boolean): void {
  // Lines that a long scalar is broken into are indented one step further.
  writer.indentedFlow(() => {
    if (value instanceof SealedText) writer.literal('!vault', value.ciphertext)
    else if (typeof value === 'string') emitText(writer, value, inFlow, isKey)
    else writer.plain(scalarText(value), !isKey)
  })
}

function emitText(writer: YamlWriter, text: string, inFlow: boolean, isKey: boolean): void {
  const analysis = analyse(text)
  const fits = inFlow ? analysis.plainInFlow : analysis.plainInBlock
  const blocked = isKey && analysis.multiline
  if (fits && !blocked && !readsAsOther(text)) writer.plain(text, !isKey)
  else if (analysis.singleQuoted && !blocked) writer.singleQuoted(text, !isKey)
  else writer.doubleQuoted(text, !isKey)
}

function scalarText(value: PyValue): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  const number = numberOf(value)
  if (number !== undefined) {
    if (!isFloat(value)) return repr(value)
    if (Number.isNaN(number)) return '.nan'
    if (!Number.isFinite(number)) return number < 0 ? '-.inf' : '.inf'
    const text = floatText(number)
    // YAML 1.1 knows no float without a dot.
    return text.includes('.') ? text : text.replace('e', '.0e')
  }
  if (value instanceof Undefined) return failUndefined(value)
  if (typeName(value) === 'datetime') return repr(value)
  throw new Fault(`cannot represent an object of type ${typeName(value)} as YAML`)
}
