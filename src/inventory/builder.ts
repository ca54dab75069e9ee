import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import type { Variable, Variables } from '../variables/load-variable.ts'
import { plainVariable } from '../variables/load-variable.ts'
import type { Group, Host } from './model.ts'

interface DraftGroup {
  readonly name: string
  readonly at: Position | undefined
  priority: number
  readonly parents: Set<string>
  readonly children: Set<string>
  readonly hosts: Set<string>
  readonly vars: Map<string, Variable>
}

interface DraftHost {
  readonly name: string
  readonly at: Position | undefined
  readonly groups: Set<string>
  readonly vars: Map<string, Variable>
}

/** Where a host was first met: its `inventory_file` and `inventory_dir`. */
export interface Origin {
  readonly file: string
  readonly dir: string
}

/**
 * Collects hosts and groups while sources are read, one after the other: later sources add to and override earlier
 * ones. The order of every set is that of its first mention, because the order of hosts in a run follows from it.
 */
export class InventoryBuilder {
  readonly #groups = new Map<string, DraftGroup>()
  readonly #hosts = new Map<string, DraftHost>()
  readonly #origins = new Map<Origin, Variables>()

  constructor() {
    this.addGroup('all')
    this.addGroup('ungrouped')
    this.addChild('all', 'ungrouped')
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name)
  }

  groupNames(): readonly string[] {
    return [...this.#groups.keys()]
  }

  hasHost(name: string): boolean {
    return this.#hosts.has(name)
  }

  addGroup(name: string, at?: Position): void {
    if (this.#groups.has(name)) return
    const sets = { parents: new Set<string>(), children: new Set<string>(), hosts: new Set<string>() }
    this.#groups.set(name, { name, at, priority: 1, ...sets, vars: new Map() })
  }

  /** The port counts only where the host is first named, as in Ansible. */
  addHost(name: string, group: string, origin: Origin, at?: Position, port?: number): void {
    if (name === '') throw new UserError('a host name is empty', { at })
    if (!this.#hosts.has(name)) {
      const vars = new Map(this.#originVars(origin))
      if (port !== undefined) vars.set('ansible_port', plainVariable(port, at))
      this.#hosts.set(name, { name, at, groups: new Set(), vars })
    }
    this.#group(group).hosts.add(name)
    this.#host(name).groups.add(group)
  }

  #originVars(origin: Origin): Variables {
    const known = this.#origins.get(origin)
    if (known) return known
    const vars = new Map([
      ['inventory_file', plainVariable(origin.file)],
      ['inventory_dir', plainVariable(origin.dir)],
    ])
    this.#origins.set(origin, vars)
    return vars
  }

  addChild(parent: string, child: string, at?: Position): void {
    if (parent === child || this.#ancestors(parent).has(child))
      throw new UserError(`the group '${child}' cannot be a child of '${parent}', which is inside it`, { at })
    this.#group(parent).children.add(child)
    this.#group(child).parents.add(parent)
  }

  setGroupVariable(group: string, name: string, variable: Variable): void {
    if (name === 'ansible_group_priority') this.#group(group).priority = priority(variable)
    else this.#group(group).vars.set(name, variable)
  }

  setHostVariable(host: string, name: string, variable: Variable): void {
    this.#host(host).vars.set(name, variable)
  }

  finish(): { readonly hosts: ReadonlyMap<string, Host>; readonly groups: ReadonlyMap<string, Group> } {
    for (const group of this.#groups.values()) {
      if (group.name !== 'all' && group.parents.size === 0) this.addChild('all', group.name)
    }
    for (const host of this.#hosts.values()) this.#settleUngrouped(host)
    const depths = this.#depths()
    const groups = new Map<string, Group>()
    for (const draft of this.#groups.values()) {
      groups.set(draft.name, {
        name: draft.name,
        at: draft.at,
        depth: depths.get(draft.name) ?? 0,
        priority: draft.priority,
        parents: [...draft.parents],
        children: [...draft.children],
        hosts: [...draft.hosts],
        vars: draft.vars,
      })
    }
    const hosts = new Map<string, Host>()
    const sorted = new Map<string, readonly string[]>()
    for (const { name, at, vars, groups: direct } of this.#hosts.values()) {
      // Hosts of one kind are in the same groups: sort each combination once.
      const combination = [...direct].join('\0')
      const known = sorted.get(combination) ?? byPrecedence([...this.#withAncestors(direct)], groups)
      sorted.set(combination, known)
      hosts.set(name, { name, at, implicit: false, vars, groups: known })
    }
    return { hosts, groups }
  }

  /** `ungrouped` holds exactly the hosts that are in no other group but `all`. */
  #settleUngrouped(host: DraftHost): void {
    const others = [...this.#withAncestors(host.groups)].some((name) => name !== 'all' && name !== 'ungrouped')
    const ungrouped = this.#group('ungrouped')
    if (others) {
      ungrouped.hosts.delete(host.name)
      host.groups.delete('ungrouped')
    } else {
      ungrouped.hosts.add(host.name)
      host.groups.add('ungrouped')
    }
  }

  #withAncestors(groups: ReadonlySet<string>): ReadonlySet<string> {
    const all = new Set(groups)
    for (const name of groups) for (const ancestor of this.#ancestors(name)) all.add(ancestor)
    return all
  }

  #ancestors(name: string): ReadonlySet<string> {
    const found = new Set<string>()
    const pending = [...this.#group(name).parents]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (found.has(next)) continue
      found.add(next)
      pending.push(...this.#group(next).parents)
    }
    return found
  }

  #depths(): ReadonlyMap<string, number> {
    const depths = new Map<string, number>()
    const depth = (name: string): number => {
      const known = depths.get(name)
      if (known !== undefined) return known
      const parents = [...this.#group(name).parents].map(depth)
      const found = parents.length === 0 ? 0 : Math.max(...parents) + 1
      depths.set(name, found)
      return found
    }
    for (const name of this.#groups.keys()) depth(name)
    return depths
  }

  #group(name: string): DraftGroup {
    const group = this.#groups.get(name)
    if (!group) throw new Error(`the group ${name} was not added`)
    return group
  }

  #host(name: string): DraftHost {
    const host = this.#hosts.get(name)
    if (!host) throw new Error(`the host ${name} was not added`)
    return host
  }
}

/** Weakest first: a variable of a later group replaces one of an earlier group. */
export function byPrecedence(names: readonly string[], groups: ReadonlyMap<string, Group>): readonly string[] {
  const rank = (name: string) => groups.get(name) ?? { depth: 0, priority: 1 }
  return [...names].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    return left.depth - right.depth || left.priority - right.priority || (a < b ? -1 : a > b ? 1 : 0)
  })
}

function priority({ value, at }: Variable): number {
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'string' ? parseInteger(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return Math.trunc(number)
  throw new UserError('ansible_group_priority must be a whole number', { at })
}

function parseInteger(text: string): number | undefined {
  return /^\s*[-+]?\d+\s*$/.test(text) ? Number(text) : undefined
}
