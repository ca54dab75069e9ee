import { COLLECTION_STYLE, EVENT_ID, parseEvents, SCALAR_STYLE, YAMLException, getScalarValue } from 'js-yaml'
import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml'
import { UserError } from '../errors.ts'
import { explainSyntaxError, quoteTemplate } from './explain.ts'
import { lineIndex } from './lines.ts'
import { mergedEntries } from './merge.ts'
import { keyText } from './node.ts'
import type { Entry, Node, Scalar, ScalarNode, ScalarStyle } from './node.ts'
import type { Position } from './position.ts'
import { isSexagesimal, resolveJson, resolvePlain } from './scalars.ts'
import { collectionTag, scalarTag } from './tags.ts'
import { ignoreWarnings } from './warning.ts'
import type { Warn } from './warning.ts'

/** Nested collections a file may have, and values its aliases may expand to: bounds for a hostile or broken file. */
const MAX_DEPTH = 500
const MAX_EXPANDED_NODES = 5_000_000

/**
 * Parses one YAML (or JSON) document as Ansible reads it: YAML 1.1 scalars, merge keys, the last of duplicate keys
 * (with a warning), the tags `!vault` and `!unsafe`. Like Ansible it tries JSON first, where 1e5 is a number.
 * @returns undefined for a file without content
 * @throws UserError at the exact place, with a hint for the usual mistakes; also for a second document
 */
export function parseYaml(text: string, file: string, warn: Warn = ignoreWarnings): Node | undefined {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  return buildTree(readEvents(source, file), source, file, warn)
}

function readEvents(source: string, file: string): Event[] {
  try {
    return parseEvents(source, { filename: file, maxDepth: MAX_DEPTH })
  } catch (error) {
    if (error instanceof YAMLException) throw explainSyntaxError(source, file, error.reason, error.mark?.position ?? 0)
    throw error
  }
}

interface Anchor {
  readonly node: Node
  readonly size: number
}

/** A collection that is still open. `size` counts the nodes below it with every alias expanded. */
interface Frame {
  readonly kind: 'document' | 'sequence' | 'mapping'
  readonly at: Position
  readonly anchor: string | undefined
  /** Below `!unsafe` every text is unsafe. */
  readonly unsafe: boolean
  readonly items: Node[]
  readonly entries: Entry[]
  readonly merges: Node[]
  key: ScalarNode | undefined
  size: number
}

function buildTree(events: readonly Event[], source: string, file: string, warn: Warn): Node | undefined {
  const positionOf = lineIndex(source, file)
  const json = isJson(source)
  const anchors = new Map<string, Anchor | 'open'>()
  const frames: Frame[] = []
  /** Where the text of the previous event ends: an empty value has no place of its own. */
  let cursor = 0
  let root: Node | undefined

  const fail = (message: string, offset: number, hint?: string): never => {
    throw new UserError(message, { at: positionOf(offset), hint })
  }

  const add = (node: Node, size: number, plain: boolean): void => {
    const parent = frames.at(-1)
    if (!parent) return
    parent.size += size
    if (parent.size > MAX_EXPANDED_NODES)
      throw new UserError('the aliases in this file expand to too many values', { at: node.at })
    if (parent.kind === 'document') root = node
    else if (parent.kind === 'sequence') parent.items.push(node)
    else if (parent.key === undefined) {
      if (node.kind !== 'scalar') throw new UserError('a key must be text or a number', { at: node.at })
      parent.key = node
      if (plain) warnAboutKey(node)
    } else {
      if (isMergeKey(parent.key)) parent.merges.push(node)
      else parent.entries.push({ key: parent.key, value: node })
      parent.key = undefined
    }
  }

  const warnAboutKey = (key: ScalarNode): void => {
    if (typeof key.value !== 'boolean') return
    const written = /^\w+/.exec(source.slice(offsetOf(key)))?.[0] ?? ''
    if (written.toLowerCase() !== String(key.value))
      warn({
        message: `the key ${written} is read as ${String(key.value)}`,
        at: key.at,
        hint: `write '${written}' in quotes if the text is meant`,
      })
  }
  const offsets = new WeakMap<Node, number>()
  const offsetOf = (node: Node): number => offsets.get(node) ?? 0

  const openCollection = (event: SequenceEvent | MappingEvent, kind: 'sequence' | 'mapping'): void => {
    const parent = frames.at(-1)
    if (parent?.kind === 'mapping' && parent.key === undefined) {
      if (
        event.style === COLLECTION_STYLE.FLOW &&
        source.startsWith('{', event.start) &&
        source[event.start - 1] === '{'
      )
        throw quoteTemplate(source, file, event.start - 1)
      fail(`a key must be text or a number, not a ${kind === 'mapping' ? 'mapping' : 'list'}`, event.start)
    }
    const tag = collectionTag(rawTag(source, event), kind)
    if (tag instanceof Error) fail(tag.message, event.tagStart)
    const anchor = anchorName(source, event)
    if (anchor !== undefined) anchors.set(anchor, 'open')
    frames.push({
      kind,
      at: positionOf(event.tagStart >= 0 ? event.tagStart : event.start),
      anchor,
      unsafe: tag === 'unsafe' || (parent?.unsafe ?? false),
      items: [],
      entries: [],
      merges: [],
      key: undefined,
      size: 1,
    })
    cursor = event.style === COLLECTION_STYLE.FLOW ? event.start + 1 : event.start
  }

  const close = (): void => {
    const frame = frames.pop()
    if (!frame || frame.kind === 'document') return
    const node: Node =
      frame.kind === 'sequence'
        ? { kind: 'sequence', at: frame.at, items: frame.items }
        : { kind: 'mapping', at: frame.at, entries: mergedEntries(frame.merges, lastOfEach(frame.entries, warn)) }
    if (frame.anchor !== undefined) anchors.set(frame.anchor, { node, size: frame.size })
    add(node, frame.size, false)
  }

  const scalar = (event: ScalarEvent): void => {
    const style = styleOf(event)
    const start = event.valueStart < 0 ? emptyOffset(source, cursor) : scalarStart(source, event, style)
    const text = event.valueStart < 0 ? '' : getScalarValue(source, event)
    const tag = scalarTag(rawTag(source, event), text)
    if (tag instanceof Error) return fail(tag.message, event.tagStart)
    const unsafe = tag?.tag === 'unsafe' || (frames.at(-1)?.unsafe ?? false)
    const value = tag ? tag.value : style === 'plain' ? (json ? resolveJsonPlain(text) : resolvePlain(text)) : text
    const offset = event.tagStart >= 0 ? event.tagStart : start
    const at = positionOf(offset)
    const marked = tag?.tag === 'vault' ? 'vault' : unsafe && typeof value === 'string' ? 'unsafe' : undefined
    const node: ScalarNode = { kind: 'scalar', at, value, style, ...(marked && { tag: marked }) }
    offsets.set(node, start)
    const plain = style === 'plain' && !tag && !json
    if (plain) warnAboutNumber(text, node, warn)
    cursor = event.valueStart < 0 ? Math.max(start, event.tagEnd) : event.valueEnd + (isQuoted(style) ? 1 : 0)
    const anchor = anchorName(source, event)
    if (anchor !== undefined) anchors.set(anchor, { node, size: 1 })
    add(node, 1, plain)
  }

  const alias = (event: AliasEvent): void => {
    const name = source.slice(event.anchorStart, event.anchorEnd)
    const anchor = anchors.get(name)
    if (anchor === undefined) return fail(`there is no anchor &${name} above this alias`, event.anchorStart - 1)
    if (anchor === 'open') return fail(`the alias *${name} stands inside the value it refers to`, event.anchorStart - 1)
    cursor = event.anchorEnd
    add(anchor.node, anchor.size, false)
  }

  let documents = 0
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        if (++documents > 1) throw secondDocument(source, file, cursor, positionOf)
        frames.push({ ...DOCUMENT_FRAME, at: positionOf(0), items: [], entries: [], merges: [] })
        if (event.explicitStart) cursor = (/^---/m.exec(source)?.index ?? -3) + 3
        break
      case EVENT_ID.SEQUENCE:
        openCollection(event, 'sequence')
        break
      case EVENT_ID.MAPPING:
        openCollection(event, 'mapping')
        break
      case EVENT_ID.SCALAR:
        scalar(event)
        break
      case EVENT_ID.ALIAS:
        alias(event)
        break
      case EVENT_ID.POP:
        close()
        break
    }
  }
  return root?.kind === 'scalar' && root.value === null && root.style === 'plain' ? undefined : root
}

const DOCUMENT_FRAME = { kind: 'document', anchor: undefined, unsafe: false, key: undefined, size: 0 } as const

/** Of several entries with one key the last one stands, where the first one stood. */
function lastOfEach(entries: readonly Entry[], warn: Warn): readonly Entry[] {
  const byKey = new Map<string, Entry>()
  for (const entry of entries) {
    const name = keyText(entry.key)
    const earlier = byKey.get(name)
    if (earlier)
      warn({
        message: `the key '${name}' is used twice in one mapping: this value replaces the one of line ${earlier.key.at.line}`,
        at: entry.key.at,
      })
    byKey.set(name, entry)
  }
  return byKey.size === entries.length ? entries : [...byKey.values()]
}

function warnAboutNumber(text: string, node: ScalarNode, warn: Warn): void {
  if (typeof node.value !== 'number') return
  const surprising = isSexagesimal(text)
    ? 'is read in base 60, as'
    : /^[-+]?\d+\.0*$/.test(text)
      ? 'is read as'
      : undefined
  if (surprising)
    warn({ message: `${text} ${surprising} ${node.value}`, at: node.at, hint: `write "${text}" if the text is meant` })
}

function isMergeKey(key: ScalarNode): boolean {
  return key.style === 'plain' && key.value === '<<' && key.tag === undefined
}

function isJson(source: string): boolean {
  if (!/^\s*[{[]/.test(source)) return false
  try {
    JSON.parse(source)
    return true
  } catch {
    return false
  }
}

function resolveJsonPlain(text: string): Scalar {
  return text === '' ? null : resolveJson(text)
}

function styleOf(event: ScalarEvent): ScalarStyle {
  switch (event.style) {
    case SCALAR_STYLE.PLAIN:
      return 'plain'
    case SCALAR_STYLE.SINGLE_QUOTED:
      return 'single'
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return 'double'
    case SCALAR_STYLE.LITERAL_BLOCK:
      return 'literal'
    case SCALAR_STYLE.FOLDED_BLOCK:
      return 'folded'
  }
}

function isQuoted(style: ScalarStyle): boolean {
  return style === 'single' || style === 'double'
}

/** The parser's ranges leave out quotes and begin a block at the margin; a person looks for the quote and the text. */
function scalarStart(source: string, event: ScalarEvent, style: ScalarStyle): number {
  if (isQuoted(style)) return event.valueStart - 1
  if (style === 'plain') return event.valueStart
  const leading = /\s*/.exec(source.slice(event.valueStart, event.valueEnd))?.[0] ?? ''
  const margin = leading.lastIndexOf('\n') + 1
  return Math.min(event.valueStart + margin + Math.max(event.indent, 0), event.valueEnd)
}

/** An empty value stands right after the `:` or `-` that announces it. */
function emptyOffset(source: string, cursor: number): number {
  const announcement = /[ \t]*:|(?:\s|#.*)*-(?=\s|$)/y
  announcement.lastIndex = cursor
  return announcement.test(source) ? announcement.lastIndex : cursor
}

function rawTag(source: string, event: ScalarEvent | SequenceEvent | MappingEvent): string {
  return event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd)
}

function anchorName(source: string, event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined {
  return event.anchorStart < 0 ? undefined : source.slice(event.anchorStart, event.anchorEnd)
}

function secondDocument(
  source: string,
  file: string,
  from: number,
  positionOf: (offset: number) => Position,
): UserError {
  const marker = /^---/gm
  marker.lastIndex = from
  const at = positionOf(marker.exec(source)?.index ?? source.length)
  return new UserError('a second YAML document begins here, but a file can hold only one', {
    at: { ...at, file },
    hint: 'remove the line ---, or move what follows it to a file of its own',
  })
}
