import { PyThing, type PyValue } from './values.ts'

/** Jinja's `namespace()`: the one thing whose attributes a template can set from inside a loop. */
export class Namespace extends PyThing {
  readonly typeName = 'Namespace'
  readonly names: Map<string, PyValue>

  constructor(names: Iterable<readonly [string, PyValue]>) {
    super()
    this.names = new Map(names)
  }

  attribute(name: string): PyValue | undefined {
    return this.names.get(name)
  }

  text(): string {
    return '<Namespace>'
  }
}

/** What a template exports when it is imported: its macros and top-level names. */
export class Module extends PyThing {
  readonly typeName = 'TemplateModule'
  readonly #names: ReadonlyMap<string, PyValue>
  readonly #output: string

  constructor(names: ReadonlyMap<string, PyValue>, output: string) {
    super()
    this.#names = names
    this.#output = output
  }

  attribute(name: string): PyValue | undefined {
    return this.#names.get(name)
  }

  text(): string {
    return this.#output
  }
}
