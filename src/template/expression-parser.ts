import type { BinaryOperator, CompareOperator, Expression } from './ast.ts'
import { parseFilters, parsePostfix, parsePrimary } from './operand-parser.ts'
import type { TokenStream } from './token-stream.ts'

const compareOperators: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

/** An expression; without `conditional` an `if` after it belongs to the statement around it (`for x in y if z`). */
export function parseExpression(stream: TokenStream, conditional = true): Expression {
  if (!conditional) return parseOr(stream)
  let result = parseOr(stream)
  for (;;) {
    const offset = stream.current.offset
    if (!stream.skipName('if')) return result
    const test = parseOr(stream)
    const otherwise = stream.skipName('else') ? parseExpression(stream) : undefined
    result = { kind: 'conditional', offset, test, then: result, otherwise }
  }
}

/** One expression, or several separated by commas as a tuple; `stop` is a name that ends it (`in`, `recursive`). */
export function parseTuple(stream: TokenStream, options: { conditional?: boolean; stop?: string } = {}): Expression {
  const offset = stream.current.offset
  const items: Expression[] = []
  let isTuple = false
  while (!atTupleEnd(stream, options.stop)) {
    items.push(parseExpression(stream, options.conditional ?? true))
    if (!stream.skipOperator(',')) break
    isTuple = true
  }
  const [first] = items
  if (first === undefined) stream.unexpected('expected an expression')
  return isTuple ? { kind: 'tuple', offset, items } : first
}

function atTupleEnd(stream: TokenStream, stop: string | undefined): boolean {
  const { type } = stream.current
  return (
    type === 'variableEnd' ||
    type === 'blockEnd' ||
    type === 'end' ||
    stream.isOperator(')') ||
    (stop !== undefined && stream.isName(stop))
  )
}

function parseOr(stream: TokenStream): Expression {
  let left = parseAnd(stream)
  for (;;) {
    const offset = stream.current.offset
    if (!stream.skipName('or')) return left
    left = { kind: 'or', offset, left, right: parseAnd(stream) }
  }
}

function parseAnd(stream: TokenStream): Expression {
  let left = parseNot(stream)
  for (;;) {
    const offset = stream.current.offset
    if (!stream.skipName('and')) return left
    left = { kind: 'and', offset, left, right: parseNot(stream) }
  }
}

function parseNot(stream: TokenStream): Expression {
  const offset = stream.current.offset
  return stream.skipName('not') ? { kind: 'not', offset, operand: parseNot(stream) } : parseCompare(stream)
}

function parseCompare(stream: TokenStream): Expression {
  const offset = stream.current.offset
  const first = parseSum(stream)
  const rest: { operator: CompareOperator; operand: Expression }[] = []
  for (;;) {
    const operator = compareOperator(stream)
    if (operator === undefined) break
    rest.push({ operator, operand: parseSum(stream) })
  }
  return rest.length === 0 ? first : { kind: 'compare', offset, first, rest }
}

function compareOperator(stream: TokenStream): CompareOperator | undefined {
  const { type, value } = stream.current
  if (type === 'operator' && compareOperators.has(value)) {
    stream.next()
    return value as CompareOperator
  }
  if (stream.skipName('in')) return 'in'
  if (stream.isName('not') && stream.peek().type === 'name' && stream.peek().value === 'in') {
    stream.next()
    stream.next()
    return 'not in'
  }
  return undefined
}

/** A level of left-associative operators. */
function parseBinary(
  stream: TokenStream,
  operators: readonly BinaryOperator[],
  parseOperand: (stream: TokenStream) => Expression,
): Expression {
  let left = parseOperand(stream)
  for (;;) {
    const offset = stream.current.offset
    const operator = operators.find((candidate) => stream.isOperator(candidate))
    if (operator === undefined) return left
    stream.next()
    left = { kind: 'binary', offset, operator, left, right: parseOperand(stream) }
  }
}

function parseSum(stream: TokenStream): Expression {
  return parseBinary(stream, ['+', '-'], parseConcat)
}

function parseConcat(stream: TokenStream): Expression {
  const offset = stream.current.offset
  const first = parseProduct(stream)
  const parts = [first]
  while (stream.skipOperator('~')) parts.push(parseProduct(stream))
  return parts.length === 1 ? first : { kind: 'concat', offset, parts }
}

function parseProduct(stream: TokenStream): Expression {
  return parseBinary(stream, ['*', '/', '//', '%'], parsePower)
}

function parsePower(stream: TokenStream): Expression {
  // Left-associative and weaker than a sign, unlike Python: that is how Jinja has it.
  return parseBinary(stream, ['**'], (operand) => parseUnary(operand, true))
}

function parseUnary(stream: TokenStream, filters: boolean): Expression {
  const offset = stream.current.offset
  let node: Expression
  if (stream.skipOperator('-')) node = { kind: 'negative', offset, operand: parseUnary(stream, false) }
  else if (stream.skipOperator('+')) node = { kind: 'positive', offset, operand: parseUnary(stream, false) }
  else node = parsePrimary(stream)
  node = parsePostfix(stream, node)
  return filters ? parseFilters(stream, node) : node
}
