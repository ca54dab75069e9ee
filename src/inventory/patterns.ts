import { readFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { didYouMean } from '../source/suggest.ts'
import { ignoreWarnings } from '../source/warning.ts'
import type { Warn } from '../source/warning.ts'
import { splitPattern } from './pattern-syntax.ts'
import { globExpression, regularExpression, splitSubscript, subscripted } from './pattern-syntax.ts'
import { LOCALHOST_NAMES } from './model.ts'
import type { Inventory } from './model.ts'

export interface SelectOptions {
  /** As `--limit`: only hosts that this selects as well. `@FILE` reads one pattern a line. */
  readonly limit?: string | undefined
  readonly warn?: Warn
  /** Where the pattern is written, for errors about it. */
  readonly at?: Position | undefined
}

/**
 * The hosts a pattern selects, in Ansible's order. Patterns are separated by `,` or `:`; `!x` takes away, `&x` keeps
 * only what is also in x; each is a group, a host, a wildcard, `~regex`, or one with a subscript as `web[0]`,
 * `web[1:3]`, `web[-1]`. An empty group selects nothing.
 * @throws UserError for a name that is neither a host nor a group, also behind `!`, where a slip would widen the run
 */
export function selectHosts(
  inventory: Inventory,
  pattern: string | readonly string[],
  options: SelectOptions = {},
): readonly string[] {
  const selected = evaluate(inventory, splitAll(pattern), options)
  if (options.limit === undefined) return selected
  const patterns = splitPattern(options.limit).flatMap((part) =>
    part.startsWith('@') ? readPatterns(part.slice(1)) : [part],
  )
  const limited = new Set(evaluate(inventory, patterns, { ...options, at: undefined }))
  return selected.filter((host) => limited.has(host))
}

function splitAll(pattern: string | readonly string[]): readonly string[] {
  return typeof pattern === 'string' ? splitPattern(pattern) : pattern.flatMap(splitPattern)
}

function readPatterns(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  } catch {
    throw new UserError(`there is no readable limit file ${file}`, { hint: '--limit @FILE reads one pattern a line' })
  }
}

/** Whatever their order, plain patterns come first, then `&`, then `!`; without plain ones they start from all. */
function evaluate(inventory: Inventory, patterns: readonly string[], options: SelectOptions): readonly string[] {
  const plain = patterns.filter((part) => !/^[!&]/.test(part))
  const selected = new Set(
    (plain.length === 0 ? ['all'] : plain).flatMap((part) => resolvePattern(inventory, part, options)),
  )
  for (const part of patterns.filter((part) => part.startsWith('&'))) {
    const kept = new Set(resolvePattern(inventory, part.slice(1), options))
    for (const host of selected) if (!kept.has(host)) selected.delete(host)
  }
  for (const part of patterns.filter((part) => part.startsWith('!'))) {
    for (const host of resolvePattern(inventory, part.slice(1), options)) selected.delete(host)
  }
  return [...selected]
}

function resolvePattern(inventory: Inventory, pattern: string, options: SelectOptions): readonly string[] {
  if (inventory.hosts.has(pattern)) return [pattern]
  const { expression, subscript } = splitSubscript(pattern)
  const matches = matching(inventory, expression, pattern, options)
  const result = subscript === undefined || matches.length === 0 ? matches : subscripted(matches, subscript)
  if (result) return result
  throw new UserError(
    `the pattern '${pattern}' asks for more hosts than '${expression}' has (${matches.length})`,
    options,
  )
}

/** Groups by that name, and hosts where no group has it or the expression can match several names. */
function matching(
  inventory: Inventory,
  expression: string,
  pattern: string,
  options: SelectOptions,
): readonly string[] {
  const { warn = ignoreWarnings } = options
  const isRegex = expression.startsWith('~')
  const matches = isRegex ? regularExpression(expression.slice(1), options.at) : globExpression(expression)
  const groups = [...inventory.groups.keys()].filter(matches)
  const several = isRegex || /[.?*[]/.test(expression)
  const hosts = groups.length === 0 || several ? [...inventory.hosts.keys()].filter(matches) : []
  const found = [...new Set([...groups.flatMap((group) => inventory.members(group)), ...hosts])]
  if (found.length > 0 || groups.length > 0) return found
  const implicit = LOCALHOST_NAMES.includes(expression) ? inventory.host(expression) : undefined
  if (implicit) return [implicit.name]
  if (isRegex || /[?*[]/.test(expression))
    warn({ message: `no host and no group matches '${pattern}'`, at: options.at })
  else throw unknownName(inventory, expression, options.at)
  return []
}

function unknownName(inventory: Inventory, name: string, at: Position | undefined): UserError {
  const suggestion = didYouMean(name, [...inventory.groups.keys(), ...inventory.hosts.keys()])
  return new UserError(`there is no host and no group '${name}' in the inventory`, {
    at,
    hint: suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
  })
}
