import { UndefinedVariable } from './errors.ts'
import type { Engine, Frame } from './engine.ts'
import { globals } from './globals.ts'
import { isList, isPlainMapping, or, PyDict, type PyValue, Undefined } from './values.ts'

export function childOf(parent: Frame): Frame {
  return { names: new Map(), texts: new Set(), parent, isolated: parent.isolated }
}

export function rootFrame(isolated = false): Frame {
  return { names: new Map(), texts: new Set(), parent: undefined, isolated }
}

/** The frame of the whole template. */
export function outermost(frame: Frame): Frame {
  let outer = frame
  while (outer.parent !== undefined) outer = outer.parent
  return outer
}

/** The value of a name: bound in the template, a variable, or one of Jinja's own functions, in this order. */
export function resolve(engine: Engine, frame: Frame, name: string): PyValue {
  const bound = frameOf(frame, name)?.names.get(name)
  if (bound !== undefined) return bound
  if (frame.isolated) return fromGlobals(engine, frame, name)
  const known = engine.fetched.get(name)
  if (known !== undefined) return known
  const value = or(fetch(engine, name), () => fromGlobals(engine, frame, name))
  engine.fetched.set(name, value)
  return value
}

/** The frame that binds the name; undefined for a variable. */
export function frameOf(frame: Frame, name: string): Frame | undefined {
  let inner: Frame | undefined = frame
  while (inner !== undefined && !inner.names.has(name)) inner = inner.parent
  return inner
}

function fromGlobals(engine: Engine, frame: Frame, name: string): PyValue {
  return or(globals.get(name)?.(engine), () => undefinedName(engine, frame, name))
}

function fetch(engine: Engine, name: string): PyValue | undefined {
  try {
    const value = engine.context.scope.get(name)
    return value !== undefined && engine.template.mutates && !shared.has(name) ? thaw(value) : value
  } catch (error) {
    if (!(error instanceof UndefinedVariable)) throw error
    // A variable whose own template is undefined counts as undefined until it is used.
    return new Undefined(error.message, { name, cause: error })
  }
}

/** All variables of all hosts: too many to copy, and nobody changes them in place. */
const shared: ReadonlySet<string> = new Set(['hostvars', 'groups', 'vars'])

/** A copy that methods may change in place. */
function thaw(value: PyValue): PyValue {
  if (isList(value)) return value.map(thaw)
  if (isPlainMapping(value)) return new PyDict(Object.entries(value).map(([key, item]) => [key, thaw(item)] as const))
  return value
}

function undefinedName(engine: Engine, frame: Frame, name: string): Undefined {
  return new Undefined(`'${name}' is undefined`, { name, candidates: () => visibleNames(engine, frame) })
}

export function* visibleNames(engine: Engine, frame: Frame): Iterable<string> {
  for (let inner: Frame | undefined = frame; inner !== undefined; inner = inner.parent) yield* inner.names.keys()
  if (!frame.isolated) yield* engine.context.scope.names()
  yield* globals.keys()
}
