import { keyText, type Node } from '../source/node.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { Variable } from '../variables/load-variable.ts'
import type { Layer } from './model.ts'

/** What a listing makes of texts that are more than text: ciphertext, and what must never be a template. */
export interface Spelling<T> {
  sealed(ciphertext: string): T
  unsafe(text: string): T
}

/** Variables as a listing shows them: what an inline vault holds stays sealed, as in Ansible. */
export type Listed<T> = Value | T | readonly Listed<T>[] | { readonly [key: string]: Listed<T> }

/** Never shown, because a run sets them itself. */
const INTERNAL = ['inventory_dir', 'inventory_file']

/** Layers merged, later ones winning. */
export function listVariables<T>(layers: readonly Layer[], spelling: Spelling<T>): Record<string, Listed<T>> {
  const merged = new Map<string, Variable>()
  for (const { vars } of layers) for (const [name, variable] of vars) merged.set(name, variable)
  for (const name of INTERNAL) merged.delete(name)
  return Object.fromEntries([...merged].map(([name, variable]) => [name, listed(variable, spelling)]))
}

function listed<T>({ value, node, unsafe, secret }: Variable, spelling: Spelling<T>): Listed<T> {
  return node === undefined || (unsafe === undefined && secret === undefined) ? value : spelled(node, spelling)
}

function spelled<T>(node: Node, spelling: Spelling<T>): Listed<T> {
  if (node.kind === 'sequence') return node.items.map((item) => spelled(item, spelling))
  if (node.kind === 'mapping')
    return Object.fromEntries(node.entries.map(({ key, value }) => [keyText(key), spelled(value, spelling)]))
  if (node.sealed !== undefined) return spelling.sealed(node.sealed)
  return node.tag === 'unsafe' ? spelling.unsafe(String(node.value)) : node.value
}

/** As `ansible-inventory` writes them into JSON. */
export const jsonSpelling: Spelling<Mapping> = {
  sealed: (ciphertext) => ({ __ansible_vault: ciphertext }),
  unsafe: (text) => ({ __ansible_unsafe: text }),
}
