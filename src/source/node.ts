import type { Position } from './position.ts'
import type { Value } from './value.ts'

/** A value as a person wrote it: the tree of a YAML or JSON file in which everything knows its place. */
export type Node = ScalarNode | SequenceNode | MappingNode

export type Scalar = null | boolean | number | string
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded'

export interface ScalarNode {
  readonly kind: 'scalar'
  /** Of the first character, quotes included; of the first content line for `|` and `>` blocks. */
  readonly at: Position
  readonly value: Scalar
  readonly style: ScalarStyle
  /** `vault`: the value is still ciphertext. `secret`: it was. `unsafe`: the text is never a template. */
  readonly tag?: 'vault' | 'secret' | 'unsafe'
  /** Of a secret: its ciphertext, as it was written. */
  readonly sealed?: string
}

export interface SequenceNode {
  readonly kind: 'sequence'
  readonly at: Position
  readonly items: readonly Node[]
}

export interface MappingNode {
  readonly kind: 'mapping'
  readonly at: Position
  /** Merge keys (`<<`) resolved and every key once: of duplicate keys the last one is here. */
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly key: ScalarNode
  readonly value: Node
}

/** A key as text, in JSON's spelling: `80` for 80, `true` for an unquoted `yes`. */
export function keyText(key: ScalarNode): string {
  return String(key.value)
}

/** The value under `key`, or undefined. */
export function get(mapping: MappingNode, key: string): Node | undefined {
  return getEntry(mapping, key)?.value
}

/** The key with its value: a message about the key itself belongs at the key's position. */
export function getEntry(mapping: MappingNode, key: string): Entry | undefined {
  return mapping.entries.find((entry) => keyText(entry.key) === key)
}

/**
 * The plain data of a tree. Aliases (`*name`) give the same object wherever they stand.
 * Vault-tagged scalars must have been decrypted before; one that is left is a bug and throws.
 */
export function toValue(node: Node): Value {
  switch (node.kind) {
    case 'scalar':
      if (node.tag === 'vault') throw new Error(`an encrypted value at line ${node.at.line} was not decrypted`)
      return node.value
    case 'sequence':
      return node.items.map(toValue)
    case 'mapping':
      // fromEntries defines own properties, so a key named __proto__ is data like any other.
      return Object.fromEntries(node.entries.map((entry) => [keyText(entry.key), toValue(entry.value)]))
  }
}
