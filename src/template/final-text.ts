import type { Expression } from './ast.ts'
import type { Engine, Frame } from './engine.ts'
import { normalizeText } from './include.ts'
import { frameOf } from './names.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import { soleExpression, templateOf, valueSyntax } from './template.ts'

/** Filters whose text Ansible never turns back into data. */
const textFilters: ReadonlySet<string> = new Set([
  'string',
  'to_json',
  'to_nice_json',
  'to_yaml',
  'to_nice_yaml',
  'ppretty',
  'json',
])

/**
 * Whether the value of an expression is text that must not be read as data again, although it may look like it: it
 * comes from such a filter, directly or through a variable that is written as one.
 */
export function yieldsFinalText(engine: Engine, frame: Frame, node: Expression): boolean {
  switch (node.kind) {
    case 'filter':
      return textFilters.has(node.name)
    case 'call':
      return node.target.kind === 'name' && node.target.name === 'lookup' && node.args.some(isKeptAsText)
    case 'name':
      return frameOf(frame, node.name)?.texts.has(node.name) ?? isWrittenAsText(engine, node.name, 0)
    default:
      return false
  }
}

/** `convert_data=false` of the template lookup. */
function isKeptAsText({ name, value }: { readonly name: string; readonly value: Expression }): boolean {
  return name === 'convert_data' && value.kind === 'constant' && value.value === false
}

function isWrittenAsText(engine: Engine, name: string, depth: number): boolean {
  const raw = engine.context.scope.raw?.(name)
  // A variable may stand for another one; a circle of them is the scope's to complain about.
  if (typeof raw !== 'string' || !raw.startsWith('{{') || depth > 10) return false
  const expression = expressionIn(raw)
  if (expression?.kind === 'name') return isWrittenAsText(engine, expression.name, depth + 1)
  return expression?.kind === 'filter' && textFilters.has(expression.name)
}

function expressionIn(raw: string): Expression | undefined {
  try {
    return soleExpression(templateOf(normalizeText(raw), valueSyntax))
  } catch (error) {
    // Whoever renders the variable reports the mistake in it.
    if (error instanceof TemplateSyntaxError) return undefined
    throw error
  }
}
