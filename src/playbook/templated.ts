import { contentAt } from '../source/locate.ts'
import { get, toValue, type MappingNode } from '../source/node.ts'
import type { Templated } from './playbook.ts'

/** A keyword's value with the place where it stands. */
export function templated(node: MappingNode, keyword: string): Templated | undefined {
  const value = get(node, keyword)
  return value && { value: toValue(value), at: contentAt(value) }
}
