import { getScalarValue, SCALAR_STYLE } from 'js-yaml'
import type { ScalarEvent } from 'js-yaml'
import type { ScalarStyle } from './node.ts'

export function styleOf(event: ScalarEvent): ScalarStyle {
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

/** The parser's ranges leave out quotes and begin a block at the margin; a person looks for the quote and the text. */
export function scalarStart(source: string, event: ScalarEvent, style: ScalarStyle): number {
  if (style === 'plain') return event.valueStart
  if (style === 'single' || style === 'double') return event.valueStart - 1
  const leading = /^\s*/.exec(source.slice(event.valueStart, event.valueEnd))?.[0] ?? ''
  const margin = leading.lastIndexOf('\n') + 1
  return Math.min(event.valueStart + margin + Math.max(event.indent, 0), event.valueEnd)
}

/** A block that the end of the file cuts short has no final line end to PyYAML; the parser here adds one. */
export function scalarText(source: string, event: ScalarEvent): string {
  const text = getScalarValue(source, event)
  const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK
  const isCutShort = isBlock && event.valueEnd === source.length && !/[\r\n]$/.test(source)
  return isCutShort ? text.replace(/\n$/, '') : text
}

/** An empty value stands right after the `:` or `-` that announces it. */
export function emptyOffset(source: string, cursor: number): number {
  const announcement = /[ \t]*:|(?:\s|#.*)*-(?=\s|$)/y
  announcement.lastIndex = cursor
  return announcement.test(source) ? announcement.lastIndex : cursor
}
