import type { Argument, Body, Expression, Statement, Target } from './ast.ts'

/** The expressions directly inside an expression. */
export function subexpressions(node: Expression): readonly Expression[] {
  const values = (args: readonly Argument[]): Expression[] => args.map((argument) => argument.value)
  switch (node.kind) {
    case 'constant':
    case 'float':
    case 'name':
    case 'body':
      return []
    case 'list':
    case 'tuple':
      return node.items
    case 'dict':
      return node.entries.flat()
    case 'not':
    case 'negative':
    case 'positive':
      return [node.operand]
    case 'and':
    case 'or':
    case 'binary':
      return [node.left, node.right]
    case 'concat':
      return node.parts
    case 'compare':
      return [node.first, ...node.rest.map(({ operand }) => operand)]
    case 'conditional':
      return present([node.test, node.then, node.otherwise])
    case 'attribute':
      return [node.target]
    case 'item':
      return [node.target, node.key]
    case 'slice':
      return present([node.target, node.start, node.stop, node.step])
    case 'call':
    case 'filter':
    case 'test':
      return [node.target, ...values(node.args)]
  }
}

/** The expressions a statement evaluates itself, without those of its bodies. */
export function statementExpressions(node: Statement): readonly Expression[] {
  switch (node.kind) {
    case 'text':
    case 'block':
      return []
    case 'output':
    case 'set':
      return [node.value]
    case 'if':
      return node.branches.map(({ test }) => test)
    case 'for':
      return present([node.iterable, node.filter])
    case 'setBlock':
      return present([node.filter])
    case 'with':
      return node.bindings.map(({ value }) => value)
    case 'macro':
      return present(node.parameters.map(({ fallback }) => fallback))
    case 'call':
      return [node.call, ...present(node.parameters.map(({ fallback }) => fallback))]
    case 'filterBlock':
      return [node.filter]
    case 'include':
    case 'import':
    case 'fromImport':
    case 'extends':
      return [node.template]
  }
}

export function statementBodies(node: Statement): readonly Body[] {
  switch (node.kind) {
    case 'if':
      return [...node.branches.map(({ body }) => body), node.otherwise]
    case 'for':
      return [node.body, node.otherwise]
    case 'setBlock':
    case 'with':
    case 'macro':
    case 'call':
    case 'filterBlock':
    case 'block':
      return [node.body]
    default:
      return []
  }
}

/** Every expression of a body, at any depth. */
export function* allExpressions(body: Body): Generator<Expression> {
  for (const statement of body) {
    for (const expression of statementExpressions(statement)) yield* withSubexpressions(expression)
    for (const inner of statementBodies(statement)) yield* allExpressions(inner)
  }
}

export function* withSubexpressions(node: Expression): Generator<Expression> {
  yield node
  for (const child of subexpressions(node)) yield* withSubexpressions(child)
}

const mutators: ReadonlySet<string> = new Set([
  'append',
  'clear',
  'extend',
  'insert',
  'pop',
  'popitem',
  'remove',
  'reverse',
  'setdefault',
  'sort',
  'update',
])

/** Whether a body names a method that changes its list or dict in place. */
export function mutates(body: Body): boolean {
  for (const node of allExpressions(body)) {
    if (node.kind === 'attribute' && mutators.has(node.name)) return true
    if (node.kind === 'filter' && node.name === 'attr') return true
    if (node.kind === 'item' && node.key.kind === 'constant' && mutators.has(String(node.key.value))) return true
  }
  return false
}

/** Whether a body has blocks or extends another template. */
export function inherits(body: Body): boolean {
  return body.some((node) => node.kind === 'block' || node.kind === 'extends' || statementBodies(node).some(inherits))
}

/** The names an assignment binds. */
export function targetNames(target: Target): readonly string[] {
  switch (target.kind) {
    case 'name':
      return [target.name]
    case 'tuple':
      return target.items.flatMap(targetNames)
    case 'attribute':
      return []
  }
}

function present(expressions: readonly (Expression | undefined)[]): readonly Expression[] {
  return expressions.filter((expression) => expression !== undefined)
}

/** Whether a body reads a name anywhere. */
export function mentions(body: Body, name: string): boolean {
  for (const node of allExpressions(body)) if (node.kind === 'name' && node.name === name) return true
  return false
}
