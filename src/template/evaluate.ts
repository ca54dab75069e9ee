import type { Argument, CompareOperator, Expression } from './ast.ts'
import { attributeOf, itemOf, sliceOf } from './attributes.ts'
import { noArgs, type Args } from './call.ts'
import type { Engine, Frame } from './engine.ts'
import { failUndefined, Fault } from './errors.ts'
import { resolve } from './names.ts'
import { binary, signed } from './python/arithmetic.ts'
import { compare, contains, equal } from './python/compare.ts'
import { dictEntries, dictSet } from './python/dict.ts'
import { iterate } from './python/iterate.ts'
import { str } from './python/repr.ts'
import { truth } from './python/truth.ts'
import { float, isDict, PyCallable, PyDict, PyThing, PyTuple, type PyValue, typeName, Undefined } from './values.ts'

/** The value of an expression. Throws `Fault`; `engine.offset` then says where. */
export function evaluate(engine: Engine, frame: Frame, node: Expression): PyValue {
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'float':
      return float(node.value)
    case 'name':
      return located(engine, node.offset, resolve(engine, frame, node.name))
    case 'list':
      return node.items.map((item) => evaluate(engine, frame, item))
    case 'tuple':
      return new PyTuple(node.items.map((item) => evaluate(engine, frame, item)))
    case 'dict': {
      const dict = new PyDict()
      for (const [key, value] of node.entries)
        dictSet(dict, evaluate(engine, frame, key), evaluate(engine, frame, value))
      return dict
    }
    case 'not':
      return !condition(engine, frame, node.operand)
    case 'negative':
    case 'positive': {
      const operand = evaluate(engine, frame, node.operand)
      engine.offset = node.offset
      return signed(node.kind === 'negative' ? '-' : '+', operand)
    }
    case 'and': {
      const left = evaluate(engine, frame, node.left)
      return truth(left) ? evaluate(engine, frame, node.right) : left
    }
    case 'or': {
      const left = evaluate(engine, frame, node.left)
      return truth(left) ? left : evaluate(engine, frame, node.right)
    }
    case 'binary': {
      const left = evaluate(engine, frame, node.left)
      const right = evaluate(engine, frame, node.right)
      engine.offset = node.offset
      return binary(node.operator, left, right)
    }
    case 'concat':
      return node.parts
        .map((part) => {
          const value = evaluate(engine, frame, part)
          engine.offset = part.offset
          return str(value)
        })
        .join('')
    case 'compare':
      return evaluateCompare(engine, frame, node)
    case 'conditional':
      if (condition(engine, frame, node.test)) return evaluate(engine, frame, node.then)
      return node.otherwise === undefined
        ? located(engine, node.offset, new Undefined(noElse, { lenient: true }))
        : evaluate(engine, frame, node.otherwise)
    case 'attribute': {
      const target = evaluate(engine, frame, node.target)
      engine.offset = node.offset
      return located(engine, node.offset, attributeOf(target, node.name))
    }
    case 'item': {
      const target = evaluate(engine, frame, node.target)
      const key = evaluate(engine, frame, node.key)
      engine.offset = node.offset
      return located(engine, node.offset, itemOf(target, key))
    }
    case 'slice': {
      const target = evaluate(engine, frame, node.target)
      const [start, stop, step] = [node.start, node.stop, node.step].map((bound) =>
        bound === undefined ? null : evaluate(engine, frame, bound),
      )
      engine.offset = node.offset
      return sliceOf(target, start ?? null, stop ?? null, step ?? null)
    }
    case 'call': {
      const target = evaluate(engine, frame, node.target)
      const read = node.target.kind === 'name' && isLookup(node.target.name) ? evaluateTerm : evaluate
      const args = evaluateArguments(engine, frame, node.args, read)
      engine.offset = node.offset
      return call(target, args)
    }
    case 'filter': {
      const target = evaluate(engine, frame, node.target)
      const args = evaluateArguments(engine, frame, node.args)
      engine.offset = node.offset
      return engine.callFilter(node.name, target, args)
    }
    case 'test': {
      const target = evaluate(engine, frame, node.target)
      const args = evaluateArguments(engine, frame, node.args)
      engine.offset = node.offset
      return engine.callTest(node.name, target, args)
    }
    case 'body':
      return resolve(engine, frame, bodyName)
  }
}

const noElse = 'the inline if-expression evaluated to false and no else section was defined.'

/** An undefined value learns where it was written: the error it may cause later points there. */
function located(engine: Engine, offset: number, value: PyValue): PyValue {
  if (!(value instanceof Undefined) || value.origin !== undefined) return value
  return value.at({ template: engine.template, offset })
}

function isLookup(name: string): boolean {
  return name === 'lookup' || name === 'query' || name === 'q'
}

/**
 * A term of a lookup. People write templates inside its string literals (`lookup('file', '{{ dir }}/a')`), and Ansible
 * renders them. Only literals are: text that came from elsewhere, such as a host's output, must not run as a template.
 */
function evaluateTerm(engine: Engine, frame: Frame, node: Expression): PyValue {
  switch (node.kind) {
    case 'constant':
      return typeof node.value === 'string' ? engine.render(node.value) : node.value
    case 'list':
      return node.items.map((item) => evaluateTerm(engine, frame, item))
    case 'dict': {
      const dict = new PyDict()
      for (const [key, value] of node.entries)
        dictSet(dict, evaluate(engine, frame, key), evaluateTerm(engine, frame, value))
      return dict
    }
    default:
      return evaluate(engine, frame, node)
  }
}

/** The name under which a filter block's rendered body is bound; no template can spell it. */
export const bodyName = ' body'

/** The truth of an expression, as `if` and `not` see it. */
export function condition(engine: Engine, frame: Frame, node: Expression): boolean {
  return truth(evaluate(engine, frame, node))
}

export function call(target: PyValue, args: Args): PyValue {
  if (target instanceof PyCallable) return target.call(args)
  if (target instanceof PyThing && target.invoke !== undefined) return target.invoke(args)
  if (target instanceof Undefined) return failUndefined(target)
  throw new Fault(`'${typeName(target)}' object is not callable`)
}

function evaluateCompare(engine: Engine, frame: Frame, node: Expression & { readonly kind: 'compare' }): boolean {
  let left = evaluate(engine, frame, node.first)
  for (const { operator, operand } of node.rest) {
    const right = evaluate(engine, frame, operand)
    engine.offset = node.offset
    if (!compares(operator, left, right)) return false
    left = right
  }
  return true
}

export function compares(operator: CompareOperator, left: PyValue, right: PyValue): boolean {
  switch (operator) {
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case '<':
      return compare(left, right, operator) < 0
    case '<=':
      return compare(left, right, operator) <= 0
    case '>':
      return compare(left, right, operator) > 0
    case '>=':
      return compare(left, right, operator) >= 0
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
  }
}

export function evaluateArguments(
  engine: Engine,
  frame: Frame,
  args: readonly Argument[],
  read: typeof evaluate = evaluate,
): Args {
  if (args.length === 0) return noArgs
  const positional: PyValue[] = []
  const keywords = new Map<string, PyValue>()
  for (const argument of args) {
    const value = read(engine, frame, argument.value)
    if (argument.kind === 'positional') positional.push(value)
    else if (argument.kind === 'keyword') keywords.set(argument.name, value)
    else if (argument.kind === 'spread') positional.push(...iterate(value))
    else if (isDict(value)) for (const [key, item] of dictEntries(value)) keywords.set(str(key), item)
    else throw new Fault(`argument after ** must be a mapping, not ${typeName(value)}`)
  }
  return { positional, keywords }
}
