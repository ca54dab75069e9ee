import type { Variables } from '../variables/load-variable.ts'
import { plainVariable } from '../variables/load-variable.ts'
import type { Adjacent } from './adjacent.ts'
import { LOCALHOST_NAMES } from './model.ts'
import type { Group, Host, Inventory, Layer } from './model.ts'

export interface InventoryParts {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, Group>
  readonly sources: readonly string[]
  /** What stands beside each source, in the order of the sources. */
  readonly besideSources: readonly Adjacent[]
  readonly besidePlaybooks: ReadonlyMap<string, Adjacent>
}

export function createInventory(parts: InventoryParts): Inventory {
  const { hosts, groups, sources } = parts
  const members = memberLists(groups)
  const host = (name: string) => hosts.get(name) ?? implicitHost(name, hosts)
  return {
    hosts,
    groups,
    sources,
    host,
    members: (group) => members(group),
    layers(name, playbookDir) {
      const found = host(name)
      if (!found) throw new Error(`there is no host ${name} in the inventory`)
      return layersOf(found, parts, playbookDir)
    },
  }
}

/** The first of an inventory's own names for this machine stands for all of them. */
function implicitHost(name: string, hosts: ReadonlyMap<string, Host>): Host | undefined {
  if (!LOCALHOST_NAMES.includes(name)) return undefined
  for (const own of hosts.keys()) if (LOCALHOST_NAMES.includes(own)) return hosts.get(own)
  const vars: Variables = new Map([['ansible_connection', plainVariable('local')]])
  return { name, at: undefined, implicit: true, vars, groups: ['all'] }
}

/** Breadth first from the group, every host once: the order Ansible runs in. */
function memberLists(groups: ReadonlyMap<string, Group>): (group: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (name) => {
    const found = known.get(name) ?? collectMembers(name, groups)
    known.set(name, found)
    return found
  }
}

function collectMembers(name: string, groups: ReadonlyMap<string, Group>): readonly string[] {
  const queue = new Set([name])
  const hosts = new Set<string>()
  // A Set also visits what is added while it is walked.
  for (const next of queue) {
    const group = groups.get(next)
    for (const host of group?.hosts ?? []) hosts.add(host)
    for (const child of group?.children ?? []) queue.add(child)
  }
  return [...hosts]
}

/**
 * Ansible's default order (`VARIABLE_PRECEDENCE`): first what the inventory itself says of `all` and of the groups,
 * then group_vars of `all` beside inventory and playbook, then group_vars of the groups beside inventory and playbook,
 * then the host's own. So group_vars/all beats a group's vars in the inventory file.
 */
function layersOf(host: Host, parts: InventoryParts, playbookDir: string | undefined): readonly Layer[] {
  const playbook = playbookDir === undefined ? [] : [besidePlaybook(parts, playbookDir)]
  const groups = host.groups.filter((name) => name !== 'all')
  const inFile = (name: string): Layer => ({
    name: `inventory vars of group ${name}`,
    vars: parts.groups.get(name)?.vars ?? new Map(),
  })
  const groupVars = (places: readonly Adjacent[], names: readonly string[], where: string) =>
    places.flatMap(({ groups: found }) => names.map((name) => layer(`${where} group_vars of ${name}`, found.get(name))))
  const hostVars = (places: readonly Adjacent[], where: string) =>
    places.map(({ hosts: found }) => layer(`${where} host_vars of ${host.name}`, found.get(host.name)))
  return [
    inFile('all'),
    ...groups.map(inFile),
    ...groupVars(parts.besideSources, ['all'], 'inventory'),
    ...groupVars(playbook, ['all'], 'playbook'),
    ...groupVars(parts.besideSources, groups, 'inventory'),
    ...groupVars(playbook, groups, 'playbook'),
    layer(`inventory vars of host ${host.name}`, host.vars),
    ...hostVars(parts.besideSources, 'inventory'),
    ...hostVars(playbook, 'playbook'),
  ].filter(({ vars }) => vars.size > 0)
}

function layer(name: string, vars: Variables = new Map()): Layer {
  return { name, vars }
}

function besidePlaybook(parts: InventoryParts, playbookDir: string): Adjacent {
  const found = parts.besidePlaybooks.get(playbookDir)
  if (!found) throw new Error(`the inventory was loaded without the playbook folder ${playbookDir}`)
  return found
}
