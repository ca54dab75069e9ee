import type { Mapping, Value } from '../source/value.ts'
import type { Args } from './call.ts'
import type { Engine, TemplateContext } from './engine.ts'
import { filters, shortName } from './filters/filters.ts'
import { unknownFilter, unknownTest } from './known-names.ts'
import type { Template } from './template.ts'
import { onDisk, tests } from './tests/tests.ts'
import type { PyValue } from './values.ts'

/** How an engine renders something else with the same context: given by render.ts, which knows how. */
export interface Renderers {
  readonly render: (value: Value, context: TemplateContext) => Value
  readonly renderFile: (
    text: string,
    file: string,
    context: TemplateContext,
    variables: ReadonlyMap<string, PyValue>,
  ) => string
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
    renderFile: (text, file, variables, own) =>
      renderers.renderFile(text, file, { ...context, scope: withVariables(context, variables) }, own),
  }
  return engine

  function callFilter(name: string, value: PyValue, args: Args): PyValue {
    const filter = context.filters?.get(name) ?? filters.get(name) ?? filters.get(shortName(name))
    if (filter === undefined) throw unknownFilter(name, context.filters)
    return filter(value, args, engine)
  }

  function callTest(name: string, value: PyValue, args: Args): boolean {
    const test = tests.get(name) ?? tests.get(shortName(name))
    if (test === undefined) throw unknownTest(name)
    if (onDisk.has(test)) context.beforeFiles?.()
    return test(value, args)
  }
}

function withVariables(context: TemplateContext, variables: Mapping): TemplateContext['scope'] {
  const { scope } = context
  const own = (name: string): boolean => Object.hasOwn(variables, name)
  return {
    get: (name) => (own(name) ? variables[name] : scope.get(name)),
    raw: (name) => (own(name) ? variables[name] : scope.raw === undefined ? scope.get(name) : scope.raw(name)),
    names: () => [...Object.keys(variables), ...scope.names()],
  }
}
