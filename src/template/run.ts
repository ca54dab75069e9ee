import type { Mapping, Value } from '../source/value.ts'
import { allExpressions } from './analyse.ts'
import type { Body } from './ast.ts'
import type { Args } from './call.ts'
import type { Engine, TemplateContext } from './engine.ts'
import { didYouMean, Fault } from './errors.ts'
import { filters, refusedFilters, shortName } from './filters/filters.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import type { Template } from './template.ts'
import { tests } from './tests/tests.ts'
import type { PyValue } from './values.ts'

/** How an engine renders something else with the same context: given by render.ts, which knows how. */
export interface Renderers {
  readonly render: (value: Value, context: TemplateContext) => Value
  readonly renderFile: (text: string, file: string, context: TemplateContext) => string
}

/** The engine for one run of a template. */
export function makeEngine(
  template: Template,
  context: TemplateContext,
  literals: boolean,
  renderers: Renderers,
): Engine {
  const engine: Engine = {
    context,
    literals,
    fetched: new Map(),
    blocks: new Map(),
    template,
    offset: 0,
    callFilter,
    callTest,
    render: (value) => renderers.render(value, context),
    renderFile: (text, file, variables) =>
      renderers.renderFile(text, file, { ...context, scope: withVariables(context, variables) }),
  }
  return engine

  function callFilter(name: string, value: PyValue, args: Args): PyValue {
    const filter = filters.get(name) ?? filters.get(shortName(name))
    if (filter === undefined) throw unknownFilter(name)
    return filter(value, args, engine)
  }

  function callTest(name: string, value: PyValue, args: Args): boolean {
    const test = tests.get(name) ?? tests.get(shortName(name))
    if (test === undefined) throw unknownTest(name)
    return test(value, args)
  }
}

export function unknownFilter(name: string): Fault {
  const refused = refusedFilters.get(shortName(name))
  if (refused !== undefined) return new Fault(`filter '${name}' is not supported: ${refused}`)
  return new Fault(
    `unknown filter '${name}'`,
    didYouMean(shortName(name), () => filters.keys()),
  )
}

export function unknownTest(name: string): Fault {
  return new Fault(
    `unknown test '${name}'`,
    didYouMean(shortName(name), () => tests.keys()),
  )
}

/** Throws `TemplateSyntaxError` at the first filter or test of a template that does not exist. */
export function checkNames(body: Body): void {
  for (const node of allExpressions(body)) {
    let unknown: Fault | undefined
    if (node.kind === 'filter' && !filters.has(shortName(node.name))) unknown = unknownFilter(node.name)
    if (node.kind === 'test' && !tests.has(shortName(node.name))) unknown = unknownTest(node.name)
    if (unknown !== undefined) throw new TemplateSyntaxError(unknown.message, node.offset, unknown.hint)
  }
}

function withVariables(context: TemplateContext, variables: Mapping): TemplateContext['scope'] {
  const { scope } = context
  return {
    get: (name) => (Object.hasOwn(variables, name) ? variables[name] : scope.get(name)),
    names: () => [...Object.keys(variables), ...scope.names()],
  }
}
