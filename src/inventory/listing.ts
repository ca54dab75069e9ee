import { listVariables, type Listed, type Spelling } from './listed.ts'
import type { Group, Inventory } from './model.ts'
import { selectHosts } from './patterns.ts'

export interface ListingOptions<T> {
  readonly spelling: Spelling<T>
  /** Variables where they are set, instead of all that hold for a host: what a new inventory could be made of. */
  readonly exported: boolean
  readonly playbookDir?: string | undefined
  readonly limit?: string | undefined
}

type Tree<T> = Record<string, Listed<T>>

/** What `ansible-inventory --list` prints: every group with hosts and children, and all variables below `_meta`. */
export function listAsJson<T>(inventory: Inventory, options: ListingOptions<T>): Tree<T> {
  const hosts = selectHosts(inventory, 'all', { limit: options.limit })
  const chosen = new Set(hosts)
  const listing: Tree<T> = {}
  const seen = new Set(['all'])
  const addGroup = (group: Group): void => {
    const own = group.name === 'all' ? [] : group.hosts.filter((host) => chosen.has(host))
    const entry = filled<T>({ children: group.children, hosts: own, vars: groupVariables(inventory, group, options) })
    if (Object.keys(entry).length > 0) listing[group.name] = entry
    for (const child of childrenOf(inventory, group)) {
      if (seen.has(child.name)) continue
      seen.add(child.name)
      addGroup(child)
    }
  }
  const all = inventory.groups.get('all')
  if (all) addGroup(all)
  const hostvars = hosts.map((host) => [host, hostVariables(inventory, host, options)] as const)
  return {
    ...listing,
    _meta: { hostvars: Object.fromEntries(hostvars.filter(([, vars]) => Object.keys(vars).length > 0)) },
  }
}

/** What `ansible-inventory --list --yaml` prints: groups inside groups, a host's variables where it is first met. */
export function listAsYaml<T>(inventory: Inventory, options: ListingOptions<T>): Tree<T> {
  const chosen = new Set(selectHosts(inventory, 'all', { limit: options.limit }))
  const seen = new Set<string>()
  const treeOf = (group: Group): Tree<T> => {
    const children = Object.fromEntries(childrenOf(inventory, group).map((child) => [child.name, treeOf(child)]))
    const hosts: Tree<T> = {}
    for (const host of group.name === 'all' ? [] : group.hosts) {
      if (!chosen.has(host)) continue
      hosts[host] = seen.has(host) ? {} : hostVariables(inventory, host, options)
      seen.add(host)
    }
    return filled<T>({ children, hosts, vars: groupVariables(inventory, group, options) })
  }
  const all = inventory.groups.get('all')
  return all ? { all: treeOf(all) } : {}
}

/** All variables that hold for one host, or with `exported` those set for it alone. */
export function hostVariables<T>(inventory: Inventory, host: string, options: ListingOptions<T>): Tree<T> {
  const { exported, playbookDir, spelling } = options
  const layers = exported ? inventory.hostLayers(host, playbookDir) : inventory.layers(host, playbookDir)
  return listVariables(layers, spelling)
}

function groupVariables<T>(inventory: Inventory, group: Group, options: ListingOptions<T>): Tree<T> {
  return options.exported ? variablesOfGroup(inventory, group, options) : {}
}

export function variablesOfGroup<T>(
  inventory: Inventory,
  { name, priority }: Group,
  { playbookDir, spelling }: ListingOptions<T>,
): Tree<T> {
  const vars = listVariables(inventory.groupLayers(name, playbookDir), spelling)
  return priority === 1 ? vars : { ...vars, ansible_group_priority: priority }
}

export function childrenOf(inventory: Inventory, group: Group): readonly Group[] {
  return group.children.flatMap((name) => inventory.groups.get(name) ?? [])
}

/** Empty lists and mappings are left out. */
function filled<T>(parts: Tree<T>): Tree<T> {
  return Object.fromEntries(
    Object.entries(parts).filter(([, part]) => typeof part !== 'object' || Object.keys(part ?? {}).length > 0),
  )
}
