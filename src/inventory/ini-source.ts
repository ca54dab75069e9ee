import { UserError } from '../errors.ts'
import { throwAll } from '../source/collect.ts'
import { splitLines } from '../source/lines.ts'
import type { Position } from '../source/position.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Warn } from '../source/warning.ts'
import type { Variable } from '../variables/load-variable.ts'
import type { InventoryBuilder, Origin } from './builder.ts'
import { parseLiteral } from './python-literal.ts'
import { expandHostPattern } from './ranges.ts'
import { splitWords } from './shell-words.ts'

type Section = 'hosts' | 'vars' | 'children'

interface Reading {
  readonly builder: InventoryBuilder
  readonly origin: Origin
  readonly encrypted: boolean
  readonly warn: Warn
  /** Groups that were named before they were declared, with the parents that wait for them. */
  readonly awaited: Map<string, Awaited>
  /** Groups that `[NAME:vars]` alone has mentioned so far. */
  readonly onlyVars: Map<string, Position>
  group: string
  section: Section
}

interface Awaited {
  readonly at: Position
  readonly parents: string[]
}

const HEADER = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/
const NAME = /^([^:\]\s]+)\s*(?:#.*)?$/

/** Adds an inventory in Ansible's INI format: `[group]`, `[group:vars]`, `[group:children]`; hosts may come first. */
export function addIniInventory(
  text: string,
  builder: InventoryBuilder,
  origin: Origin,
  encrypted: boolean,
  warn: Warn,
): void {
  const reading: Reading = {
    builder,
    origin,
    encrypted,
    warn,
    awaited: new Map(),
    onlyVars: new Map(),
    group: 'ungrouped',
    section: 'hosts',
  }
  const errors: UserError[] = []
  splitLines(text).forEach((line, index) => {
    const content = line.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) return
    try {
      addLine(content, { file: origin.file, line: index + 1, column: line.indexOf(content) + 1 }, reading)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(error)
    }
  })
  throwAll([...errors, ...undeclared(reading)])
}

function addLine(content: string, at: Position, reading: Reading): void {
  const header = HEADER.exec(content)
  if (header) beginSection(header[1] ?? '', header[2] ?? 'hosts', at, reading)
  else if (content.startsWith('[') && content.endsWith(']'))
    throw new UserError(`'${content}' is not a section`, {
      at,
      hint: 'a section is [GROUP], [GROUP:vars] or [GROUP:children], without spaces',
    })
  else if (reading.section === 'hosts') addHosts(content, at, reading)
  else if (reading.section === 'vars') addVariable(content, at, reading)
  else addChild(content, at, reading)
}

function beginSection(group: string, section: string, at: Position, reading: Reading): void {
  if (section !== 'hosts' && section !== 'vars' && section !== 'children') {
    const suggestion = didYouMean(section, ['vars', 'children', 'hosts'])
    throw new UserError(`unknown kind of section '${section}'`, {
      at: { ...at, column: at.column + group.length + 2 },
      hint: suggestion === undefined ? 'it can be vars or children' : `did you mean '${suggestion}'?`,
    })
  }
  reading.group = group
  reading.section = section
  const { builder, awaited, onlyVars } = reading
  if (!builder.hasGroup(group)) {
    if (section === 'vars' && !awaited.has(group)) onlyVars.set(group, at)
    builder.addGroup(group, at)
  }
  if (section === 'vars') return
  onlyVars.delete(group)
  for (const parent of awaited.get(group)?.parents ?? []) builder.addChild(parent, group, awaited.get(group)?.at)
  awaited.delete(group)
}

function addHosts(content: string, at: Position, { builder, group, origin, encrypted, warn }: Reading): void {
  const words = splitWords(content)
  if (typeof words === 'string') throw new UserError(words, { at })
  const [first, ...assignments] = words
  if (!first) return
  if (first.text.endsWith(':'))
    throw new UserError(`'${first.text}' ends with a colon`, {
      at,
      hint: 'in an INI inventory a port follows the colon',
    })
  if (first.text === '---')
    throw new UserError('--- begins a YAML file, this is read as INI', { at, hint: 'give the file the extension .yml' })
  const { names, port } = expandHostPattern(first.text, at)
  const variables = assignments.map(({ text, start }) => {
    const place = { ...at, column: at.column + start }
    const equals = text.indexOf('=')
    if (equals < 0)
      throw new UserError(`'${text}' is not a variable`, {
        at: place,
        hint: 'after the host each word is name=value, without spaces around =; quote a value with spaces',
      })
    return [text.slice(0, equals), iniVariable(text.slice(equals + 1), place, encrypted, warn)] as const
  })
  for (const name of names) {
    builder.addHost(name, group, origin, at, port)
    for (const [variable, value] of variables) builder.setHostVariable(name, variable, value)
  }
}

function addVariable(content: string, at: Position, { builder, group, encrypted, warn }: Reading): void {
  const equals = content.indexOf('=')
  if (equals < 0) throw new UserError(`'${content}' is not a variable`, { at, hint: 'write it as name = value' })
  const value = content.slice(equals + 1).trim()
  builder.setGroupVariable(group, content.slice(0, equals).trim(), iniVariable(value, at, encrypted, warn))
}

function addChild(content: string, at: Position, { builder, group, awaited }: Reading): void {
  const child = NAME.exec(content)?.[1]
  if (child === undefined)
    throw new UserError(`'${content}' is not the name of a group`, { at, hint: 'write one group on each line' })
  if (builder.hasGroup(child)) builder.addChild(group, child, at)
  else {
    const waiting = awaited.get(child) ?? { at, parents: [] }
    waiting.parents.push(group)
    awaited.set(child, waiting)
  }
}

function iniVariable(text: string, at: Position, encrypted: boolean, warn: Warn): Variable {
  const value = parseLiteral(text)
  if (typeof value === 'number' && /^[-+]?[\d_]+\.0*$/.test(text))
    warn({ message: `${text} is read as ${value}`, at, hint: `write "'${text}'" if the text is meant` })
  return { value: value === undefined ? text : value, at, ...(encrypted && { secret: true as const }) }
}

function undeclared({ awaited, onlyVars, builder }: Reading): readonly UserError[] {
  const missing = [...awaited].map(([name, { at }]) => ({ name, at, what: 'child' as const }))
  const orphans = [...onlyVars].map(([name, at]) => ({ name, at, what: 'vars' as const }))
  return [...missing, ...orphans].map(({ name, at, what }) => {
    const suggestion = didYouMean(
      name,
      builder.groupNames().filter((known) => !onlyVars.has(known)),
    )
    const message =
      what === 'child'
        ? `the child group '${name}' is not declared`
        : `[${name}:vars] is for a group that is not declared`
    return new UserError(message, {
      at,
      hint: suggestion === undefined ? `declare it with [${name}]` : `did you mean '${suggestion}'?`,
    })
  })
}
