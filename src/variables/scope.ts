import { UserError } from '../errors.ts'
import { contentAt } from '../source/locate.ts'
import { isMapping, type Value } from '../source/value.ts'
import type { LookupHook, Scope, TemplateContext } from '../template/engine.ts'
import { Fault } from '../template/errors.ts'
import type { OwnFilters } from '../template/filters/own.ts'
import { renderValue } from '../template/render.ts'
import { isUnsafe, type Variable, type Variables } from './load-variable.ts'
import type { Named } from './named.ts'
import { NotYetKnown } from './not-yet-known.ts'
import { Unforeseen, unforeseen } from './unforeseen.ts'

/** What tasks before this one have still to set. */
export interface Pending {
  name(name: string): boolean
  /** True until facts are gathered, where they are: any `ansible_…` may still come. */
  facts(): boolean
}

export const nothingPending: Pending = { name: () => false, facts: () => false }

/** The sources of a task's variables; Ansible's order of precedence is in `layersOf`. */
export interface ScopeSources {
  readonly roleDefaults: readonly Variables[]
  /** The inventory's layers for the host, lowest first, already merged. */
  readonly inventory: Variables
  readonly facts: Named<Value>
  readonly play: Variables
  readonly varsFiles: Variables
  readonly roleVars: readonly Variables[]
  readonly task: Variables
  /** `include_vars` */
  readonly included?: Named<Variable>
  /** Results of `register` and `set_fact`: never rendered, they may hold what a host printed. */
  readonly results: Named<Value>
  readonly roleParams: Variables
  readonly extra: Variables
  /** What the engine itself defines: loop variables, `inventory_hostname`, … */
  readonly magic: Named<Value>
  /** Asked at every look-up, because a scope outlives the tasks it waits for. */
  readonly pending: Pending
  /** Names that stand for something that is not there, and why: they are refused unless somebody sets them. */
  readonly refused?: ReadonlyMap<string, string>
}

export interface TaskScope extends Scope {
  readonly context: TemplateContext
  /** Where a variable was set, for errors about its value. */
  variable(name: string): Variable | undefined
}

/** What templates of a scope have besides its variables. */
export interface ScopeTools {
  readonly lookup?: LookupHook
  readonly beforeFiles?: () => void
  readonly filters?: OwnFilters
}

/** Looks variables up lazily and renders each at most once. */
export function createScope(
  sources: ScopeSources,
  searchPaths: readonly string[],
  { lookup, beforeFiles, filters }: ScopeTools = {},
): TaskScope {
  const rendered = new Map<string, Value>()
  const underWay: string[] = []
  const context: TemplateContext = {
    get scope() {
      return scope
    },
    searchPaths,
    ...(lookup && { lookup }),
    ...(beforeFiles && { beforeFiles }),
    ...(filters && { filters }),
  }
  const over: readonly Variables[] = [sources.extra, sources.roleParams]
  const under: readonly Named<Variable>[] = [
    ...(sources.included ? [sources.included] : []),
    sources.task,
    ...reversed(sources.roleVars),
    sources.varsFiles,
    sources.play,
  ]
  const lowest: readonly Variables[] = [sources.inventory, ...reversed(sources.roleDefaults)]

  const variable = (name: string): Variable | undefined => {
    const high = find(over, name)
    if (high) return high
    if (sources.pending.name(name)) throw new NotYetKnown(name)
    const result = sources.results.get(name)
    if (result === unforeseen) throw new Unforeseen(name)
    if (result !== undefined) return { value: result, unsafe: true }
    const middle = find(under, name)
    if (middle) return middle
    const fact = sources.facts.get(name)
    if (fact !== undefined) return { value: fact, unsafe: true }
    const low = find(lowest, name)
    if (low) return low
    if (name.startsWith('ansible_') && sources.pending.facts()) throw new NotYetKnown(name)
    // There are none, which is not the same as not knowing them.
    return name === 'ansible_facts' ? noFacts : undefined
  }

  const scope: TaskScope = {
    context,
    variable,
    raw(name) {
      const magic = sources.magic.get(name)
      return magic !== undefined ? magic : variable(name)?.value
    },
    get(name) {
      const magic = sources.magic.get(name)
      if (magic !== undefined) return magic
      const known = rendered.get(name)
      if (known !== undefined) return known
      const found = variable(name)
      if (!found) return refuse(name, sources.refused)
      if (underWay.includes(name)) {
        throw new UserError(`the variable refers to itself: ${[...underWay, name].join(' → ')}`, { at: found.at })
      }
      underWay.push(name)
      try {
        const value = renderVariable(found, context)
        // Results change under their name (`until`); they are never rendered, so nothing is lost.
        if (found.unsafe !== true) rendered.set(name, value)
        return value
      } finally {
        underWay.pop()
      }
    },
    *names() {
      yield* sources.magic.keys()
      yield* sources.results.keys()
      yield* sources.facts.keys()
      yield 'ansible_facts'
      for (const layer of [...over, ...under, ...lowest]) yield* layer.keys()
    },
  }
  return scope
}

function refuse(name: string, refused: ReadonlyMap<string, string> | undefined): undefined {
  const reason = refused?.get(name)
  // The template that asks knows the place.
  if (reason !== undefined) throw new Fault(`the variable '${name}' is not supported: ${reason}`)
}

const noFacts: Variable = { value: {}, unsafe: true }

function renderVariable(variable: Variable, context: TemplateContext): Value {
  const { value, unsafe, node } = variable
  const at = node ? contentAt(node) : variable.at
  if (unsafe === true) return value
  const placed = at ? { ...context, at } : context
  if (unsafe === undefined) return renderValue(value, placed)
  return renderAround(value, [], variable, placed)
}

/** Renders a structure of which some parts must not be rendered (`!unsafe`, vault). */
function renderAround(value: Value, path: readonly PropertyKey[], variable: Variable, context: TemplateContext): Value {
  if (Array.isArray(value)) {
    return value.map((item, index) => renderAround(item as Value, [...path, index], variable, context))
  }
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, renderAround(item, [...path, key], variable, context)]),
    )
  }
  return isUnsafe(variable, path) ? value : renderValue(value, context)
}

function find(layers: readonly Named<Variable>[], name: string): Variable | undefined {
  for (const layer of layers) {
    const variable = layer.get(name)
    if (variable) return variable
  }
  return undefined
}

function reversed(layers: readonly Variables[]): readonly Variables[] {
  return layers.length < 2 ? layers : [...layers].reverse()
}
