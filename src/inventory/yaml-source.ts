import { UserError } from '../errors.ts'
import { throwAll } from '../source/collect.ts'
import { describe } from '../source/issues.ts'
import { get, keyText } from '../source/node.ts'
import type { Entry, MappingNode, Node } from '../source/node.ts'
import { didYouMean } from '../source/suggest.ts'
import { variableOf } from '../variables/load-variable.ts'
import type { InventoryBuilder, Origin } from './builder.ts'
import { expandHostPattern } from './ranges.ts'

const SECTIONS = ['hosts', 'vars', 'children']

interface Reading {
  readonly builder: InventoryBuilder
  readonly origin: Origin
  readonly encrypted: boolean
  /** Everything wrong with the file, to be reported together. */
  readonly errors: UserError[]
}

/**
 * Adds a YAML inventory: top-level keys are groups, each with `hosts`, `vars` and `children`. Unlike Ansible, which
 * skips what it does not know, an unknown key is an error: it is usually a slip that would lose hosts or variables.
 */
export function addYamlInventory(root: Node, builder: InventoryBuilder, origin: Origin, encrypted: boolean): void {
  if (root.kind !== 'mapping')
    throw new UserError(`a YAML inventory must be a mapping of groups, this is ${describe(root)}`, {
      at: root.at,
      hint: 'begin with all: and put hosts: below it',
    })
  const plugin = get(root, 'plugin')
  if (plugin)
    throw new UserError('this is the configuration of an inventory plugin, which Sallyport does not have', {
      at: plugin.at,
      hint: 'use an executable inventory script, or save the output of ansible-inventory --list --yaml',
    })
  const reading: Reading = { builder, origin, encrypted, errors: [] }
  for (const entry of root.entries) addGroup(entry, reading, true)
  throwAll(reading.errors)
}

function addGroup({ key, value }: Entry, reading: Reading, topLevel: boolean): string | undefined {
  const { builder, errors } = reading
  if (typeof key.value !== 'string' || key.value === '') {
    errors.push(
      new UserError(`the name of a group must be text, not ${describe(key)}`, { at: key.at, hint: 'quote it' }),
    )
    return undefined
  }
  const name = key.value
  builder.addGroup(name, key.at)
  if (isEmpty(value)) return name
  if (value.kind !== 'mapping') {
    errors.push(
      new UserError(`the group '${name}' must be a mapping with hosts, vars or children, not ${describe(value)}`, {
        at: value.at,
        hint: value.kind === 'sequence' ? `write the hosts below ${name}: hosts:, each as name:` : undefined,
      }),
    )
    return name
  }
  for (const entry of value.entries) addSection(name, entry, reading, topLevel)
  return name
}

function addSection(group: string, { key, value }: Entry, reading: Reading, topLevel: boolean): void {
  switch (keyText(key)) {
    case 'hosts':
      for (const host of entriesOf(value, `the hosts of '${group}'`, reading)) addHosts(group, host, reading)
      break
    case 'children':
      for (const child of entriesOf(value, `the children of '${group}'`, reading)) {
        const name = addGroup(child, reading, false)
        if (name !== undefined) reading.builder.addChild(group, name, child.key.at)
      }
      break
    case 'vars':
      for (const { key: name, value: variable } of entriesOf(value, `the vars of '${group}'`, reading, false))
        reading.builder.setGroupVariable(group, keyText(name), variableOf(variable, name.at, reading.encrypted))
      break
    default:
      reading.errors.push(unknownKey(group, { key, value }, topLevel))
  }
}

function unknownKey(group: string, { key }: Entry, topLevel: boolean): UserError {
  const name = keyText(key)
  const suggestion = didYouMean(name, SECTIONS)
  const misplaced = topLevel && SECTIONS.includes(group)
  return new UserError(`unknown key '${name}' in the group '${group}'`, {
    at: key.at,
    hint: misplaced
      ? `a top-level ${group}: is a group of that name; put it below all:`
      : suggestion === undefined
        ? 'a group has hosts, vars and children; a variable belongs below vars, a group below children'
        : `did you mean '${suggestion}'?`,
  })
}

function addHosts(group: string, { key, value }: Entry, reading: Reading): void {
  const { builder, origin, encrypted, errors } = reading
  if (typeof key.value !== 'string') {
    errors.push(
      new UserError(`the name of a host must be text, not ${describe(key)}`, { at: key.at, hint: 'quote it' }),
    )
    return
  }
  if (/\s/.test(key.value)) {
    errors.push(
      new UserError(`'${key.value}' is not the name of a host`, { at: key.at, hint: 'end each name with a colon' }),
    )
    return
  }
  const vars = isEmpty(value) ? [] : value.kind === 'mapping' ? value.entries : undefined
  if (vars === undefined) {
    errors.push(
      new UserError(`the variables of host '${key.value}' must be a mapping, not ${describe(value)}`, { at: value.at }),
    )
    return
  }
  const { names, port } = expandHostPattern(key.value, key.at)
  const variables = vars.map((entry) => [keyText(entry.key), variableOf(entry.value, entry.key.at, encrypted)] as const)
  for (const name of names) {
    builder.addHost(name, group, origin, key.at, port)
    for (const [variable, content] of variables) builder.setHostVariable(name, variable, content)
  }
}

/** The entries of a section. A single name may stand without a colon: `hosts: web1`. */
function entriesOf(value: Node, what: string, reading: Reading, nameAllowed = true): MappingNode['entries'] {
  if (isEmpty(value)) return []
  if (value.kind === 'mapping') return value.entries
  if (nameAllowed && value.kind === 'scalar' && typeof value.value === 'string')
    return [{ key: value, value: { kind: 'scalar', at: value.at, value: null, style: 'plain' } }]
  reading.errors.push(
    new UserError(`${what} must be a mapping, not ${describe(value)}`, {
      at: value.at,
      hint: value.kind === 'sequence' && nameAllowed ? 'write each as name: instead of - name' : undefined,
    }),
  )
  return []
}

function isEmpty(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null
}
