import type { Args } from './call.ts'
import { Fault } from './errors.ts'
import { equal } from './python/compare.ts'
import { or, PyCallable, PyThing, PyTuple, type PyValue, Undefined } from './values.ts'

/** The `loop` variable of a `for`. */
export class Loop extends PyThing {
  readonly typeName = 'LoopContext'
  index0 = 0
  readonly #items: readonly PyValue[]
  readonly #depth0: number
  /** Renders the loop's body over other items; undefined without the `recursive` marker. */
  readonly #recurse: ((items: PyValue) => PyValue) | undefined
  #lastChanged: PyTuple | undefined

  constructor(items: readonly PyValue[], depth0: number, recurse: ((items: PyValue) => PyValue) | undefined) {
    super()
    this.#items = items
    this.#depth0 = depth0
    this.#recurse = recurse
  }

  attribute(name: string): PyValue | undefined {
    const { length } = this.#items
    switch (name) {
      case 'index':
        return this.index0 + 1
      case 'index0':
        return this.index0
      case 'revindex':
        return length - this.index0
      case 'revindex0':
        return length - this.index0 - 1
      case 'first':
        return this.index0 === 0
      case 'last':
        return this.index0 === length - 1
      case 'length':
        return length
      case 'depth':
        return this.#depth0 + 1
      case 'depth0':
        return this.#depth0
      case 'previtem':
        return or(this.#items[this.index0 - 1], () => new Undefined('there is no previous item'))
      case 'nextitem':
        return or(this.#items[this.index0 + 1], () => new Undefined('there is no next item'))
      case 'cycle':
        return new PyCallable('cycle', ({ positional }) => {
          const value = positional[this.index0 % positional.length]
          if (value === undefined) throw new Fault('no items for cycling given')
          return value
        })
      case 'changed':
        return new PyCallable('changed', ({ positional }) => this.#changed(new PyTuple(positional)))
      default:
        return undefined
    }
  }

  text(): string {
    return `<LoopContext ${this.index0 + 1}/${this.#items.length}>`
  }

  override invoke(args: Args): PyValue {
    const [items] = args.positional
    if (this.#recurse === undefined)
      throw new Fault("The loop must have the 'recursive' marker to be called recursively.")
    return this.#recurse(items ?? [])
  }

  #changed(value: PyTuple): boolean {
    const changed = this.#lastChanged === undefined || !equal(this.#lastChanged, value)
    this.#lastChanged = value
    return changed
  }
}
