import { statementBodies } from './analyse.ts'
import type { Body, Statement } from './ast.ts'
import type { BlockSource, Engine, Frame } from './engine.ts'
import { execute } from './execute.ts'
import { load, within } from './include.ts'
import { childOf } from './names.ts'
import { Output } from './output.ts'
import { PyCallable, Undefined } from './values.ts'
import type { Template } from './template.ts'

/** Runs a whole template; one that extends another puts its blocks into that one's output. */
export function executeTemplate(engine: Engine, frame: Frame, template: Template, output: Output): void {
  if (!template.inherits) {
    execute(engine, frame, template.body, output)
    return
  }
  for (const block of blocksIn(template.body)) {
    const known = engine.blocks.get(block.name) ?? []
    engine.blocks.set(block.name, [...known, { template, body: block.body }])
  }
  const at = template.body.findIndex(({ kind }) => kind === 'extends')
  const extending = template.body[at]
  if (extending?.kind !== 'extends') {
    execute(engine, frame, template.body, output)
    return
  }
  execute(engine, frame, template.body.slice(0, at), output)
  const parent = load(engine, frame, extending, false)
  // What follows only defines names and blocks: its output goes nowhere.
  const rest = template.body.slice(at + 1).filter(({ kind }) => kind !== 'block')
  execute(engine, frame, rest, new Output(false))
  if (parent !== undefined) within(engine, parent, () => executeTemplate(engine, frame, parent, output))
}

/** Runs a block: the version of the template that extends most, `super()` being the next one. */
export function executeBlock(engine: Engine, frame: Frame, name: string, depth: number, output: Output): void {
  const sources: readonly BlockSource[] = engine.blocks.get(name) ?? []
  const source = sources[depth]
  if (source === undefined) return
  const inner = childOf(frame)
  const above = new PyCallable('super', () => {
    const text = new Output(engine.literals)
    executeBlock(engine, frame, name, depth + 1, text)
    return engine.literals ? text.asValue() : text.asText()
  })
  const none = new Undefined(`there is no parent block called '${name}'.`, { name: 'super' })
  inner.names.set('super', depth + 1 < sources.length ? above : none)
  within(engine, source.template, () => execute(engine, inner, source.body, output))
}

type Block = Statement & { readonly kind: 'block' }

function blocksIn(body: Body): readonly Block[] {
  return body.flatMap((node): readonly Block[] => {
    const inner = statementBodies(node).flatMap(blocksIn)
    return node.kind === 'block' ? [node, ...inner] : inner
  })
}
