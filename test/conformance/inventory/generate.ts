import fc from 'fast-check'
import { toYaml } from '../../../src/template/yaml/emit.ts'
import type { Mapping, Value } from '../../../src/source/value.ts'
import type { Case } from './cases.ts'

/** One source as it is meant, whatever it is written in. Groups come after their parents, so that no circle arises. */
interface Model {
  readonly groups: readonly Group[]
  readonly loose: readonly Entry[]
}

interface Group {
  readonly name: string
  readonly hosts: readonly Entry[]
  readonly children: readonly number[]
  readonly vars: Mapping
}

interface Entry {
  readonly name: string
  readonly vars: Mapping
}

const groupNames = ['web', 'db', 'prod', 'eu', 'cache', 'web_front', 'k8s']
const hostNames = ['web1', 'db1', 'lone', 'a.example.com', '10.0.0.7', 'n[1:3]', 'x[a:c].lan', 'r[08:10]', 's[0:6:3]-z']
const variableNames = ['a', 'b', 'c', 'ansible_host', 'ansible_user', 'ansible_group_priority']
const single = ['web1', 'db1', 'lone', 'a.example.com', '10.0.0.7', 'n2', 'xb.lan', 'r09', 's3-z']

/** Inventories in every format with patterns over them; the same for the same seed. */
export function generate(count: number, seed: number): readonly Case[] {
  return fc.sample(cases, { numRuns: count, seed }).map((one, index) => ({ ...one, name: `generated ${index + 1}` }))
}

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -9, max: 99 }),
  fc.boolean(),
  fc.constantFrom<Value>(
    'text',
    'two words',
    '0644',
    'yes',
    '1.5',
    '',
    '{{ a }}',
    "it's",
    '#no',
    'None',
    'é',
    '[x',
    2.5,
  ),
)
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('k', 'l'), scalar, { maxKeys: 2, noNullPrototype: true }),
)

const variables: fc.Arbitrary<Mapping> = fc
  .array(fc.tuple(fc.constantFrom(...variableNames), value), { maxLength: 3 })
  .map((entries) =>
    Object.fromEntries(
      entries.map(([name, content]): [string, Value] => {
        if (name === 'ansible_group_priority') return [name, JSON.stringify(content).length]
        return [name, content]
      }),
    ),
  )
const hostVariables = variables.map((vars) =>
  Object.fromEntries(Object.entries(vars).filter(([name]) => name !== 'ansible_group_priority')),
)
const entry = fc.record({ name: fc.constantFrom(...hostNames), vars: hostVariables })
const entries = fc.uniqueArray(entry, { maxLength: 3, selector: ({ name }) => name })

const model: fc.Arbitrary<Model> = fc
  .uniqueArray(fc.constantFrom(...groupNames), { minLength: 1, maxLength: 5 })
  // In one order everywhere, so that no source makes a circle with another.
  .map((names) => groupNames.filter((name) => names.includes(name)))
  .chain((names) =>
    fc.record({
      groups: fc.tuple(
        ...names.map((name, index) =>
          fc.record({
            name: fc.constant(name),
            hosts: entries,
            children: fc.subarray(names.map((_, other) => other).filter((other) => other > index)),
            vars: variables,
          }),
        ),
      ),
      loose: entries,
    }),
  )

const format = fc.constantFrom('yaml', 'yaml-block', 'json', 'ini', 'ini', 'script')

const source = fc.tuple(model, format).map(([inventory, kind]) => write(inventory, kind))

function write(inventory: Model, kind: string): { readonly name: string; readonly text: string } {
  switch (kind) {
    case 'ini':
      return { name: 'hosts', text: asIni(inventory) }
    case 'script':
      return {
        name: 'script',
        text: `#!/bin/sh\n[ "$1" = --list ] || exit 1\ncat <<'END'\n${asScript(inventory)}\nEND\n`,
      }
    case 'json':
      return { name: 'hosts.json', text: JSON.stringify(asTree(inventory)) }
    case 'yaml':
      return { name: 'hosts.yml', text: toYaml(asTree(inventory), { flow: 'leaves', sortKeys: false }) }
    default:
      return { name: 'hosts.yaml', text: toYaml(asTree(inventory), { sortKeys: false }) }
  }
}

function asTree({ groups, loose }: Model): Mapping {
  const hostsOf = (list: readonly Entry[]): Mapping =>
    Object.fromEntries(list.map(({ name, vars }) => [name, Object.keys(vars).length > 0 ? vars : null]))
  const own = Object.fromEntries(
    groups.map(({ name, hosts, children, vars }) => [
      name,
      {
        ...(hosts.length > 0 && { hosts: hostsOf(hosts) }),
        ...(Object.keys(vars).length > 0 && { vars }),
        ...(children.length > 0 && {
          children: Object.fromEntries(children.map((index) => [groups[index]?.name ?? '', null])),
        }),
      },
    ]),
  )
  return loose.length > 0 ? { ungrouped: { hosts: hostsOf(loose) }, ...own } : own
}

function asIni({ groups, loose }: Model): string {
  const hostLine = ({ name, vars }: Entry) =>
    [name, ...Object.entries(vars).map(([key, content]) => `${key}=${inWord(content)}`)].join(' ')
  const sections = groups.map(({ name, hosts, children, vars }) =>
    [
      `[${name}]`,
      ...hosts.map(hostLine),
      ...(children.length > 0 ? [`[${name}:children]`, ...children.map((index) => groups[index]?.name ?? '')] : []),
      ...(Object.keys(vars).length > 0
        ? [`[${name}:vars]`, ...Object.entries(vars).map(([key, content]) => `${key} = ${literal(content)}`)]
        : []),
    ].join('\n'),
  )
  return `${[...loose.map(hostLine), ...sections].join('\n')}\n`
}

/** A value as INI has it; text as it is, so that it may well read as something else. */
function literal(content: Value): string {
  if (typeof content === 'string') return content
  if (content === true) return 'True'
  return content === false ? 'False' : JSON.stringify(content).replaceAll('true', 'True').replaceAll('false', 'False')
}

function inWord(content: Value): string {
  const text = literal(content)
  return /[\s'"#\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text
}

/** Scripts know no ranges. */
function asScript({ groups, loose }: Model): string {
  const plain = (list: readonly Entry[]) => list.filter(({ name }) => !name.includes('['))
  const all = [...loose, ...groups.flatMap(({ hosts }) => hosts)]
  return JSON.stringify({
    ...Object.fromEntries(
      groups.map(({ name, hosts, children, vars }) => [
        name,
        { hosts: plain(hosts).map((host) => host.name), children: children.map((index) => groups[index]?.name), vars },
      ]),
    ),
    ungrouped: plain(loose).map((host) => host.name),
    _meta: { hostvars: Object.fromEntries(plain(all).map(({ name, vars }) => [name, vars])) },
  })
}

const beside = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...['all', ...groupNames].map((name) => `group_vars/${name}.yml`)),
    fc.constantFrom('group_vars/all/x.yml', 'group_vars/all/y.yml', 'group_vars/web', 'group_vars/db.json'),
    fc.constantFrom(...single.map((name) => `host_vars/${name}.yml`)),
  ),
  hostVariables.map((vars) => JSON.stringify(vars)),
  { maxKeys: 4, noNullPrototype: true },
)

const atom = fc.oneof(
  fc.constantFrom(...groupNames.slice(0, 4), 'all', 'ungrouped', '*'),
  fc.constantFrom(...single),
  fc.constantFrom(
    'w*',
    '*1',
    'n?',
    'n[12]',
    '*.lan',
    'web*',
    '[!w]*',
    '*e*',
    '~n[0-9]',
    '~(web|db)\\d',
    '~.*\\.lan$',
    '~w',
  ),
  fc
    .tuple(
      fc.constantFrom('all', ...groupNames.slice(0, 4), 'n*'),
      fc.constantFrom('[0]', '[-1]', '[1]', '[0:1]', '[1:]', '[1:2]', '[0-2]'),
    )
    .map(([name, subscript]) => name + subscript),
)
const pattern = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('', '', '', '!', '&'), atom), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(':', ',', ', '),
  )
  .map(([parts, separator]) => parts.map((part) => part.join('')).join(separator))

const cases: fc.Arbitrary<Omit<Case, 'name'>> = fc
  .record({
    sources: fc.array(fc.tuple(source, beside), { minLength: 1, maxLength: 3 }),
    folder: fc.boolean(),
    playbook: fc.option(beside, { nil: undefined, freq: 2 }),
    patterns: fc.uniqueArray(pattern, { minLength: 4, maxLength: 5 }),
    limit: fc.option(pattern, { nil: undefined, freq: 4 }),
    exported: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  })
  .map(({ sources, folder, playbook, patterns, limit, exported }) => {
    const files: Record<string, string> = {}
    const paths = sources.map(([{ name, text }, vars], index) => {
      const dir = folder ? 'inv' : `inv${index}`
      const path = `${dir}/${folder ? index : ''}${name}`
      files[path] = text
      for (const [file, content] of Object.entries(vars)) files[`${dir}/${file}`] ??= content
      return path
    })
    for (const [file, content] of Object.entries(playbook ?? {})) files[`play/${file}`] = content
    for (const file of Object.keys(files))
      // A folder and a file of one name cannot be on one disk.
      if (file.includes('/group_vars/all/')) delete files[file.replace(/\/all\/.*/, '/all')]
    return {
      files,
      sources: folder ? ['inv'] : paths,
      patterns,
      ...(limit !== undefined && { limit }),
      ...(playbook && { playbookDir: 'play' }),
      ...(exported && { exported }),
    }
  })
