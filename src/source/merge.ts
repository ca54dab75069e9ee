import { UserError } from '../errors.ts'
import { keyText } from './node.ts'
import type { Entry, MappingNode, Node } from './node.ts'

/**
 * Resolves merge keys: own entries win over merged ones, earlier mappings of a merge list over later ones, and
 * a later `<<` over an earlier one. Merged keys come first, as in PyYAML.
 */
export function mergedEntries(merges: readonly Node[], own: readonly Entry[]): readonly Entry[] {
  if (merges.length === 0) return own
  const byKey = new Map<string, Entry>()
  for (const mapping of merges.flatMap(mappingsOf)) {
    for (const entry of mapping.entries) byKey.set(keyText(entry.key), entry)
  }
  for (const entry of own) byKey.set(keyText(entry.key), entry)
  return [...byKey.values()]
}

/** From weakest to strongest. */
function mappingsOf(merge: Node): readonly MappingNode[] {
  if (merge.kind === 'mapping') return [merge]
  if (merge.kind === 'sequence') return merge.items.map(requireMapping).reverse()
  throw unmergeable(merge)
}

function requireMapping(node: Node): MappingNode {
  if (node.kind === 'mapping') return node
  throw unmergeable(node)
}

function unmergeable(node: Node): UserError {
  return new UserError('<< takes a mapping or a list of mappings', { at: node.at, hint: 'for example <<: *defaults' })
}
