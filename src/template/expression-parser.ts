import type { Argument, BinaryOperator, CompareOperator, Expression } from './ast.ts'
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

function parsePrimary(stream: TokenStream): Expression {
  const token = stream.current
  const { offset } = token
  switch (token.type) {
    case 'name':
      stream.next()
      return constantNames.has(token.value)
        ? { kind: 'constant', offset, value: constantNames.get(token.value) ?? null }
        : { kind: 'name', offset, name: token.value }
    case 'string': {
      let value = ''
      for (let part = stream.current; part.type === 'string'; part = stream.current) {
        value += part.value
        stream.next()
      }
      return { kind: 'constant', offset, value }
    }
    case 'integer':
      stream.next()
      return { kind: 'constant', offset, value: token.value }
    case 'float':
      stream.next()
      return { kind: 'float', offset, value: token.value }
    case 'operator':
      if (stream.skipOperator('(')) return parseParenthesis(stream, offset)
      if (stream.skipOperator('[')) return { kind: 'list', offset, items: parseItems(stream, ']') }
      if (stream.skipOperator('{')) return parseDict(stream, offset)
      break
    default:
      break
  }
  return stream.unexpected('expected an expression')
}

const constantNames = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

function parseParenthesis(stream: TokenStream, offset: number): Expression {
  if (stream.skipOperator(')')) return { kind: 'tuple', offset, items: [] }
  const inner = parseTuple(stream)
  stream.expectOperator(')')
  return inner
}

function parseItems(stream: TokenStream, close: string): Expression[] {
  const items: Expression[] = []
  while (!stream.skipOperator(close)) {
    if (items.length > 0) {
      stream.expectOperator(',')
      if (stream.skipOperator(close)) break
    }
    items.push(parseExpression(stream))
  }
  return items
}

function parseDict(stream: TokenStream, offset: number): Expression {
  const entries: [Expression, Expression][] = []
  while (!stream.skipOperator('}')) {
    if (entries.length > 0) {
      stream.expectOperator(',')
      if (stream.skipOperator('}')) break
    }
    const key = parseExpression(stream)
    stream.expectOperator(':')
    entries.push([key, parseExpression(stream)])
  }
  return { kind: 'dict', offset, entries }
}

function parsePostfix(stream: TokenStream, target: Expression): Expression {
  let node = target
  for (;;) {
    const offset = stream.current.offset
    if (stream.skipOperator('.')) node = parseAttribute(stream, node, offset)
    else if (stream.skipOperator('[')) node = parseSubscript(stream, node, offset)
    else if (stream.isOperator('(')) node = { kind: 'call', offset, target: node, args: parseArguments(stream) }
    else return node
  }
}

function parseAttribute(stream: TokenStream, target: Expression, offset: number): Expression {
  const token = stream.current
  if (token.type === 'name') {
    stream.next()
    return { kind: 'attribute', offset, target, name: token.value }
  }
  if (token.type !== 'integer') return stream.unexpected('expected a name or a number after the dot')
  stream.next()
  return { kind: 'item', offset, target, key: { kind: 'constant', offset: token.offset, value: token.value } }
}

function parseSubscript(stream: TokenStream, target: Expression, offset: number): Expression {
  const start = stream.isOperator(':') ? undefined : parseExpression(stream)
  if (!stream.isOperator(':')) {
    if (start === undefined) return stream.unexpected('expected a subscript')
    const keys = [start]
    while (stream.skipOperator(',')) if (!stream.isOperator(']')) keys.push(parseExpression(stream))
    stream.expectOperator(']')
    return { kind: 'item', offset, target, key: keys.length === 1 ? start : { kind: 'tuple', offset, items: keys } }
  }
  const bound = (): Expression | undefined => {
    if (!stream.skipOperator(':')) return undefined
    return stream.isOperator(':') || stream.isOperator(']') ? undefined : parseExpression(stream)
  }
  const stop = bound()
  const step = bound()
  stream.expectOperator(']')
  return { kind: 'slice', offset, target, start, stop, step }
}

/** Filters, tests and calls after an expression; a test may follow a filter and a filter a test. */
function parseFilters(stream: TokenStream, target: Expression): Expression {
  let node = target
  for (;;) {
    const offset = stream.current.offset
    if (stream.skipOperator('|')) node = parseFilter(stream, node)
    else if (stream.skipName('is')) node = parseTest(stream, node)
    else if (stream.isOperator('(')) node = { kind: 'call', offset, target: node, args: parseArguments(stream) }
    else return node
  }
}

/** A filter's name and arguments; the `|` before it is already read. */
export function parseFilter(stream: TokenStream, target: Expression): Expression {
  const { offset } = stream.current
  const name = parseDottedName(stream)
  return { kind: 'filter', offset, target, name, args: stream.isOperator('(') ? parseArguments(stream) : [] }
}

function parseDottedName(stream: TokenStream): string {
  let name = stream.expectName()
  while (stream.skipOperator('.')) name += `.${stream.expectName()}`
  return name
}

function parseTest(stream: TokenStream, target: Expression): Expression {
  const negated = stream.isName('not') ? stream.current.offset : undefined
  if (negated !== undefined) stream.next()
  const { offset } = stream.current
  const name = parseDottedName(stream)
  const test: Expression = { kind: 'test', offset, target, name, args: parseTestArguments(stream) }
  return negated === undefined ? test : { kind: 'not', offset: negated, operand: test }
}

function parseTestArguments(stream: TokenStream): readonly Argument[] {
  if (stream.isOperator('(')) return parseArguments(stream)
  const { type, value } = stream.current
  const starts =
    type === 'string' ||
    type === 'integer' ||
    type === 'float' ||
    (type === 'name' && value !== 'else' && value !== 'or' && value !== 'and') ||
    stream.isOperator('[') ||
    stream.isOperator('{')
  if (!starts) return []
  if (stream.isName('is')) stream.fail('You cannot chain multiple tests with is')
  return [{ kind: 'positional', name: '', value: parsePostfix(stream, parsePrimary(stream)) }]
}

function parseArguments(stream: TokenStream): readonly Argument[] {
  const args: Argument[] = []
  stream.expectOperator('(')
  while (!stream.skipOperator(')')) {
    if (args.length > 0) {
      stream.expectOperator(',')
      if (stream.skipOperator(')')) break
    }
    const last = args.at(-1)?.kind
    if (stream.skipOperator('*')) {
      args.push({ kind: 'spread', name: '', value: parseExpression(stream) })
    } else if (stream.skipOperator('**')) {
      args.push({ kind: 'spreadKeywords', name: '', value: parseExpression(stream) })
    } else if (stream.current.type === 'name' && stream.peek().type === 'operator' && stream.peek().value === '=') {
      const name = stream.expectName()
      stream.expectOperator('=')
      args.push({ kind: 'keyword', name, value: parseExpression(stream) })
    } else {
      if (last !== undefined && last !== 'positional') stream.fail('a positional argument cannot follow this one')
      args.push({ kind: 'positional', name: '', value: parseExpression(stream) })
    }
  }
  return args
}

/** What may stand between `for` and `in`, or after `set`, without filters and operators. */
export function parseTargetItem(stream: TokenStream): Expression {
  return parsePrimary(stream)
}
