import { isAbsolute } from 'node:path'
import type { Module } from './define.ts'
import { findOwn, loadOwn, ownName } from './own.ts'

/**
 * Every module of Sallyport by its short name; each is loaded when a playbook first names it, so that start-up
 * does not grow with their number. A new module is one file and one line here.
 */
const loaders: Readonly<Record<string, () => Promise<{ default: Module }>>> = {
  apt: () => import('./apt.ts'),
  apt_repository: () => import('./apt-repository/index.ts'),
  assert: () => import('./assert.ts'),
  async_status: () => import('./async-status.ts'),
  authorized_key: () => import('./authorized-key.ts'),
  blockinfile: () => import('./blockinfile.ts'),
  command: () => import('./command.ts'),
  copy: () => import('./copy.ts'),
  cron: () => import('./cron.ts'),
  debug: () => import('./debug.ts'),
  dnf: () => import('./dnf.ts'),
  fail: () => import('./fail.ts'),
  fetch: () => import('./fetch.ts'),
  file: () => import('./file.ts'),
  find: () => import('./find/index.ts'),
  get_url: () => import('./get-url.ts'),
  getent: () => import('./getent.ts'),
  group: () => import('./group.ts'),
  hostname: () => import('./hostname.ts'),
  import_role: () => import('./import-role.ts'),
  import_tasks: () => import('./import-tasks.ts'),
  include_role: () => import('./include-role.ts'),
  include_tasks: () => import('./include-tasks.ts'),
  include_vars: () => import('./include-vars.ts'),
  iptables: () => import('./iptables/index.ts'),
  known_hosts: () => import('./known-hosts.ts'),
  lineinfile: () => import('./lineinfile.ts'),
  meta: () => import('./meta.ts'),
  netfilter: () => import('./netfilter/index.ts'),
  package: () => import('./package.ts'),
  package_facts: () => import('./package-facts.ts'),
  pause: () => import('./pause.ts'),
  ping: () => import('./ping.ts'),
  raw: () => import('./raw.ts'),
  reboot: () => import('./reboot.ts'),
  replace: () => import('./replace.ts'),
  rsyslog_facts: () => import('./rsyslog-facts.ts'),
  script: () => import('./script.ts'),
  service: () => import('./service.ts'),
  service_facts: () => import('./service-facts.ts'),
  set_fact: () => import('./set-fact.ts'),
  setup: () => import('./setup.ts'),
  shell: () => import('./shell.ts'),
  slurp: () => import('./slurp.ts'),
  stat: () => import('./stat.ts'),
  sysctl: () => import('./sysctl.ts'),
  systemd: () => import('./systemd.ts'),
  tempfile: () => import('./tempfile.ts'),
  template: () => import('./template.ts'),
  tls_reachable: () => import('./tls-reachable.ts'),
  unarchive: () => import('./unarchive/index.ts'),
  uri: () => import('./uri/index.ts'),
  user: () => import('./user.ts'),
  verify_forwarding: () => import('./verify-forwarding.ts'),
  wait_for: () => import('./wait-for.ts'),
  wait_for_connection: () => import('./wait-for-connection.ts'),
  yum: () => import('./yum.ts'),
}

/** Other names under which Ansible users know a module. */
export const moduleAliases: Readonly<Record<string, string>> = { systemd_service: 'systemd', gather_facts: 'setup' }

const collections = ['ansible.builtin.', 'ansible.legacy.']

/** What Ansible keeps in collections of their own. */
const elsewhere: Readonly<Record<string, readonly string[]>> = { 'ansible.posix.': ['authorized_key', 'sysctl'] }

/** Modules of ansible-core's own that there are not here. */
const missing =
  'add_host apt_key assemble debconf deb822_repository dpkg_selections expect git group_by include mount_facts pip ' +
  'rpm_key set_stats subversion sysvinit validate_argument_spec yum_repository'

/** Whether a name is that of a module which Ansible users know, and not a slip. */
export function isModuleElsewhere(written: string): boolean {
  return /^\w+\.\w+\.\w+$/.test(written) || missing.split(' ').includes(written)
}

export const moduleNames: readonly string[] = Object.keys(loaders)

/**
 * What a task calls a module (`ansible.builtin.copy`) by the name it is loaded with (`copy`); undefined when there is
 * none. One of one's own, in the folders given, goes by the path of its file and wins over a shipped one.
 */
export function moduleName(written: string, libraries: readonly string[] = []): string | undefined {
  const prefix = /^\w+\.\w+\./.exec(written)?.[0] ?? ''
  const short = written.slice(prefix.length)
  if (prefix === '' || prefix === 'ansible.legacy.') {
    const own = findOwn(short, libraries)
    if (own !== undefined) return own
  }
  if (prefix !== '' && !collections.includes(prefix) && !elsewhere[prefix]?.includes(short)) return undefined
  const name = moduleAliases[short] ?? short
  return Object.hasOwn(loaders, name) ? name : undefined
}

/** A module's name as people write it. */
export function moduleTitle(name: string): string {
  return isAbsolute(name) ? ownName(name) : name
}

/** Throws UserError for a module of one's own that is none. */
export async function loadModule(name: string): Promise<Module> {
  if (isAbsolute(name)) return loadOwn(name)
  const loader = loaders[name]
  if (!loader) throw new Error(`no module ${name}`)
  return (await loader()).default
}
