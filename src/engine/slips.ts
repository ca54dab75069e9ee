import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Inventory } from '../inventory/model.ts'
import type { Play, Playbook } from '../playbook/playbook.ts'
import type { Position } from '../source/position.ts'
import { editDistance } from '../source/suggest.ts'
import type { Warning } from '../source/warning.ts'
import { references } from '../template/render.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'

/**
 * Variables that are set but used nowhere, and are one slip away from one that is used: `alowed_tcp_ports` would
 * silently leave the ports as they were. A name counts as used wherever it stands in a play, a role or a template.
 */
export function findSlips(
  playbooks: readonly Playbook[],
  inventory: Inventory | undefined,
  extra: Variables,
): readonly Warning[] {
  const plays = playbooks.flatMap((playbook) => playbook.plays)
  const set = setVariables(plays, inventory, extra)
  const { used, mentioned } = usedNames(plays, set.values())
  const slips: Warning[] = []
  for (const [name, { at }] of set) {
    if (used.has(name) || mentioned.has(name) || name.startsWith('ansible_')) continue
    const meant = [...used].find((candidate) => isOneSlip(name, candidate))
    if (meant !== undefined)
      slips.push({ message: `the variable '${name}' is used nowhere`, at, hint: `did you mean '${meant}'?` })
  }
  return slips
}

/** One letter too many, missing, wrong or swapped; `web1_port` beside `web2_port` is no slip. */
export function isOneSlip(name: string, candidate: string): boolean {
  if (name.length < 5 || Math.abs(name.length - candidate.length) > 1) return false
  if (name.replace(/\d/g, '') === candidate.replace(/\d/g, '')) return false
  return editDistance(name, candidate) === 1 || name.toLowerCase() === candidate.toLowerCase()
}

interface Setting {
  readonly at: Position | undefined
  readonly variable: Variable
}

/** Every name with one place where it is set: what one reads from top to bottom first. */
function setVariables(
  plays: readonly Play[],
  inventory: Inventory | undefined,
  extra: Variables,
): ReadonlyMap<string, Setting> {
  const set = new Map<string, Setting>()
  const seen = new Set<Variables>()
  const add = (variables: Variables) => {
    if (seen.has(variables)) return
    seen.add(variables)
    for (const [name, variable] of variables) if (!set.has(name)) set.set(name, { at: variable.at, variable })
  }
  add(extra)
  for (const play of plays)
    for (const variables of [play.vars, ...play.roles.map(({ params }) => params)]) add(variables)
  if (inventory === undefined) return set
  const dirs = new Set(plays.map(({ file }) => dirname(file)))
  for (const dir of dirs) {
    for (const group of inventory.groups.keys()) for (const { vars } of inventory.groupLayers(group, dir)) add(vars)
    for (const host of inventory.hosts.keys()) for (const { vars } of inventory.hostLayers(host, dir)) add(vars)
  }
  for (const name of ['inventory_file', 'inventory_dir']) set.delete(name)
  return set
}

interface Names {
  /** Read by a template or a condition, or an argument or a default of a role. */
  readonly used: ReadonlySet<string>
  /** Standing anywhere in a task: perhaps read, perhaps not. */
  readonly mentioned: ReadonlySet<string>
}

const EXPRESSIONS = ['when', 'until', 'changedWhen', 'failedWhen', 'that', 'var', 'over']

function usedNames(plays: readonly Play[], set: Iterable<Setting>): Names {
  const used = new Set<string>()
  const mentioned = new Set<string>()
  const texts = new Set<string>()
  const read = (text: string, expression: boolean) => {
    if (texts.has(text)) return
    texts.add(text)
    if (/\{[{%]/.test(text)) for (const name of references(text)) used.add(name)
    else if (expression) for (const name of references(text, 'expression')) used.add(name)
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) mentioned.add(word)
  }
  const walk = (value: unknown, key: string, visited: Set<object>): void => {
    if (typeof value === 'string') return read(value, EXPRESSIONS.includes(key))
    if (typeof value !== 'object' || value === null || visited.has(value)) return
    visited.add(value)
    // A list's items stand for its key; `{value, at}` holds what a keyword was given.
    if (Array.isArray(value)) for (const item of value) walk(item, key, visited)
    else if (value instanceof Map)
      for (const { value: inner } of (value as Variables).values()) walk(inner, '', visited)
    else
      for (const [name, inner] of Object.entries(value)) {
        if (name === 'at' || name === 'node' || name === 'argsNode' || name === 'role' || name === 'file') continue
        walk(inner, name === 'value' ? key : name, visited)
      }
  }
  const visited = new Set<object>()
  for (const play of plays) {
    walk({ ...play, roles: [] }, '', visited)
    for (const role of play.roles) {
      walk([role.defaults, role.vars, role.params], '', visited)
      for (const name of [...role.defaults.keys(), ...(role.argumentSpec?.options.keys() ?? [])]) used.add(name)
    }
    for (const dir of [dirname(play.file), ...play.roles.map((role) => role.dir)])
      for (const text of textsBelow(join(dir, 'templates'))) read(text, false)
  }
  for (const { variable } of set) walk(variable.value, '', visited)
  return { used, mentioned }
}

const MAX_TEMPLATE = 1_000_000

/** The text files of a folder and those below it; nothing when there is none. */
function textsBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .filter((text) => text.length < MAX_TEMPLATE && !text.includes('\0'))
  } catch {
    // What cannot be read is told of where it is used.
    return []
  }
}
