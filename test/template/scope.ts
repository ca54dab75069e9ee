import type { Value } from '../../src/source/value.ts'
import type { Scope, TemplateContext } from '../../src/template/render.ts'

/** A scope over plain values, which are taken as already rendered. */
export function scopeOf(variables: Readonly<Record<string, Value>>): Scope {
  const get = (name: string): Value | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined)
  return { get, raw: get, names: () => Object.keys(variables) }
}

export function contextOf(
  variables: Readonly<Record<string, Value>> = {},
  rest: Partial<TemplateContext> = {},
): TemplateContext {
  return { scope: scopeOf(variables), at: { file: 'play.yml', line: 3, column: 10 }, ...rest }
}
