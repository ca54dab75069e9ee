import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { isMapping, type Value } from '../source/value.ts'
import { rescue } from './conditional.ts'
import type { Engine, LookupHook, TemplateContext } from './engine.ts'
import { UndefinedVariable } from './errors.ts'
import { evaluate as evaluateNode } from './evaluate.ts'
import type { OwnFilters } from './filters/own.ts'
import { normalizeText } from './include.ts'
import { executeTemplate } from './inherit.ts'
import { checkNames } from './known-names.ts'
import { runLookup } from './lookups/run.ts'
import { makeEngine, type Renderers } from './run.ts'
import { rootFrame } from './names.ts'
import { finalize, Output } from './output.ts'
import { type Placed, placedError, placedIn } from './place.ts'
import { str } from './python/repr.ts'
import { truth } from './python/truth.ts'
import { type Mode, parsedOf, soleExpression, type Template, templateOf, valueSyntax } from './template.ts'
import { readHeader, restoreNewlines, syntaxOf, type TextOptions } from './template-file.ts'
import { type PyValue, toValue } from './values.ts'

export type { LookupHook, Scope, TemplateContext } from './engine.ts'
export { UndefinedVariable } from './errors.ts'
export { references } from './references.ts'
export type { Mode } from './template.ts'
export type { TextOptions } from './template-file.ts'

const renderers: Renderers = {
  render: renderValue,
  renderFile: (text, file, context, variables) => renderText(text, context, { file, variables }),
}

/**
 * Renders every string inside a value (not the keys of mappings) as Ansible does for playbooks by default: a template's
 * result is text, unless that text reads as a list, dict or bool; a lone `{{ variable }}` keeps a number, bool or null.
 *
 * Throws `UserError` for a mistake in a template, `UndefinedVariable` for a name that does not exist, both with their
 * place, and whatever `context.scope` or `context.lookup` throw.
 */
export function renderValue(value: Value, context: TemplateContext): Value {
  if (typeof value === 'string') return isTemplate(value) ? renderString(value, context) : value
  if (Array.isArray(value)) return value.map((item: Value) => renderValue(item, context))
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.keys(value).map((key) => [key, renderValue(value[key] ?? null, context)]))
}

const loneVariable = /^\{\{\s*([\p{L}\p{N}_]*)\s*\}\}\n?$/u

function renderString(text: string, context: TemplateContext): Value {
  const lone = loneVariable.exec(text)?.[1]
  const native = lone === undefined ? undefined : loneValue(lone, context)
  if (native !== undefined) return native
  const { body, syntax } = readHeader(text, valueSyntax)
  const source = normalizeText(body)
  const placed = { text: source, file: undefined, at: context.at, linesBefore: syntax.linesBefore }
  const result = withEngine(placed, context, true, {
    read: () => templateOf(source, syntax),
    use: (engine) => toValue(run(engine).asValue(), str),
  })
  return typeof result === 'string' ? restoreNewlines(text, result) : result
}

/** A lone variable's value where Ansible passes it on as it is: a number, a bool or null that was written as such. */
function loneValue(name: string, { scope }: TemplateContext): Value | undefined {
  const value = scope.raw === undefined ? getDefined(name, scope) : scope.raw(name)
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

/** An undefined variable is left to the rendering, which knows its place. */
function getDefined(name: string, scope: TemplateContext['scope']): Value | undefined {
  try {
    return scope.get(name)
  } catch (error) {
    if (error instanceof UndefinedVariable) return undefined
    throw error
  }
}

/**
 * Renders a template file to text, as Ansible's `template` module does: blocks are trimmed, the text's final newlines
 * kept. A first line `#jinja2: trim_blocks: False, …` overrides the options. Throws as `renderValue` does.
 */
export function renderText(text: string, context: TemplateContext, options: TextOptions = {}): string {
  const { body, syntax } = readHeader(text, syntaxOf(options))
  const source = normalizeText(body)
  const placed = { text: source, file: options.file, at: context.at, linesBefore: syntax.linesBefore }
  const result = withEngine(placed, context, false, {
    read: () => templateOf(source, syntax, options.file),
    use: (engine) => {
      for (const [name, value] of options.variables ?? []) engine.fetched.set(name, value)
      return run(engine).asText()
    },
  })
  return options.keepTrailingNewline === false ? result : restoreNewlines(text, result)
}

/**
 * The value of a bare expression, with its own type (a number stays a number). String literals have Python's escapes.
 * Throws as `renderValue` does; an undefined result is an error.
 */
export function evaluate(expression: string, context: TemplateContext): Value {
  return withExpression(expression, 'expression', context, (value) => {
    finalize(value)
    return toValue(value, str)
  })
}

/**
 * Whether a condition (`when`, `until`, `failed_when`, …) holds, as Ansible 2.14 sees it: text is an expression, first
 * rendered if it contains a template; null and the empty string hold; anything else counts by its truth.
 */
export function test(condition: Value, context: TemplateContext): boolean {
  if (condition === null || condition === '') return true
  if (typeof condition !== 'string') return truth(condition)
  try {
    const rendered = renderValue(condition, context)
    if (typeof rendered !== 'string') return truth(rendered)
    // What a template yields may be what a host printed: as an expression it may compute, but not act.
    const limited = rendered === condition ? context : { ...context, lookup: refuseLookup }
    return rendered !== '' && withExpression(rendered, 'condition', limited, truth)
  } catch (error) {
    const verdict = error instanceof UndefinedVariable ? rescue(condition, error.message) : undefined
    if (verdict === undefined) throw error
    return verdict
  }
}

/** What `query(name, *terms)` gives, for terms that are rendered already. Throws as `renderValue` does. */
export function query(name: string, terms: readonly Value[], context: TemplateContext): readonly Value[] {
  return withEngine({ text: '', file: undefined, at: context.at }, context, true, {
    read: () => templateOf('', valueSyntax),
    use: (engine) => {
      const found = toValue(runLookup(engine, 'query', { positional: [name, ...terms], keywords: new Map() }), str)
      return Array.isArray(found) ? (found as readonly Value[]) : [found]
    },
  })
}

const refuseLookup: LookupHook = (name) => {
  throw new UserError(`the lookup '${name}' is refused in a condition that comes out of a template`, {
    hint: 'write the condition without {{ }}',
  })
}

/** Throws a `UserError` at the exact place if the text cannot be read, or names a filter or test that does not exist. */
export function checkSyntax(text: string, at?: Position, mode: Mode = 'template', own?: OwnFilters): void {
  const source = normalizeText(text)
  try {
    checkNames(parsedOf(source, mode).body, own)
  } catch (error) {
    throw placedError(error, { text: source, file: undefined, at }, 0)
  }
}

/** Whether a string contains the beginning of an expression, a block or a comment. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#')
}

interface Work<T> {
  readonly read: () => Template
  readonly use: (engine: Engine) => T
}

/** Reads a template and works with an engine for it; errors leave with their place. */
function withEngine<T>(placed: Placed, context: TemplateContext, literals: boolean, { read, use }: Work<T>): T {
  let engine: Engine | undefined
  try {
    engine = makeEngine(read(), context, literals, renderers)
    return use(engine)
  } catch (error) {
    // It may have happened inside an included file or an imported macro.
    const where = engine === undefined ? placed : placedIn(engine.template, context.at)
    throw placedError(error, where, engine?.offset ?? 0)
  }
}

function withExpression<T>(
  text: string,
  mode: 'expression' | 'condition',
  context: TemplateContext,
  use: (value: PyValue) => T,
): T {
  return withEngine({ text, file: undefined, at: context.at }, context, true, {
    read: () => parsedOf(text, mode),
    use: (engine) => {
      const node = soleExpression(engine.template)
      if (node === undefined) throw new Error('an expression parsed to something else')
      return use(evaluateNode(engine, rootFrame(), node))
    },
  })
}

function run(engine: Engine): Output {
  const output = new Output(engine.literals)
  executeTemplate(engine, rootFrame(), engine.template, output)
  return output
}
