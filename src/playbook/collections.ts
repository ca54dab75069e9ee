import { keyText, type Node } from '../source/node.ts'
import type { Warn } from '../source/warning.ts'

const lists = ['tasks', 'pre_tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always']

/** `collections` says where to look for modules and roles first; there is one place here. Said once a file. */
export function warnOfCollections(node: Node, warn: Warn): void {
  const at = placeOf(node)
  if (at) warn({ message: "'collections' is ignored: every module that Sallyport has is found by its name", at })
}

function placeOf(node: Node): Node['at'] | undefined {
  if (node.kind === 'sequence') return firstOf(node.items)
  if (node.kind !== 'mapping') return undefined
  const own = node.entries.find(({ key }) => keyText(key) === 'collections')
  return own?.key.at ?? firstOf(node.entries.flatMap(({ key, value }) => (lists.includes(keyText(key)) ? [value] : [])))
}

function firstOf(nodes: readonly Node[]): Node['at'] | undefined {
  for (const node of nodes) {
    const at = placeOf(node)
    if (at) return at
  }
  return undefined
}
