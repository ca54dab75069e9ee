import { bind, type Args, type Signature, type Bound } from './call.ts'
import type { Engine } from './engine.ts'
import { Fault } from './errors.ts'
import { runLookup } from './lookups/run.ts'
import { entriesFrom } from './methods/dict-methods.ts'
import { Namespace } from './namespace.ts'
import { dictSet } from './python/dict.ts'
import { now } from './python/datetime.ts'
import { iterate } from './python/iterate.ts'
import { str } from './python/repr.ts'
import { truth } from './python/truth.ts'
import { numberOf, PyCallable, PyDict, PyThing, type PyValue, typeName, Undefined } from './values.ts'

/** The functions every template has. A variable of the same name hides them, as in Ansible. */
export const globals: ReadonlyMap<string, (engine: Engine) => PyValue> = new Map([
  simple('range', ['start', 'stop?', 'step?'], ([start, stop, step]) => range(start, stop, step)),
  ['dict', () => new PyCallable('dict', makeDict, 'type')],
  ['namespace', () => new PyCallable('namespace', makeNamespace, 'type')],
  simple('now', ['utc?', 'fmt?'], ([utc, format]) => now(truth(utc ?? false), format)),
  simple(
    'undef',
    ['hint?'],
    ([hint]) =>
      new Undefined(
        hint === undefined || hint === null || hint === '' ? 'Mandatory variable has not been overridden' : str(hint),
      ),
  ),
  simple('joiner', ['sep?'], ([separator]) => new Joiner(separator === undefined ? ', ' : str(separator))),
  simple('cycler', ['*items'], ([items]) => new Cycler(items)),
  ['lookup', (engine) => new PyCallable('lookup', (args) => runLookup(engine, 'lookup', args))],
  ['query', (engine) => new PyCallable('query', (args) => runLookup(engine, 'query', args))],
  ['q', (engine) => new PyCallable('q', (args) => runLookup(engine, 'query', args))],
])

function simple<const S extends Signature>(
  name: string,
  signature: S,
  run: (args: Bound<S>) => PyValue,
): [string, (engine: Engine) => PyValue] {
  const callable = new PyCallable(name, (args) => run(bind(`${name}()`, signature, args)))
  return [name, () => callable]
}

function range(start: PyValue, stop: PyValue | undefined, step: PyValue | undefined): PyValue[] {
  const whole = (value: PyValue): number => {
    if (value instanceof Undefined) str(value)
    const number = numberOf(value)
    if (number === undefined || !Number.isInteger(number) || typeof value === 'object')
      throw new Fault(`'${typeName(value)}' object cannot be interpreted as an integer`)
    return number
  }
  const from = stop === undefined ? 0 : whole(start)
  const to = whole(stop ?? start)
  const stride = step === undefined ? 1 : whole(step)
  if (stride === 0) throw new Fault('range() arg 3 must not be zero')
  const size = Math.max(0, Math.ceil((to - from) / stride))
  if (size > 10_000_000) throw new Fault(`range() of ${size} numbers is too long`)
  return Array.from({ length: size }, (_, index) => from + index * stride)
}

function makeDict(args: Args): PyDict {
  const dict = new PyDict()
  for (const source of args.positional) for (const [key, value] of entriesFrom(source)) dictSet(dict, key, value)
  for (const [key, value] of args.keywords) dictSet(dict, key, value)
  return dict
}

function makeNamespace(args: Args): Namespace {
  return new Namespace([...makeDict(args).entries].map(([key, value]) => [str(key), value] as const))
}

/** Nothing at its first call, the separator at every later one. */
class Joiner extends PyThing {
  readonly typeName = 'Joiner'
  readonly #separator: string
  #used = false

  constructor(separator: string) {
    super()
    this.#separator = separator
  }

  attribute(): undefined {
    return undefined
  }

  text(): string {
    return '<Joiner>'
  }

  override invoke(): PyValue {
    const text = this.#used ? this.#separator : ''
    this.#used = true
    return text
  }
}

/** Cycles through its items by hand. */
class Cycler extends PyThing {
  readonly typeName = 'Cycler'
  readonly #items: readonly PyValue[]
  #position = 0

  constructor(items: readonly PyValue[]) {
    super()
    if (items.length === 0) throw new Fault('at least one item has to be provided')
    this.#items = iterate(items)
  }

  attribute(name: string): PyValue | undefined {
    if (name === 'current') return this.#items[this.#position] ?? null
    if (name === 'next')
      return new PyCallable('next', () => {
        const item = this.#items[this.#position] ?? null
        this.#position = (this.#position + 1) % this.#items.length
        return item
      })
    if (name === 'reset')
      return new PyCallable('reset', () => {
        this.#position = 0
        return null
      })
    return undefined
  }

  text(): string {
    return '<Cycler>'
  }
}
