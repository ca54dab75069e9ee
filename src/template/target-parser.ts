import type { Expression, Target } from './ast.ts'
import { parsePrimary } from './operand-parser.ts'
import type { TokenStream } from './token-stream.ts'

/** What is assigned to: names, tuples of names; `stop` is the name that ends it. */
export function parseTarget(stream: TokenStream, stop?: string): Target {
  const { offset } = stream.current
  const items: Target[] = []
  let isTuple = false
  while (
    !(stop !== undefined && stream.isName(stop)) &&
    !stream.isOperator('=') &&
    stream.current.type !== 'blockEnd'
  ) {
    items.push(asTarget(stream, parsePrimary(stream)))
    if (!stream.skipOperator(',')) break
    isTuple = true
  }
  const [first] = items
  if (first === undefined) return stream.unexpected('expected a name to assign to')
  return isTuple ? { kind: 'tuple', offset, items } : first
}

function asTarget(stream: TokenStream, expression: Expression): Target {
  const { offset } = expression
  if (expression.kind === 'name') return { kind: 'name', offset, name: expression.name }
  if (expression.kind === 'tuple')
    return { kind: 'tuple', offset, items: expression.items.map((item) => asTarget(stream, item)) }
  return stream.fail("can't assign to this", offset)
}

/** What `set` assigns to: also an attribute of a namespace. */
export function parseSetTarget(stream: TokenStream): Target {
  const { offset } = stream.current
  const dot = stream.peek()
  if (dot.type !== 'operator' || dot.value !== '.') return parseTarget(stream)
  const namespace = stream.expectName()
  stream.expectOperator('.')
  return { kind: 'attribute', offset, namespace, name: stream.expectName() }
}
