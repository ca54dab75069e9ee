import { COLLECTION_STYLE } from 'js-yaml'
import type { AliasEvent, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml'
import { UserError } from '../errors.ts'
import { emptyOffset, scalarStart, scalarText, styleOf } from './event-text.ts'
import type { ParsedEvents } from './events.ts'
import { templateMustBeQuoted } from './explain-quotes.ts'
import { lastOfEach, mergedEntries } from './merge.ts'
import type { Entry, Node, Scalar, ScalarNode, ScalarStyle } from './node.ts'
import type { Position } from './position.ts'
import { resolveJson, resolvePlain } from './scalars.ts'
import { warnAboutKey, warnAboutNumber } from './surprises.ts'
import { collectionTag, scalarTag } from './tags.ts'
import type { Warn } from './warning.ts'

/** How many values a file may have with all its aliases expanded: a bound for a hostile one. */
const MAX_EXPANDED_NODES = 5_000_000

type CollectionEvent = SequenceEvent | MappingEvent

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
  /** The key is an unquoted `<<`. */
  isMerge: boolean
  size: number
}

/** Builds the tree of one document from parser events. */
export class TreeBuilder {
  root: Node | undefined
  /** Where the text of the last event ends: an empty value has no place of its own. */
  cursor = 0
  readonly #source: string
  readonly #positionOf: (offset: number) => Position
  readonly #json: boolean
  readonly #warn: Warn
  readonly #frames: Frame[] = []
  readonly #anchors = new Map<string, Anchor | 'open'>()

  constructor({ source, positionOf }: ParsedEvents, { json, warn }: { readonly json: boolean; readonly warn: Warn }) {
    this.#source = source
    this.#positionOf = positionOf
    this.#json = json
    this.#warn = warn
  }

  openDocument(explicitStart: boolean): void {
    if (explicitStart) this.cursor = (/^---/m.exec(this.#source)?.index ?? -3) + 3
    this.#push('document', this.#positionOf(0), undefined, false)
  }

  openCollection(event: CollectionEvent, kind: 'sequence' | 'mapping'): void {
    const parent = this.#frames.at(-1)
    if (parent?.kind === 'mapping' && parent.key === undefined) throw this.#unusableKey(event, kind)
    const tag = collectionTag(this.#rawTag(event), kind)
    if (tag instanceof Error) throw this.#error(tag.message, event.tagStart)
    const anchor = this.#anchorName(event)
    if (anchor !== undefined) this.#anchors.set(anchor, 'open')
    const at = this.#positionOf(event.tagStart >= 0 ? event.tagStart : event.start)
    this.#push(kind, at, anchor, tag === 'unsafe' || (parent?.unsafe ?? false))
    this.cursor = event.style === COLLECTION_STYLE.FLOW ? event.start + 1 : event.start
  }

  close(): void {
    const frame = this.#frames.pop()
    if (!frame || frame.kind === 'document') return
    const { at, items, entries, merges, anchor, size } = frame
    const node: Node =
      frame.kind === 'sequence'
        ? { kind: 'sequence', at, items }
        : { kind: 'mapping', at, entries: mergedEntries(merges, lastOfEach(entries, this.#warn)) }
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size })
    this.#add(node, size)
  }

  addScalar(event: ScalarEvent): void {
    const style = styleOf(event)
    const isEmpty = event.valueStart < 0
    const start = isEmpty ? emptyOffset(this.#source, this.cursor) : scalarStart(this.#source, event, style)
    const text = isEmpty ? '' : scalarText(this.#source, event)
    const node = this.#scalarNode(event, style, text, start)
    const isQuoted = style === 'single' || style === 'double'
    this.cursor = isEmpty ? Math.max(start, event.tagEnd) : event.valueEnd + (isQuoted ? 1 : 0)
    const anchor = this.#anchorName(event)
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: 1 })
    const isPlain = style === 'plain' && event.tagStart < 0
    const isKey = this.#add(node, 1, isPlain && text === '<<')
    if (this.#json || !isPlain) return
    if (isKey) warnAboutKey(text, node, this.#warn)
    else warnAboutNumber(text, node, this.#warn)
  }

  addAlias(event: AliasEvent): void {
    const name = this.#source.slice(event.anchorStart, event.anchorEnd)
    const anchor = this.#anchors.get(name)
    const at = this.#positionOf(event.anchorStart - 1)
    if (anchor === undefined)
      throw new UserError(`there is no anchor &${name} for this alias`, {
        at,
        hint: `to YAML * begins an alias; quote the value if it is text: "*${name}"`,
      })
    if (anchor === 'open') throw new UserError(`the alias *${name} stands inside the value it refers to`, { at })
    this.cursor = event.anchorEnd
    this.#add(anchor.node, anchor.size)
  }

  #scalarNode(event: ScalarEvent, style: ScalarStyle, text: string, start: number): ScalarNode {
    const tag = scalarTag(this.#rawTag(event), text)
    if (tag instanceof Error) throw this.#error(tag.message, event.tagStart)
    const at = this.#positionOf(event.tagStart >= 0 ? event.tagStart : start)
    const value = tag ? tag.value : style === 'plain' ? this.#resolve(text) : text
    const node = { kind: 'scalar', at, value, style } as const
    if (tag?.tag === 'vault') return { ...node, tag: 'vault' }
    const isUnsafe = tag?.tag === 'unsafe' || this.#frames.at(-1)?.unsafe === true
    return isUnsafe && typeof value === 'string' ? { ...node, tag: 'unsafe' } : node
  }

  #resolve(text: string): Scalar {
    return this.#json && text !== '' ? resolveJson(text) : resolvePlain(text)
  }

  /** Puts a finished node where it belongs; true when it became a key. */
  #add(node: Node, size: number, isMerge = false): boolean {
    const parent = this.#frames.at(-1)
    if (!parent) return false
    parent.size += size
    if (parent.size > MAX_EXPANDED_NODES)
      throw new UserError('the aliases in this file expand to too many values', { at: node.at })
    if (parent.kind === 'document') this.root = node
    else if (parent.kind === 'sequence') parent.items.push(node)
    else if (parent.key === undefined) {
      if (node.kind !== 'scalar') throw new UserError('a key must be text or a number', { at: node.at })
      parent.key = node
      parent.isMerge = isMerge
      return true
    } else {
      if (parent.isMerge) parent.merges.push(node)
      else parent.entries.push({ key: parent.key, value: node })
      parent.key = undefined
    }
    return false
  }

  #push(kind: Frame['kind'], at: Position, anchor: string | undefined, unsafe: boolean): void {
    this.#frames.push({
      kind,
      at,
      anchor,
      unsafe,
      items: [],
      entries: [],
      merges: [],
      key: undefined,
      isMerge: false,
      size: 1,
    })
  }

  /** To YAML the `{{ y }}` of `x: {{ y }}` is a mapping that is the key of another. */
  #unusableKey(event: CollectionEvent, kind: 'sequence' | 'mapping'): UserError {
    const { start } = event
    // The outer brace where the template is a key itself, the inner one where it is a value.
    const template = [start, start - 1].find((offset) => offset >= 0 && this.#source.startsWith('{{', offset))
    if (template !== undefined) {
      const lineStart = this.#source.lastIndexOf('\n', template) + 1
      const [line = ''] = /^.*/.exec(this.#source.slice(lineStart)) ?? []
      const at = this.#positionOf(template)
      return templateMustBeQuoted(at, line.slice(template - lineStart + 1 - at.column).trimEnd())
    }
    return this.#error(`a key must be text or a number, not a ${kind === 'mapping' ? 'mapping' : 'list'}`, start)
  }

  #error(message: string, offset: number): UserError {
    return new UserError(message, { at: this.#positionOf(offset) })
  }

  #rawTag(event: ScalarEvent | CollectionEvent): string {
    return event.tagStart < 0 ? '' : this.#source.slice(event.tagStart, event.tagEnd)
  }

  #anchorName(event: ScalarEvent | CollectionEvent): string | undefined {
    return event.anchorStart < 0 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd)
  }
}
