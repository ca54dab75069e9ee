import { UserError } from '../errors.ts'
import { statementExpressions, subexpressions, targetNames } from './analyse.ts'
import type { Body, Expression, Parameter, Statement } from './ast.ts'
import { globals } from './globals.ts'
import { normalizeText } from './include.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import { type Mode, parsedOf } from './template.ts'

/**
 * The variables a template reads from outside: every name it does not bind itself, without Jinja's own functions.
 * A text that cannot be read refers to nothing (`checkSyntax` complains about it).
 */
export function references(text: string, mode: Mode = 'template'): ReadonlySet<string> {
  const source = normalizeText(text)
  const found = new Set<string>()
  try {
    visitBody(parsedOf(source, mode).body, new Set(), found)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError || error instanceof UserError)) throw error
  }
  return found
}

/** Adds the free names of a body; what its statements bind is added to `bound`. */
function visitBody(body: Body, bound: Set<string>, found: Set<string>): void {
  for (const statement of body) visitStatement(statement, bound, found)
}

function visitStatement(node: Statement, bound: Set<string>, found: Set<string>): void {
  const inner = (body: Body, ...names: readonly string[]): void => visitBody(body, new Set([...bound, ...names]), found)
  switch (node.kind) {
    case 'for': {
      const names = targetNames(node.target)
      visit(node.iterable, bound, found)
      if (node.filter !== undefined) visit(node.filter, new Set([...bound, ...names]), found)
      inner(node.body, 'loop', ...names)
      inner(node.otherwise)
      return
    }
    case 'macro':
    case 'call':
      if (node.kind === 'call') visit(node.call, bound, found)
      else bound.add(node.name)
      visitParameters(node.parameters, bound, found)
      inner(node.body, 'caller', 'varargs', 'kwargs', ...node.parameters.map(({ name }) => name))
      return
    case 'with':
      for (const { value } of node.bindings) visit(value, bound, found)
      inner(node.body, ...node.bindings.flatMap(({ target }) => targetNames(target)))
      return
    case 'if':
      for (const { test, body } of node.branches) {
        visit(test, bound, found)
        visitBody(body, bound, found)
      }
      visitBody(node.otherwise, bound, found)
      return
    case 'setBlock':
    case 'filterBlock':
    case 'block':
      inner(node.body)
      break
    default:
      break
  }
  for (const expression of statementExpressions(node)) visit(expression, bound, found)
  if (node.kind === 'set' || node.kind === 'setBlock') {
    if (node.target.kind === 'attribute') visitName(node.target.namespace, bound, found)
    for (const name of targetNames(node.target)) bound.add(name)
  }
  if (node.kind === 'import') bound.add(node.name)
  if (node.kind === 'fromImport') for (const { alias } of node.names) bound.add(alias)
}

function visitParameters(parameters: readonly Parameter[], bound: Set<string>, found: Set<string>): void {
  for (const { fallback } of parameters) if (fallback !== undefined) visit(fallback, bound, found)
}

function visit(node: Expression, bound: ReadonlySet<string>, found: Set<string>): void {
  if (node.kind === 'name') visitName(node.name, bound, found)
  for (const child of subexpressions(node)) visit(child, bound, found)
}

function visitName(name: string, bound: ReadonlySet<string>, found: Set<string>): void {
  if (!bound.has(name) && !globals.has(name)) found.add(name)
}
