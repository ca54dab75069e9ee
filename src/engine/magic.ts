import { dirname } from 'node:path'
import { groupsMagic } from '../inventory/magic.ts'
import type { Inventory } from '../inventory/model.ts'
import type { Play, Role, Task } from '../playbook/playbook.ts'
import { plainText, type Value } from '../source/value.ts'
import { isCheck, type RunOptions } from './options.ts'
import { omit } from './prepare.ts'
import { dependenciesOf } from './role-layers.ts'

/* The variables that the engine defines, Ansible's "magic variables"; those of a host alone are inventory/magic.ts. */

/** The language is this Ansible's: roles ask before they use what came with a version. */
const version = { string: '2.14.18', full: '2.14.18', major: 2, minor: 14, revision: 18 }

/** The same on every host for a whole run. */
export function runMagic(inventory: Inventory, options: RunOptions): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['groups', groupsMagic(inventory)],
    ['omit', omit],
    ['ansible_version', version],
    ['ansible_check_mode', isCheck(options)],
    ['ansible_diff_mode', options.diff],
    ['ansible_forks', options.forks],
    ['ansible_verbosity', options.verbosity],
    ['ansible_config_file', options.configFile ?? null],
    ['ansible_inventory_sources', inventory.sources],
    ['ansible_run_tags', options.tags.length > 0 ? options.tags : ['all']],
    ['ansible_skip_tags', options.skipTags],
    ...(options.limit === undefined ? [] : ([['ansible_limit', options.limit]] as const)),
  ])
}

/** The same on every host of a play; other hosts' variables have the first of them alone. */
export function playMagic(play: Play, hosts: readonly string[]): ReadonlyMap<string, Value> {
  const own = play.roles.map(({ name }) => name)
  const dependent = [...new Set(play.roles.flatMap(dependenciesOf).map(({ name }) => name))]
  return new Map<string, Value>([
    ['playbook_dir', dirname(play.file)],
    ['ansible_play_name', play.name ?? [play.hosts.value].flat().map(plainText).join(',')],
    ['ansible_play_hosts_all', hosts],
    ['ansible_role_names', [...new Set([...dependent, ...own])]],
    ['ansible_play_role_names', own],
    ['ansible_dependent_role_names', dependent],
    ['role_names', own],
  ])
}

const noRole: ReadonlyMap<string, Value> = new Map()

/** Of the role that a task is from. */
export function roleMagic(role: Role | undefined): ReadonlyMap<string, Value> {
  if (!role) return noRole
  const includers = includersOf(role)
  const included =
    includers.length === 0
      ? []
      : [
          ['ansible_parent_role_names', includers.map(({ name }) => name)] as const,
          ['ansible_parent_role_paths', includers.map(({ dir }) => dir)] as const,
        ]
  return new Map<string, Value>([
    ['role_path', role.dir],
    ['role_name', role.name.replace(/^.*[/.]/, '')],
    ['ansible_role_name', role.name],
    ['ansible_collection_name', ''],
    ...included,
  ])
}

/** The roles whose tasks brought a role in, nearest first; those that only depend on it do not count. */
function includersOf(role: Role): readonly Role[] {
  const chain = [...role.parents, role]
  return chain.flatMap(({ byTask }, index) => (byTask ? chain.slice(index - 1, index) : [])).reverse()
}

/** `ansible_search_path`: where a task's files are looked for, nearest first. */
export function searchPath({ file, role }: Task, play: Play): readonly string[] {
  const roles = role ? [role, ...[...role.parents].reverse()] : []
  return [...new Set([...roles.map(({ dir }) => dir), dirname(file), dirname(play.file)])]
}

/** Variables of Ansible that stand for something Sallyport does not have, and why. */
export const refusedVariables: ReadonlyMap<string, string> = new Map([
  ['ansible_playbook_python', 'no Python runs this; name the interpreter that is meant'],
  ['ansible_delegated_vars', 'hostvars[…] has the variables of the host that a task is delegated to'],
])
