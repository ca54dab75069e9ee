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
  const ofGroups = groupLayers(parts)
  const host = (name: string) => hosts.get(name) ?? implicitHost(name, hosts)
  const required = (name: string): Host => {
    const found = host(name)
    if (!found) throw new Error(`there is no host ${name} in the inventory`)
    return found
  }
  const playbooks = (dir: string | undefined) => (dir === undefined ? [] : [besidePlaybook(parts, dir)])
  return {
    hosts,
    groups,
    sources,
    host,
    members: (group) => members(group),
    layers(name, playbookDir) {
      const found = required(name)
      const playbook = playbooks(playbookDir)
      return [...ofGroups(found.groups, playbook), ...hostLayers(found, parts, playbook)]
    },
    groupLayers: (name, playbookDir) => ofGroup(name, parts, playbooks(playbookDir)),
    hostLayers: (name, playbookDir) => hostLayers(required(name), parts, playbooks(playbookDir)),
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

type GroupLayers = (groups: readonly string[], playbook: readonly Adjacent[]) => readonly Layer[]

/**
 * Ansible's default order (`VARIABLE_PRECEDENCE`): first what the inventory itself says of `all` and of the groups,
 * then group_vars of `all` beside inventory and playbook, then group_vars of the groups beside inventory and playbook.
 * So group_vars/all beats a group's vars in the inventory file. Hosts in the same groups share the result.
 */
function groupLayers(parts: InventoryParts): GroupLayers {
  const { groups, besideSources } = parts
  const known = new WeakMap<readonly string[], Map<Adjacent | undefined, readonly Layer[]>>()
  const collect: GroupLayers = (names, playbook) => {
    const others = names.filter((name) => name !== 'all')
    const beside = (places: readonly Adjacent[], chosen: readonly string[], where: string) =>
      places.flatMap((place) =>
        chosen.flatMap((name) => layer(`${where} group_vars of ${name}`, place.groups.get(name))),
      )
    return [
      ...['all', ...others].flatMap((name) => layer(`inventory vars of group ${name}`, groups.get(name)?.vars)),
      ...beside(besideSources, ['all'], 'inventory'),
      ...beside(playbook, ['all'], 'playbook'),
      ...beside(besideSources, others, 'inventory'),
      ...beside(playbook, others, 'playbook'),
    ]
  }
  return (names, playbook) => {
    const byPlaybook = known.get(names) ?? new Map<Adjacent | undefined, readonly Layer[]>()
    known.set(names, byPlaybook)
    const layers = byPlaybook.get(playbook[0]) ?? collect(names, playbook)
    byPlaybook.set(playbook[0], layers)
    return layers
  }
}

/** What is said of one group alone, lowest first. */
function ofGroup(name: string, parts: InventoryParts, playbook: readonly Adjacent[]): readonly Layer[] {
  return [
    ...layer(`inventory vars of group ${name}`, parts.groups.get(name)?.vars),
    ...parts.besideSources.flatMap(({ groups }) => layer(`inventory group_vars of ${name}`, groups.get(name))),
    ...playbook.flatMap(({ groups }) => layer(`playbook group_vars of ${name}`, groups.get(name))),
  ]
}

/** The host's own variables, above those of its groups. */
function hostLayers(host: Host, parts: InventoryParts, playbook: readonly Adjacent[]): readonly Layer[] {
  const { name } = host
  return [
    ...layer(`inventory vars of host ${name}`, host.vars),
    ...parts.besideSources.flatMap(({ hosts }) => layer(`inventory host_vars of ${name}`, hosts.get(name))),
    ...playbook.flatMap(({ hosts }) => layer(`playbook host_vars of ${name}`, hosts.get(name))),
  ]
}

/** Nothing for no variables. */
function layer(name: string, vars: Variables | undefined): readonly Layer[] {
  return vars === undefined || vars.size === 0 ? [] : [{ name, vars }]
}

function besidePlaybook(parts: InventoryParts, playbookDir: string): Adjacent {
  const found = parts.besidePlaybooks.get(playbookDir)
  if (!found) throw new Error(`the inventory was loaded without the playbook folder ${playbookDir}`)
  return found
}
