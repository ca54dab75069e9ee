import { UserError } from '../errors.ts'
import type { Loop, Task, Templated } from '../playbook/playbook.ts'
import { isMapping, type Value } from '../source/value.ts'
import type { FileKind } from '../template/files.ts'
import { query, renderValue, UndefinedVariable } from '../template/render.ts'
import type { TaskScope } from '../variables/scope.ts'
import { flag } from './keyword.ts'
import type { LoopItem } from './unit.ts'

/** A loop's items on one host, still without their labels. Throws UserError where the loop is over no list. */
export function loopItems(loop: Loop, { module }: Task, scope: TaskScope): readonly LoopItem[] {
  const values = loop.lookup === undefined ? listOf(loop.over, scope) : lookedUp(loop.lookup, loop.over, module, scope)
  const extended = flag(loop.extended, scope) ?? false
  const withAll = flag(loop.extendedAllItems, scope) ?? true
  return values.map((value, index) => {
    const names = new Map<string, Value>([['ansible_loop_var', loop.variable]])
    if (loop.indexVariable !== undefined) {
      names.set('ansible_index_var', loop.indexVariable)
      names.set(loop.indexVariable, index)
    }
    if (extended) names.set('ansible_loop', placeInLoop(values, index, withAll))
    return { label: '', variable: loop.variable, value, names }
  })
}

/** The variables a loop item brings, which its result has as well. */
export function itemVariables({ variable, value, names }: LoopItem): ReadonlyMap<string, Value> {
  return new Map([[variable, value], ...names])
}

/** What stands for the item in output. */
export function labelOf(loop: Loop, item: LoopItem, scope: TaskScope): string {
  const label = loop.label ? renderValue(loop.label.value, { ...scope.context, at: loop.label.at }) : item.value
  return typeof label === 'string' ? label : JSON.stringify(label)
}

function placeInLoop(values: readonly Value[], index: number, withAll: boolean): Value {
  const length = values.length
  const next = values[index + 1]
  const previous = values[index - 1]
  return {
    index: index + 1,
    index0: index,
    first: index === 0,
    last: index + 1 === length,
    length,
    revindex: length - index,
    revindex0: length - index - 1,
    ...(withAll && { allitems: values }),
    ...(next !== undefined && { nextitem: next }),
    ...(previous !== undefined && { previtem: previous }),
  }
}

function listOf(over: Templated, scope: TaskScope): readonly Value[] {
  const value = renderValue(over.value, { ...scope.context, at: over.at })
  if (isList(value)) return value
  const what = value === null ? 'nothing' : isMapping(value) ? 'a mapping' : 'text'
  throw new UserError(`a loop goes over a list, this is ${what}`, {
    at: over.at,
    hint: isMapping(value) ? 'write `loop: "{{ the_mapping | dict2items }}"`' : undefined,
  })
}

/** `with_LOOKUP`: the lookup's terms are what was written, as a list. */
function lookedUp(lookup: string, over: Templated, module: string, scope: TaskScope): readonly Value[] {
  const context = { ...scope.context, at: over.at, firstFoundIn: kindOfFiles(module) }
  // What is not defined is not there to be found first either.
  const rendered = lookup === 'first_found' ? definedTerms(over, scope) : renderValue(trimmed(over.value), context)
  return query(lookup, termsOf(lookup, rendered), context)
}

/** What a task looks for by `with_first_found` lies where its module keeps its files. */
function kindOfFiles(module: string): FileKind {
  if (module.includes('template')) return 'templates'
  return module.includes('var') ? 'vars' : 'files'
}

function termsOf(lookup: string, value: Value): readonly Value[] {
  if (isList(value)) return value
  // As Python goes over a dict: by its keys, unless the lookup is about dicts.
  if (isMapping(value)) return lookup === 'dict' || lookup === 'subelements' ? [value] : Object.keys(value)
  return [value]
}

function definedTerms({ value, at }: Templated, scope: TaskScope): Value {
  const render = (term: Value): Value => renderValue(trimmed(term), { ...scope.context, at })
  if (!isList(value)) return render(value)
  return value.flatMap((term): readonly Value[] => {
    try {
      return [render(term)]
    } catch (error) {
      if (error instanceof UndefinedVariable) return []
      throw error
    }
  })
}

function trimmed(value: Value): Value {
  return typeof value === 'string' ? value.trim() : value
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
