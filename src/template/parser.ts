import type { Body, Expression, Parameter, Statement, Target } from './ast.ts'
import { parseExpression, parseTuple } from './expression-parser.ts'
import { parseFilter } from './operand-parser.ts'
import { parseFromImport, parseImport, parseInclude } from './import-parser.ts'
import { lexExpression, lexTemplate, type Syntax } from './lexer.ts'
import { didYouMean } from './errors.ts'
import { parseSetTarget, parseTarget } from './target-parser.ts'
import { TokenStream } from './token-stream.ts'

/** Reads a template; throws `TemplateSyntaxError`. */
export function parseTemplate(text: string, syntax: Syntax): Body {
  const stream = new TokenStream(lexTemplate(text, syntax))
  return parseBody(stream, undefined)
}

/** Reads a bare expression; a condition (`when`) has no `if … else` of its own outside parentheses, as in Ansible. */
export function parseBareExpression(text: string, isCondition: boolean): Expression {
  const stream = new TokenStream(lexExpression(text))
  const expression = parseTuple(stream, { conditional: !isCondition })
  if (stream.isName('if')) stream.fail("a condition cannot contain 'if' here", undefined, 'put parentheses around it')
  if (stream.current.type !== 'end') stream.unexpected('expected the end of the expression')
  return expression
}

/** The tag a body belongs to, for complaints about what is never closed. */
interface Enclosing {
  readonly tag: string
  readonly offset: number
  readonly ends: readonly string[]
}

/** Statements up to (not including) the name of an ending tag, or up to the end of the text. */
function parseBody(stream: TokenStream, enclosing: Enclosing | undefined): Body {
  const body: Statement[] = []
  for (;;) {
    const token = stream.current
    switch (token.type) {
      case 'text':
        stream.next()
        body.push({ kind: 'text', offset: token.offset, text: token.value })
        break
      case 'variableBegin': {
        stream.next()
        const value = parseTuple(stream)
        stream.expect('variableEnd', "expected '}}'")
        body.push({ kind: 'output', offset: token.offset, value })
        break
      }
      case 'blockBegin': {
        stream.next()
        const name = stream.current
        if (name.type !== 'name') stream.unexpected('expected a tag name')
        if (enclosing?.ends.includes(name.value) === true) return body
        body.push(...parseStatement(stream, enclosing))
        stream.expect('blockEnd', "expected '%}'")
        break
      }
      default:
        if (enclosing === undefined) return body
        stream.fail(
          `{% ${enclosing.tag} %} is never closed: expected {% ${enclosing.ends.join(' %} or {% ')} %}`,
          enclosing.offset,
        )
    }
  }
}

/** A body after the rest of its opening tag; the ending tag's name is the current token then. */
function parseBlock(stream: TokenStream, tag: string, offset: number, ends: readonly string[]): Body {
  stream.skipOperator(':')
  stream.expect('blockEnd', "expected '%}'")
  return parseBody(stream, { tag, offset, ends })
}

/** A body whose only ending is `end`, which is read as well. */
function parseClosedBlock(stream: TokenStream, tag: string, offset: number): Body {
  const body = parseBlock(stream, tag, offset, [`end${tag}`])
  stream.next()
  return body
}

type StatementParser = (stream: TokenStream, offset: number) => Statement | readonly Statement[]

const statementParsers = new Map<string, StatementParser>([
  ['if', parseIf],
  ['for', parseFor],
  ['set', parseSet],
  ['with', parseWith],
  ['macro', parseMacro],
  ['call', parseCall],
  ['filter', parseFilterBlock],
  ['include', parseInclude],
  ['import', parseImport],
  ['from', parseFromImport],
  ['block', parseNamedBlock],
  ['extends', (stream, offset) => ({ kind: 'extends', offset, template: parseExpression(stream) })],
  ['print', parsePrint],
  ['autoescape', parseAutoescape],
])

function parseStatement(stream: TokenStream, enclosing: Enclosing | undefined): readonly Statement[] {
  const { offset } = stream.current
  const name = stream.expectName()
  const parse = statementParsers.get(name)
  if (parse === undefined) {
    const expected = enclosing === undefined ? '' : `; looking for {% ${enclosing.ends.join(' %} or {% ')} %}`
    return stream.fail(
      `unknown tag '${name}'${expected}`,
      offset,
      didYouMean(name, () => statementParsers.keys()),
    )
  }
  const statement = parse(stream, offset)
  return 'kind' in statement ? [statement] : statement
}

function parseIf(stream: TokenStream, offset: number): Statement {
  const branches: { test: Expression; body: Body }[] = []
  let otherwise: Body = []
  for (;;) {
    const test = parseTuple(stream, { conditional: false })
    branches.push({ test, body: parseBlock(stream, 'if', offset, ['elif', 'else', 'endif']) })
    const next = stream.expectName()
    if (next === 'elif') continue
    if (next === 'else') {
      otherwise = parseBlock(stream, 'if', offset, ['endif'])
      stream.next()
    }
    return { kind: 'if', offset, branches, otherwise }
  }
}

function parseFor(stream: TokenStream, offset: number): Statement {
  const target = parseTarget(stream, 'in')
  stream.expectName('in')
  const iterable = parseTuple(stream, { conditional: false, stop: 'recursive' })
  const filter = stream.skipName('if') ? parseExpression(stream) : undefined
  const recursive = stream.skipName('recursive')
  const body = parseBlock(stream, 'for', offset, ['endfor', 'else'])
  let otherwise: Body = []
  if (stream.expectName() === 'else') {
    otherwise = parseBlock(stream, 'for', offset, ['endfor'])
    stream.next()
  }
  return { kind: 'for', offset, target, iterable, filter, recursive, body, otherwise }
}

function parseSet(stream: TokenStream, offset: number): Statement {
  const target = parseSetTarget(stream)
  if (stream.skipOperator('=')) return { kind: 'set', offset, target, value: parseTuple(stream) }
  const filter = parseBodyFilters(stream)
  return { kind: 'setBlock', offset, target, filter, body: parseClosedBlock(stream, 'set', offset) }
}

/** Filters over a rendered body: `{% set x | trim | upper %}`. */
function parseBodyFilters(stream: TokenStream): Expression | undefined {
  if (!stream.isOperator('|')) return undefined
  let filter: Expression = { kind: 'body', offset: stream.current.offset }
  while (stream.skipOperator('|')) filter = parseFilter(stream, filter)
  return filter
}

function parseWith(stream: TokenStream, offset: number): Statement {
  const bindings: { target: Target; value: Expression }[] = []
  while (stream.current.type !== 'blockEnd') {
    if (bindings.length > 0) stream.expectOperator(',')
    const target = parseTarget(stream)
    stream.expectOperator('=')
    bindings.push({ target, value: parseExpression(stream) })
  }
  return { kind: 'with', offset, bindings, body: parseClosedBlock(stream, 'with', offset) }
}

function parseParameters(stream: TokenStream): readonly Parameter[] {
  const parameters: Parameter[] = []
  stream.expectOperator('(')
  while (!stream.skipOperator(')')) {
    if (parameters.length > 0) {
      stream.expectOperator(',')
      if (stream.skipOperator(')')) break
    }
    const name = stream.expectName()
    const fallback = stream.skipOperator('=') ? parseExpression(stream) : undefined
    if (fallback === undefined && parameters.at(-1)?.fallback !== undefined)
      stream.fail('non-default argument follows default argument')
    parameters.push({ name, fallback })
  }
  return parameters
}

function parseMacro(stream: TokenStream, offset: number): Statement {
  const name = stream.expectName()
  const parameters = parseParameters(stream)
  return { kind: 'macro', offset, name, parameters, body: parseClosedBlock(stream, 'macro', offset) }
}

function parseCall(stream: TokenStream, offset: number): Statement {
  const parameters = stream.isOperator('(') ? parseParameters(stream) : []
  const call = parseExpression(stream)
  if (call.kind !== 'call') return stream.fail('expected a call', call.offset)
  return { kind: 'call', offset, call, parameters, body: parseClosedBlock(stream, 'call', offset) }
}

function parseFilterBlock(stream: TokenStream, offset: number): Statement {
  let filter = parseFilter(stream, { kind: 'body', offset })
  while (stream.skipOperator('|')) filter = parseFilter(stream, filter)
  return { kind: 'filterBlock', offset, filter, body: parseClosedBlock(stream, 'filter', offset) }
}

function parseNamedBlock(stream: TokenStream, offset: number): Statement {
  const name = stream.expectName()
  const scoped = stream.skipName('scoped')
  stream.skipName('required')
  const body = parseClosedBlock(stream, 'block', offset)
  stream.skipName(name)
  return { kind: 'block', offset, name, scoped, body }
}

function parsePrint(stream: TokenStream, offset: number): readonly Statement[] {
  const statements: Statement[] = []
  while (stream.current.type !== 'blockEnd') {
    if (statements.length > 0) stream.expectOperator(',')
    statements.push({ kind: 'output', offset, value: parseExpression(stream) })
  }
  return statements
}

/** Ansible never escapes HTML: the tag is read and its body stands for itself. */
function parseAutoescape(stream: TokenStream, offset: number): Statement {
  parseExpression(stream)
  return { kind: 'with', offset, bindings: [], body: parseClosedBlock(stream, 'autoescape', offset) }
}
