import type { Mapping, Value } from '../source/value.ts'
import type { Args } from './call.ts'
import type { Template } from './template.ts'

/**
 * What an expression can produce while a template runs. Plain JSON-like values stand for themselves; an integral number
 * is a Python int, a fractional one a Python float. Everything that JSON lacks is an instance of `PyObject`, so that a
 * variable's mapping can never be mistaken for one, whatever its keys are.
 *
 * Limits: ints are exact up to 2^53, and a float with an integral value (`5.0`) survives only inside a template: as a
 * plain `Value` it is the number 5.
 */
export type PyValue = null | boolean | number | string | readonly PyValue[] | PlainMapping | PyObject

/** A mapping that came from outside (variables, JSON, YAML); never changed in place. */
export type PlainMapping = { readonly [key: string]: PyValue }

export abstract class PyObject {
  /** Python's type name, for messages and `type_debug`. */
  abstract readonly typeName: string
}

/** A float whose value is integral (`10 / 2`): a bare number would print as an int. */
export class PyFloat extends PyObject {
  readonly typeName = 'float'
  readonly value: number

  constructor(value: number) {
    super()
    this.value = value
  }
}

export class PyTuple extends PyObject {
  readonly typeName = 'tuple'
  readonly items: readonly PyValue[]
  /** A named tuple's fields (`groupby` yields `grouper` and `list`). */
  readonly fields: readonly string[]

  constructor(items: readonly PyValue[], fields: readonly string[] = []) {
    super()
    this.items = items
    this.fields = fields
  }
}

/** A dict made inside a template: ordered whatever its keys are, and changeable by `.update()` and friends. */
export class PyDict extends PyObject {
  readonly typeName = 'dict'
  readonly entries: Map<PyValue, PyValue>

  constructor(entries: Iterable<readonly [PyValue, PyValue]> = []) {
    super()
    this.entries = new Map(entries)
  }
}

/** Something with attributes but no items: `loop`, a namespace, an imported template, a date. */
export abstract class PyThing extends PyObject {
  abstract attribute(name: string): PyValue | undefined
  /** How it prints. */
  abstract text(): string

  /** What calling it gives; undefined where it cannot be called. */
  invoke?(args: Args): PyValue

  truth(): boolean {
    return true
  }

  /** What `+` and `-` make of it and another value; undefined for nothing. */
  combine?(operator: '+' | '-', other: PyValue): PyValue | undefined

  /** A number by which things of its type compare (dates); undefined for what has no order. */
  order(): number | undefined {
    return undefined
  }
}

export class PyCallable extends PyObject {
  readonly typeName: string
  readonly name: string
  readonly call: (args: Args) => PyValue

  constructor(name: string, call: (args: Args) => PyValue, typeName = 'function') {
    super()
    this.name = name
    this.call = call
    this.typeName = typeName
  }
}

/** The absent variable or attribute: harmless until something other than `default`, `is defined` & co. touches it. */
export class Undefined extends PyObject {
  readonly typeName = 'AnsibleUndefined'
  readonly message: string
  /** The variable's or attribute's name where one is known. */
  readonly name: string | undefined
  /** The names that would have been right, for "did you mean". */
  readonly candidates: () => Iterable<string>
  /** The error that made a variable's own template undefined; thrown again on use, it points at the true place. */
  readonly cause: Error | undefined
  /** Where in which template it was written. */
  readonly origin: Origin | undefined
  /** Prints as nothing, is false and empty: what `x if y` yields without an `else`, as Jinja has it. */
  readonly lenient: boolean

  constructor(message: string, about: UndefinedDetails = {}) {
    super()
    this.message = message
    this.name = about.name
    this.candidates = about.candidates ?? (() => [])
    this.cause = about.cause
    this.origin = about.origin
    this.lenient = about.lenient ?? false
  }

  /** The same, as found at another place. */
  at(origin: Origin): Undefined {
    return new Undefined(this.message, { ...this, origin })
  }
}

export interface UndefinedDetails {
  readonly name?: string | undefined
  readonly candidates?: (() => Iterable<string>) | undefined
  readonly cause?: Error | undefined
  readonly origin?: Origin | undefined
  readonly lenient?: boolean
}

export interface Origin {
  readonly template: Template
  readonly offset: number
}

export function isPlainMapping(value: PyValue): value is PlainMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PyObject)
}

export function isDict(value: PyValue): value is PlainMapping | PyDict {
  return value instanceof PyDict || isPlainMapping(value)
}

export function isList(value: PyValue): value is readonly PyValue[] {
  return Array.isArray(value)
}

/** The items of a list or tuple; undefined for everything else. */
export function itemsOf(value: PyValue): readonly PyValue[] | undefined {
  if (isList(value)) return value
  return value instanceof PyTuple ? value.items : undefined
}

/** The number behind an int, float or bool (Python's bool is an int); undefined for everything else. */
export function numberOf(value: PyValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return value instanceof PyFloat ? value.value : undefined
}

export function isFloat(value: PyValue): boolean {
  return value instanceof PyFloat || (typeof value === 'number' && !Number.isInteger(value))
}

/** A number as a Python float. */
export function float(value: number): PyValue {
  return Number.isInteger(value) ? new PyFloat(value) : value
}

/** The value if there is one. Unlike `??`, this takes null for what it is: Python's None, a value like any other. */
export function or(value: PyValue | undefined, fallback: () => PyValue): PyValue {
  return value === undefined ? fallback() : value
}

/** Python's type name of a value. */
export function typeName(value: PyValue): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (isList(value)) return 'list'
  return value instanceof PyObject ? value.typeName : 'dict'
}

/** A value as the rest of the program knows it: tuples become lists, keys strings, things their text. */
export function toValue(value: PyValue, textOf: (value: PyValue) => string): Value {
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map((item) => toValue(item, textOf))
  if (value instanceof PyTuple) return value.items.map((item) => toValue(item, textOf))
  if (value instanceof PyFloat) return value.value
  if (value instanceof PyDict)
    return mappingFrom([...value.entries].map(([key, item]) => [keyText(key, textOf), toValue(item, textOf)]))
  if (value instanceof PyObject) return textOf(value)
  return mappingFrom(Object.keys(value).map((key) => [key, toValue(value[key] ?? null, textOf)]))
}

/** A plain mapping in which even a key named `__proto__` is only a key. */
export function mappingFrom(entries: Iterable<readonly [string, Value]>): Mapping {
  return Object.fromEntries(entries)
}

function keyText(key: PyValue, textOf: (value: PyValue) => string): string {
  // As JSON does it: {1: …}, {true: …} and {null: …} have the keys "1", "true" and "null".
  return key === null || typeof key === 'boolean' ? String(key) : textOf(key)
}
