import { keyText, toValue } from '../source/node.ts'
import type { MappingNode, Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import { isMapping } from '../source/value.ts'
import type { Value } from '../source/value.ts'

/** All of a value, or only the parts at these paths. */
export type Marks = true | readonly (readonly PropertyKey[])[]

/** A variable as it was written: not rendered yet, and knowing where it came from. */
export interface Variable {
  readonly value: Value
  readonly at?: Position
  /** What must never be rendered as a template: `!unsafe`, and inline vault values (as in Ansible). */
  readonly unsafe?: Marks
  /** What must be masked in every output. */
  readonly secret?: Marks
  /** Where the parts of the value stand, for errors inside them. */
  readonly node?: Node
}

export type Variables = ReadonlyMap<string, Variable>

/** A variable that came from no file: a script's output, the command line. */
export function plainVariable(value: Value, at?: Position): Variable {
  return at ? { value, at } : { value }
}

/** @param encrypted the whole file was a vault: everything in it is secret */
export function variableOf(node: Node, at: Position, encrypted = false): Variable {
  const unsafe: (readonly PropertyKey[])[] = []
  const secret: (readonly PropertyKey[])[] = []
  collectMarks(node, [], unsafe, secret)
  return {
    value: toValue(node),
    at,
    node,
    ...(unsafe.length > 0 && { unsafe: whole(unsafe) }),
    ...((encrypted || secret.length > 0) && { secret: encrypted ? true : whole(secret) }),
  }
}

/** The variables of a mapping. Vault-tagged scalars must have been decrypted before. */
export function variablesOf(mapping: MappingNode, encrypted = false): Variables {
  return new Map(mapping.entries.map(({ key, value }) => [keyText(key), variableOf(value, key.at, encrypted)]))
}

/** What a redactor has to learn from a variable. */
export function secretValues(variable: Variable): readonly Value[] {
  if (variable.secret === undefined) return []
  return variable.secret === true ? [variable.value] : variable.secret.map((path) => at(variable.value, path))
}

/** True when the part of a variable at `path` lies in something that must not be rendered. */
export function isUnsafe(variable: Variable, path: readonly PropertyKey[] = []): boolean {
  const { unsafe = [] } = variable
  return unsafe === true || unsafe.some((marked) => marked.every((step, index) => String(step) === String(path[index])))
}

function whole(paths: readonly (readonly PropertyKey[])[]): Marks {
  return paths.some((path) => path.length === 0) ? true : paths
}

function collectMarks(
  node: Node,
  path: readonly PropertyKey[],
  unsafe: (readonly PropertyKey[])[],
  secret: (readonly PropertyKey[])[],
): void {
  if (node.kind === 'sequence')
    node.items.forEach((item, index) => collectMarks(item, [...path, index], unsafe, secret))
  else if (node.kind === 'mapping')
    for (const { key, value } of node.entries) collectMarks(value, [...path, keyText(key)], unsafe, secret)
  else if (node.tag !== undefined) {
    unsafe.push(path)
    if (node.tag === 'secret') secret.push(path)
  }
}

function at(value: Value, path: readonly PropertyKey[]): Value {
  let current = value
  for (const step of path) {
    const name = String(step)
    if (isMapping(current)) current = (Object.hasOwn(current, name) ? current[name] : undefined) ?? null
    else if (typeof current === 'object' && current !== null) current = current[Number(step)] ?? null
    else return null
  }
  return current
}
