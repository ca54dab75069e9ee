import { UserError } from '../errors.ts'
import { keyText } from './node.ts'
import type { Entry, MappingNode, Node } from './node.ts'
import type { Warn } from './warning.ts'

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

/** Of several entries with one key the last one stands, where the first one stood; each earlier one is warned of. */
export function lastOfEach(entries: readonly Entry[], warn: Warn): readonly Entry[] {
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
