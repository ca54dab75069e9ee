import { parseEvents, YAMLException } from 'js-yaml'
import type { Event } from 'js-yaml'
import { explainSyntaxError } from './explain.ts'
import { lineIndex } from './lines.ts'
import type { Position } from './position.ts'

export interface ParsedEvents {
  readonly events: readonly Event[]
  /** The text the offsets of the events refer to. */
  readonly source: string
  readonly positionOf: (offset: number) => Position
}

/** Nested collections a file may have: a bound for a hostile or broken one. */
const MAX_DEPTH = 500
const MAX_REPAIRS = 1000
const REPAIR = ' '.repeat(MAX_DEPTH)

/**
 * Parses YAML into events.
 *
 * PyYAML lets a line inside brackets or quotes begin in any column, and people rely on it: a closing bracket below its
 * key is the usual style. YAML 1.2, and with it the parser used here, wants such a line indented. White space there
 * means nothing, so a line that is refused for this gets some, and positions are counted without it.
 * @throws UserError with the place of the mistake
 */
export function readEvents(text: string, file: string): ParsedEvents {
  const repaired = new Set<number>()
  let source = text
  for (;;) {
    try {
      const events = parseEvents(source, { filename: file, maxDepth: MAX_DEPTH })
      return { events, source, positionOf: withoutRepairs(lineIndex(source, file), repaired) }
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error
      const offset = error.mark?.position ?? 0
      const start = lineStart(source, offset)
      const line = lineIndex(source, file)(offset).line
      if (!isRepairable(error, source.slice(start), repaired, line)) {
        const at = withoutRepairs(lineIndex(source, file), repaired)(offset)
        throw explainSyntaxError(text, at, error.reason)
      }
      repaired.add(line)
      source = source.slice(0, start) + REPAIR + source.slice(start)
    }
  }
}

function isRepairable(error: YAMLException, rest: string, repaired: ReadonlySet<number>, line: number): boolean {
  const isMarker = /^(?:---|\.\.\.)(?:\s|$)/.test(rest)
  return error.reason === 'deficient indentation' && !isMarker && !repaired.has(line) && repaired.size < MAX_REPAIRS
}

function withoutRepairs(
  positionOf: (offset: number) => Position,
  repaired: ReadonlySet<number>,
): (offset: number) => Position {
  if (repaired.size === 0) return positionOf
  return (offset) => {
    const at = positionOf(offset)
    return repaired.has(at.line) ? { ...at, column: Math.max(1, at.column - REPAIR.length) } : at
  }
}

function lineStart(source: string, offset: number): number {
  const before = Math.max(source.lastIndexOf('\n', offset - 1), source.lastIndexOf('\r', offset - 1))
  return before + 1
}
