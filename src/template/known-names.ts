import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { allExpressions } from './analyse.ts'
import type { Body, Expression } from './ast.ts'
import { didYouMean, Fault } from './errors.ts'
import { filters, refusedFilters, shortName } from './filters/filters.ts'
import { noFilters, type OwnFilters } from './filters/own.ts'
import { lookups, refusedLookups } from './lookups/lookups.ts'
import { TemplateSyntaxError } from './syntax-error.ts'
import { tests } from './tests/tests.ts'

export function unknownFilter(name: string, own: OwnFilters = noFilters): Fault {
  return unknown('filter', name, own.size === 0 ? filters : new Map([...filters, ...own]), refusedFilters)
}

export function unknownTest(name: string): Fault {
  return unknown('test', name, tests, new Map())
}

export function unknownLookup(name: string): Fault {
  return unknown('lookup', name, lookups, refusedLookups)
}

/** Throws a `UserError` at `at` unless there is a lookup of this name. */
export function checkLookup(name: string, at: Position): void {
  if (lookups.has(shortName(name))) return
  const { message, hint } = unknownLookup(name)
  throw new UserError(message, { at, hint })
}

function unknown(
  kind: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
  refused: ReadonlyMap<string, string>,
): Fault {
  const short = shortName(name)
  const reason = refused.get(short)
  if (reason !== undefined) return new Fault(`the ${kind} '${name}' is not supported: ${reason}`)
  const collection = short.includes('.') ? 'only what ansible-core itself has is available' : undefined
  return new Fault(`unknown ${kind} '${name}'`, collection ?? didYouMean(short, () => known.keys()))
}

/** Throws `TemplateSyntaxError` at the first filter, test or lookup of a template that does not exist. */
export function checkNames(body: Body, own: OwnFilters = noFilters): void {
  for (const node of allExpressions(body))
    for (const { name, offset, known, complain } of namesIn(node))
      if (!known.has(shortName(name)) && !(known === filters && own.has(name))) {
        const { message, hint } = complain(name, own)
        throw new TemplateSyntaxError(message, offset, hint)
      }
}

interface Use {
  readonly name: string
  readonly offset: number
  readonly known: ReadonlyMap<string, unknown>
  readonly complain: (name: string, own?: OwnFilters) => Fault
}

/** What a node names: itself, and what it applies by a name in quotes (`map('upper')`, `lookup('env')`). */
function namesIn(node: Expression): readonly Use[] {
  switch (node.kind) {
    case 'filter': {
      const own = { name: node.name, offset: node.offset, known: filters, complain: unknownFilter }
      const applies = appliers.get(shortName(node.name))
      return applies === undefined ? [own] : [own, ...quoted(node, applies.position, applies.known, applies.complain)]
    }
    case 'test':
      return [{ name: node.name, offset: node.offset, known: tests, complain: unknownTest }]
    case 'call':
      return node.target.kind === 'name' && /^(?:lookup|query|q)$/.test(node.target.name)
        ? quoted(node, 0, lookups, unknownLookup)
        : []
    default:
      return []
  }
}

/** Filters that apply what one of their arguments names. */
const appliers = new Map<string, { position: number } & Pick<Use, 'known' | 'complain'>>([
  ['map', { position: 0, known: filters, complain: unknownFilter }],
  ['select', { position: 0, known: tests, complain: unknownTest }],
  ['reject', { position: 0, known: tests, complain: unknownTest }],
  ['selectattr', { position: 1, known: tests, complain: unknownTest }],
  ['rejectattr', { position: 1, known: tests, complain: unknownTest }],
])

function quoted(
  node: Expression & { readonly kind: 'filter' | 'call' },
  position: number,
  known: Use['known'],
  complain: Use['complain'],
): readonly Use[] {
  const argument = node.args[position]
  if (argument?.kind !== 'positional' || argument.value.kind !== 'constant') return []
  const { value, offset } = argument.value
  return typeof value === 'string' ? [{ name: value, offset, known, complain }] : []
}
