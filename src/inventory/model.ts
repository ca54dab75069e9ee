import type { Position } from '../source/position.ts'
import type { Variables } from '../variables/load-variable.ts'

export interface Host {
  readonly name: string
  /** Where it is first named; unknown for hosts of scripts and host lists. */
  readonly at: Position | undefined
  /** `localhost` that no inventory names: it is reached without a connection and is not part of `all`. */
  readonly implicit: boolean
  /** Set beside the host in the inventory, `inventory_file` and `inventory_dir` included; not host_vars. */
  readonly vars: Variables
  /** Every group it is in, ancestors and `all` included, by depth, then priority, then name: weakest first. */
  readonly groups: readonly string[]
}

export interface Group {
  readonly name: string
  readonly at: Position | undefined
  /** The longest way down from `all`, which is 0. */
  readonly depth: number
  /** `ansible_group_priority`; decides between groups of one depth. */
  readonly priority: number
  readonly parents: readonly string[]
  readonly children: readonly string[]
  /** Its own hosts, not those of its children. */
  readonly hosts: readonly string[]
  /** Set in the inventory itself; not group_vars. */
  readonly vars: Variables
}

/** Variables from one place. `name` says which, as in "group_vars of web". */
export interface Layer {
  readonly name: string
  readonly vars: Variables
}

export interface Inventory {
  /** In the order in which they are first named. Implicit hosts are not in here. */
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, Group>
  /** The sources as given, with paths made absolute. */
  readonly sources: readonly string[]
  /** A host of the inventory, or implicit localhost under one of its names. */
  host(name: string): Host | undefined
  /** The hosts of a group and of all its descendants, in Ansible's order. */
  members(group: string): readonly string[]
  /**
   * A host's variables, lowest precedence first; later layers replace variables of earlier ones as a whole. Group
   * variables of the inventory, group_vars beside inventory and playbook, then the same for the host.
   * @param playbookDir must have been among `playbookDirs` when the inventory was loaded
   */
  layers(host: string, playbookDir?: string): readonly Layer[]
  /** Of these, the ones that are set for the group itself; those of its parents are not among them. */
  groupLayers(group: string, playbookDir?: string): readonly Layer[]
  /** Of these, the ones that are set for the host itself. */
  hostLayers(host: string, playbookDir?: string): readonly Layer[]
}

export const LOCALHOST_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1']
