import type { Argument, Expression } from './ast.ts'
import { parseExpression, parseTuple } from './expression-parser.ts'
import type { TokenStream } from './token-stream.ts'

/** A literal, a name, or something in brackets. */
export function parsePrimary(stream: TokenStream): Expression {
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

/** Attributes, subscripts and calls after an operand. */
export function parsePostfix(stream: TokenStream, target: Expression): Expression {
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
export function parseFilters(stream: TokenStream, target: Expression): Expression {
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
