import type { Warn } from '../source/warning.ts'
import type { Group, Host } from './model.ts'

/** Warns as Ansible does of names that work but trip people up later. */
export function warnAboutNames(hosts: ReadonlyMap<string, Host>, groups: ReadonlyMap<string, Group>, warn: Warn): void {
  for (const group of groups.values()) {
    if (hosts.has(group.name)) warn({ message: `'${group.name}' is both a group and a host`, at: group.at })
  }
  const invalid = [...groups.values()].filter(({ name }) => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
  const [first] = invalid
  if (first)
    warn({
      message: `group names with characters that variable names cannot have: ${invalid.map(({ name }) => name).join(', ')}`,
      at: first.at,
      hint: 'they work as groups, but not in expressions such as groups.NAME; prefer letters, digits and _',
    })
}
