import type { core } from 'zod'
import { UserError } from '../errors.ts'
import { locateKey, nodeAt } from './locate.ts'
import { keyText } from './node.ts'
import type { Node } from './node.ts'
import { didYouMean } from './suggest.ts'

type Issue = core.$ZodIssue

/** The keys that are known at a path; the path is that of the mapping. */
export type KnownKeys = readonly string[] | ((path: readonly PropertyKey[]) => readonly string[] | undefined)

/**
 * What zod found wrong, in plain words and at its place in the file. Each unknown key is an error of its own.
 * @param what names the thing as its author would: `play`, `task 'Install rsyslog'`, `the arguments of copy`
 * @param knownKeys for "did you mean"
 */
export function issuesToErrors(
  issues: readonly Issue[],
  node: Node,
  what: string,
  knownKeys: KnownKeys = [],
): readonly UserError[] {
  return issues.flatMap((issue) => issueToErrors(issue, node, what, knownKeys))
}

function issueToErrors(issue: Issue, node: Node, what: string, knownKeys: KnownKeys): readonly UserError[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.path, node, what, knownKeys))
    case 'invalid_union':
      return unionErrors(issue, node, what, knownKeys)
    case 'invalid_type':
      return [isMissing(issue, node) ? missing(issue, node, what) : wrong(issue, node, what, expectation(issue))]
    case 'invalid_value':
      return [wrongChoice(issue, node, what)]
    case 'too_small':
    case 'too_big':
      return [wrong(issue, node, what, limit(issue))]
    case 'invalid_key':
      return [error(issue, locateKey(node, issue.path), what, issue.issues.map(({ message }) => message).join('; '))]
    default:
      return [error(issue, nodeAt(node, issue.path).at, what, issue.message)]
  }
}

function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  node: Node,
  what: string,
  knownKeys: KnownKeys,
): UserError {
  const known = typeof knownKeys === 'function' ? (knownKeys(path) ?? []) : path.length === 0 ? knownKeys : []
  const suggestion = didYouMean(key, known)
  const few = known.length > 0 && known.length <= 12 ? `the keys here are ${known.join(', ')}` : undefined
  return new UserError(`unknown key '${key}' in ${within(path, what)}`, {
    at: locateKey(node, [...path, key]),
    hint: suggestion === undefined ? few : `did you mean '${suggestion}'?`,
  })
}

function isMissing(issue: Issue, node: Node): boolean {
  const name = issue.path.at(-1)
  const parent = nodeAt(node, issue.path.slice(0, -1))
  return (
    parent.kind === 'mapping' && !parent.entries.some(({ key }) => keyText(key) === String(name)) && name !== undefined
  )
}

function missing(issue: Issue, node: Node, what: string): UserError {
  const parent = issue.path.slice(0, -1)
  return new UserError(`'${String(issue.path.at(-1))}' is missing in ${within(parent, what)}`, {
    at: nodeAt(node, parent).at,
  })
}

function wrong(issue: Issue, node: Node, what: string, expected: string): UserError {
  const found = nodeAt(node, issue.path)
  return error(issue, found.at, what, `expected ${expected}, got ${describe(found)}`)
}

function wrongChoice(issue: core.$ZodIssueInvalidValue, node: Node, what: string): UserError {
  if (isMissing(issue, node)) return missing(issue, node, what)
  const found = nodeAt(node, issue.path)
  // A schema that explains a choice in its own words knows better.
  if (!/^Invalid (option|input)/.test(issue.message)) return error(issue, found.at, what, issue.message)
  const choices = issue.values.map(String)
  const suggestion = found.kind === 'scalar' ? didYouMean(String(found.value), choices) : undefined
  const expected = choices.length === 1 ? `'${choices.join('')}'` : `one of ${choices.join(', ')}`
  return error(issue, found.at, what, `expected ${expected}, got ${describe(found)}`, suggestion)
}

function error(issue: Issue, at: UserError['at'], what: string, message: string, suggestion?: string): UserError {
  return new UserError(`${subject(issue.path, what)}: ${message}`, {
    at,
    hint: suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
  })
}

/**
 * Of several alternatives the one the author had in mind is the one that got furthest; when all fail at once, say
 * what any of them would take.
 */
function unionErrors(
  issue: core.$ZodIssueInvalidUnion,
  node: Node,
  what: string,
  knownKeys: KnownKeys,
): readonly UserError[] {
  const branches = issue.errors.map((branch) =>
    branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
  )
  const depth = (branch: readonly Issue[]) =>
    Math.max(0, ...branch.map(({ path, code }) => path.length * 2 + (code === 'invalid_type' ? 0 : 1)))
  const deepest = Math.max(0, ...branches.map(depth))
  const best = branches.find((branch) => depth(branch) === deepest && branch.length > 0)
  if (best && deepest > issue.path.length * 2) return issuesToErrors(best, node, what, knownKeys)
  const expected = branches.flat().flatMap((inner) => (inner.code === 'invalid_type' ? [expectation(inner)] : []))
  if (expected.length === 0) return [error(issue, nodeAt(node, issue.path).at, what, issue.message)]
  if (isMissing(issue, node)) return [missing(issue, node, what)]
  return [wrong(issue, node, what, alternatives([...new Set(expected)]))]
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  map: 'a mapping',
  null: 'nothing',
  undefined: 'nothing',
}

function expectation(issue: core.$ZodIssueInvalidType): string {
  return EXPECTED[issue.expected] ?? issue.expected
}

function limit(issue: core.$ZodIssueTooSmall | core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small'
  const bound = Number(small ? issue.minimum : issue.maximum)
  const words = `${small ? 'at least' : 'at most'} ${bound}`
  if (issue.origin === 'string') return small && bound === 1 ? 'text that is not empty' : `text of ${words} characters`
  if (issue.origin === 'array' || issue.origin === 'set')
    return small && bound === 1 ? 'a list that is not empty' : `a list of ${words} items`
  const exclusive = issue.inclusive === false
  return exclusive ? `a number ${small ? 'above' : 'below'} ${bound}` : `a number of ${words}`
}

/** What stands at a place, as one would say it; never a secret's text. */
export function describe(node: Node): string {
  if (node.kind === 'sequence') return node.items.length === 0 ? 'an empty list' : 'a list'
  if (node.kind === 'mapping') return 'a mapping'
  if (node.tag === 'vault' || node.tag === 'secret') return 'a secret'
  if (node.value === null) return 'nothing'
  if (typeof node.value !== 'string') return `${typeof node.value === 'number' ? 'the number ' : ''}${node.value}`
  const text = node.value.length > 40 ? `${node.value.slice(0, 39)}…` : node.value
  return text === '' ? 'empty text' : `text '${text.replaceAll('\n', '\\n')}'`
}

function subject(path: readonly PropertyKey[], what: string): string {
  return path.length === 0 ? what : dotted(path)
}

function within(path: readonly PropertyKey[], what: string): string {
  return path.length === 0 ? what : `'${dotted(path)}' of ${what}`
}

/** `roles[0].name` */
export function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  )
}
