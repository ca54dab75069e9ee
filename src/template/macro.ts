import { mentions } from './analyse.ts'
import type { Body, Parameter } from './ast.ts'
import type { Args } from './call.ts'
import type { Engine, Frame } from './engine.ts'
import { Fault } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { renderBody } from './execute.ts'
import { childOf } from './names.ts'
import { or, PyCallable, PyDict, PyTuple, type PyValue, Undefined } from './values.ts'

interface Macro {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: Body
}

/** A macro as a value: its parameters are bound in a frame of their own, inside the one it was defined in. */
export function makeMacro(engine: Engine, frame: Frame, macro: Macro): PyCallable {
  const { template } = engine
  const run = (args: Args): PyValue => {
    const inner = childOf(frame)
    const caller = { template: engine.template, offset: engine.offset }
    checkArguments(macro, args)
    engine.template = template
    bindParameters(engine, inner, macro, args)
    const result = renderBody(engine, inner, macro.body)
    engine.template = caller.template
    engine.offset = caller.offset
    return result
  }
  return new PyCallable(macro.name, run, 'Macro')
}

/** More arguments than parameters are welcome only where the body uses `varargs` or `kwargs`. */
function checkArguments({ name, parameters, body }: Macro, args: Args): void {
  if (args.positional.length > parameters.length && !mentions(body, 'varargs'))
    throw new Fault(`macro '${name}' takes not more than ${parameters.length} argument(s)`)
  for (const key of args.keywords.keys())
    if (key !== 'caller' && !parameters.some((parameter) => parameter.name === key) && !mentions(body, 'kwargs'))
      throw new Fault(`macro '${name}' takes no keyword argument '${key}'`)
}

function bindParameters(engine: Engine, inner: Frame, { parameters }: Macro, args: Args): void {
  const keywords = new Map(args.keywords)
  inner.names.set(
    'caller',
    or(keywords.get('caller'), () => new Undefined('No caller defined', { name: 'caller' })),
  )
  for (const [index, { name, fallback }] of parameters.entries()) {
    const given = index < args.positional.length ? args.positional[index] : keywords.get(name)
    keywords.delete(name)
    if (given !== undefined) inner.names.set(name, given)
    else if (fallback !== undefined) inner.names.set(name, evaluate(engine, inner, fallback))
    else inner.names.set(name, new Undefined(`parameter '${name}' was not provided`, { name }))
  }
  keywords.delete('caller')
  inner.names.set('varargs', new PyTuple(args.positional.slice(parameters.length)))
  inner.names.set('kwargs', new PyDict(keywords))
}
