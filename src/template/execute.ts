import type { Body, Expression, Statement, Target } from './ast.ts'
import type { Engine, Frame } from './engine.ts'
import { Fault } from './errors.ts'
import { bodyName, call, condition, evaluate, evaluateArguments } from './evaluate.ts'
import { fromImport, importTemplate, include } from './include.ts'
import { executeBlock } from './inherit.ts'
import { Loop } from './loop.ts'
import { makeMacro } from './macro.ts'
import { childOf, outermost, resolve } from './names.ts'
import { Namespace } from './namespace.ts'
import { yieldsFinalText } from './final-text.ts'
import { Output } from './output.ts'
import { iterate } from './python/iterate.ts'
import type { PyValue } from './values.ts'

/** Runs a body and returns what it put out, as a value where the engine reads literals. */
export function renderBody(engine: Engine, frame: Frame, body: Body): PyValue {
  const output = new Output(engine.literals)
  execute(engine, frame, body, output)
  return engine.literals ? output.asValue() : output.asText()
}

/** Runs statements in order; their output is added to `output`. */
export function execute(engine: Engine, frame: Frame, body: Body, output: Output): void {
  for (const statement of body) executeStatement(engine, frame, statement, output)
}

function executeStatement(engine: Engine, frame: Frame, node: Statement, output: Output): void {
  switch (node.kind) {
    case 'text':
      output.text(node.text)
      return
    case 'output': {
      const value = chosen(engine, frame, node.value)
      output.value(evaluate(engine, frame, value), yieldsFinalText(engine, frame, value))
      return
    }
    case 'if': {
      const taken = node.branches.find(({ test }) => condition(engine, frame, test))
      execute(engine, frame, taken?.body ?? node.otherwise, output)
      return
    }
    case 'for':
      loopOver(engine, frame, node, evaluate(engine, frame, node.iterable), 0, output)
      return
    case 'set':
      assign(engine, frame, node.target, evaluate(engine, frame, node.value))
      if (node.target.kind === 'name' && yieldsFinalText(engine, frame, node.value)) frame.texts.add(node.target.name)
      return
    case 'setBlock':
      assign(engine, frame, node.target, renderFiltered(engine, frame, node.body, node.filter))
      return
    case 'with': {
      const inner = childOf(frame)
      for (const { target, value } of node.bindings) assign(engine, inner, target, evaluate(engine, frame, value))
      execute(engine, inner, node.body, output)
      return
    }
    case 'macro':
      frame.names.set(node.name, makeMacro(engine, frame, node))
      return
    case 'call': {
      const caller = makeMacro(engine, frame, { name: 'caller', parameters: node.parameters, body: node.body })
      const target = evaluate(engine, frame, node.call.target)
      const { positional, keywords } = evaluateArguments(engine, frame, node.call.args)
      engine.offset = node.call.offset
      output.value(call(target, { positional, keywords: new Map([...keywords, ['caller', caller]]) }))
      return
    }
    case 'filterBlock':
      output.value(renderFiltered(engine, frame, node.body, node.filter))
      return
    case 'include':
      include(engine, frame, node, output)
      return
    case 'import':
      frame.names.set(node.name, importTemplate(engine, frame, node))
      return
    case 'fromImport':
      fromImport(engine, frame, node)
      return
    case 'block':
      executeBlock(engine, node.scoped ? frame : outermost(frame), node.name, 0, output)
      return
    case 'extends':
      throw new Fault('{% extends %} must stand at the top of a template')
  }
}

/** The branch that conditional expressions lead to. */
function chosen(engine: Engine, frame: Frame, node: Expression): Expression {
  if (node.kind !== 'conditional' || node.otherwise === undefined) return node
  return chosen(engine, frame, condition(engine, frame, node.test) ? node.then : node.otherwise)
}

type For = Statement & { readonly kind: 'for' }

function loopOver(engine: Engine, frame: Frame, node: For, iterable: PyValue, depth0: number, output: Output): void {
  engine.offset = node.iterable.offset
  const { filter } = node
  const all = iterate(iterable)
  const items =
    filter === undefined ? all : all.filter((item) => condition(engine, bind(engine, frame, node, item), filter))
  const recurse = (inner: PyValue): PyValue => {
    const nested = new Output(engine.literals)
    loopOver(engine, frame, node, inner, depth0 + 1, nested)
    return nested.asText()
  }
  const loop = new Loop(items, depth0, node.recursive ? recurse : undefined)
  for (const [index, item] of items.entries()) {
    // A fresh frame for each item: what the body sets is gone with it.
    const inner = bind(engine, frame, node, item)
    loop.index0 = index
    inner.names.set('loop', loop)
    execute(engine, inner, node.body, output)
  }
  if (items.length === 0) execute(engine, childOf(frame), node.otherwise, output)
}

function bind(engine: Engine, frame: Frame, node: For, item: PyValue): Frame {
  const inner = childOf(frame)
  assign(engine, inner, node.target, item)
  return inner
}

function assign(engine: Engine, frame: Frame, target: Target, value: PyValue): void {
  switch (target.kind) {
    case 'name':
      frame.names.set(target.name, value)
      frame.texts.delete(target.name)
      return
    case 'attribute': {
      engine.offset = target.offset
      const namespace = resolve(engine, frame, target.namespace)
      if (!(namespace instanceof Namespace)) throw new Fault('cannot assign attribute on non-namespace object')
      namespace.names.set(target.name, value)
      return
    }
    case 'tuple': {
      engine.offset = target.offset
      const items = iterate(value)
      if (items.length !== target.items.length)
        throw new Fault(
          items.length < target.items.length
            ? `not enough values to unpack (expected ${target.items.length}, got ${items.length})`
            : `too many values to unpack (expected ${target.items.length})`,
        )
      for (const [index, inner] of target.items.entries()) assign(engine, frame, inner, items[index] ?? null)
    }
  }
}

/** A rendered body, put through the filters written after its tag. */
function renderFiltered(engine: Engine, frame: Frame, body: Body, filter: Expression | undefined): PyValue {
  const inner = childOf(frame)
  const rendered = renderBody(engine, inner, body)
  if (filter === undefined) return rendered
  inner.names.set(bodyName, rendered)
  return evaluate(engine, inner, filter)
}
