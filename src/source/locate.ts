import type { Node, ScalarNode } from './node.ts'
import { keyText } from './node.ts'
import type { Position } from './position.ts'

/**
 * The position of what a path (as in a zod issue) names. A path that leads to a key that is not there gives the
 * deepest thing that is: the mapping that lacks it.
 */
export function locate(node: Node, path: readonly PropertyKey[]): Position {
  return nodeAt(node, path).at
}

/** The position of the last key of the path itself; the value's where there is no such key. */
export function locateKey(node: Node, path: readonly PropertyKey[]): Position {
  const name = path.at(-1)
  const parent = nodeAt(node, path.slice(0, -1))
  if (parent.kind !== 'mapping' || name === undefined) return locate(node, path)
  return parent.entries.find(({ key }) => keyText(key) === String(name))?.key.at ?? parent.at
}

/** The node a path leads to, or the deepest one on the way that exists. */
export function nodeAt(node: Node, path: readonly PropertyKey[]): Node {
  let current = node
  for (const step of path) {
    const next = child(current, step)
    if (!next) return current
    current = next
  }
  return current
}

function child(node: Node, step: PropertyKey): Node | undefined {
  if (node.kind === 'sequence') return node.items[Number(step)]
  if (node.kind === 'mapping') return node.entries.find(({ key }) => keyText(key) === String(step))?.value
  return undefined
}

/** Where a node's own text begins: behind the quote of a quoted one. Errors inside a template count from there. */
export function contentAt(node: Node): Position {
  if (node.kind !== 'scalar' || (node.style !== 'single' && node.style !== 'double')) return node.at
  return { ...node.at, column: node.at.column + 1 }
}

/**
 * The position of character `offset` of a text value, for errors inside a template. Exact for values on one line and
 * for `|` blocks; where folding or escapes moved things it is the value's own position.
 */
export function positionWithin(node: ScalarNode, offset: number, line: string | undefined): Position {
  const text = String(node.value)
  if (node.style === 'literal') {
    const before = text.slice(0, offset).split('\n')
    const blankLines = /^\n*/.exec(text)?.[0].length ?? 0
    return {
      ...node.at,
      line: node.at.line - blankLines + before.length - 1,
      column: node.at.column + (before.at(-1) ?? '').length,
    }
  }
  const start = node.at.column - 1 + (node.style === 'plain' ? 0 : 1)
  const written = line?.slice(start, start + text.length) === text
  return written ? { ...node.at, column: start + 1 + offset } : node.at
}
