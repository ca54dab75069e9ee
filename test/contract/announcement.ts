import type { Effects, PathEffect } from '../../src/modules/effects.ts'
import { basename, dirname } from 'node:path/posix'
import { sh } from '../../src/shell/script.ts'
import type { LabHost } from '../lab/lab.ts'
import type { Observation } from './observation.ts'

/**
 * What an apply may write without naming each path in its effects: what the tools it calls keep for themselves. A
 * package's own files are named by dpkg, not here.
 */
const ownPaths: Readonly<Record<string, readonly RegExp[]>> = {
  packages: [
    /^\/var\/(lib|cache)\/(dpkg|apt|debconf)\b/,
    /^\/var\/log\/(dpkg\.log|apt)\b/,
    /^\/etc\/ld\.so\.cache$/,
    /^\/var\/cache\/ldconfig\b/,
    /^\/usr\/share\/info\/dir(\.old)?$/,
    // Apt's output, for whoever wants to read it later.
    /^\/run\/sallyport(\/apt\.log)?$/,
    // What the scripts of a package do: accounts (adduser's own lock), and the links that enable and mask its services.
    /^\/etc\/((passwd|group|g?shadow|sub[ug]id)-?|\.pwd\.lock)$/,
    /^\/run\/adduser$/,
    /^\/etc\/rc[0-6S]\.d\/[SK]\d\d[^/]+$/,
    /^\/etc\/systemd\/system\/([^/]+\.wants(\/[^/]+)?|[^/]+\.service)$/,
  ],
  // Fetched package lists.
  lists: [/^\/var\/(lib|cache)\/apt\b/, /^\/run\/sallyport(\/apt\.log)?$/],
  rpm: [/^\/var\/(lib|cache|log)\/(rpm|dnf)\b/, /^\/var\/log\/(hawkey|dnf)\b/, /^\/run\/(sallyport|dnf)\b/],
  // The folder of the announced files and the link that enables them; both are announced in words.
  rules: [/^\/etc\/sallyport$/, /^\/etc\/systemd\/system\/sysinit\.target\.wants(\/sallyport-netfilter\.service)?$/],
  accounts: [
    /^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid)-?$/,
    /^\/etc\/\.pwd\.lock$/,
    /^\/home\/law-/,
    /^\/var\/(spool\/)?mail\b/,
    /^\/var\/log\/(lastlog|faillog)$/,
  ],
  // The links that enable and mask, and what a service was started with.
  units: [/^\/etc\/systemd\/system\/([^/]+\.wants(\/[^/]+)?|law-masked\.service)$/, /^\/run\/sallyport\b/],
}

const managed: Readonly<Record<string, readonly RegExp[]>> = {
  apt: ownPaths['packages'] ?? [],
  apt_repository: ownPaths['lists'] ?? [],
  dnf: ownPaths['rpm'] ?? [],
  package: ownPaths['packages'] ?? [],
  group: ownPaths['accounts'] ?? [],
  netfilter: ownPaths['rules'] ?? [],
  service: ownPaths['units'] ?? [],
  systemd: ownPaths['units'] ?? [],
  user: ownPaths['accounts'] ?? [],
  yum: ownPaths['rpm'] ?? [],
}

/** What any file module may do besides: clear the temporary file a killed run left, keep a copy named by the time. */
const leftover = /\/\.[^/]+\.(sallyport(-sent)?|new)$/
const backup = /\.[0-9a-f]+\.\d{4}-\d\d-\d\d@[\d:]+~$/

/** The changed paths that nothing in the announcement speaks of. */
export async function unannounced(
  host: LabHost,
  module: string,
  args: Readonly<Record<string, unknown>>,
  changed: readonly string[],
  after: Observation,
  effects: Effects,
  packageFiles: ReadonlySet<string>,
): Promise<string[]> {
  const paths = effects.paths ?? {}
  const named = await realPaths(host, paths)
  // Another name of the same file changes with it.
  const inodes = new Set(
    named.map((path) => after.get(path)).flatMap((seen) => (seen?.type === 'f' ? [seen.inode] : [])),
  )
  const absent = Object.keys(paths).filter((path) => paths[path]?.type === 'absent')
  const trees = args['recurse'] ? named : []
  return changed.filter(
    (path) =>
      !named.includes(path) &&
      !inodes.has(after.get(path)?.inode ?? '') &&
      !(leftover.test(path) && !after.has(path)) &&
      !(args['backup'] && backup.test(path)) &&
      ![...absent, ...trees].some((top) => path.startsWith(`${top}/`)) &&
      !packageFiles.has(path) &&
      !managed[module]?.some((pattern) => pattern.test(path)),
  )
}

/** Announced paths without the links on the way to them. */
async function realPaths(host: LabHost, effects: Readonly<Record<string, PathEffect>>): Promise<string[]> {
  const found: string[] = []
  for (const path of Object.keys(effects)) {
    const { stdout } = await host.exec(
      sh`printf '%s/\\n' "$(readlink -m -- ${dirname(path)})"; readlink -f -- ${path}`.text,
    )
    const [folder = '', target = ''] = stdout.split('\n')
    found.push(`${folder.replace(/\/+$/, '')}/${basename(path)}`)
    // Attributes that are announced for a link's name are those of what it leads to.
    if (effects[path]?.type !== 'link' && target !== '') found.push(target)
  }
  return found
}

const kinds: Readonly<Record<string, string>> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'link',
}

/** What an effect says of a path and the host does not, read with the host's own stat. */
export async function broken(host: LabHost, { paths = {} }: Effects): Promise<string[]> {
  const wrong: string[] = []
  for (const [path, effect] of Object.entries(paths)) {
    const { stdout, code } = await host.exec(
      sh`stat ${effect.type === 'link' ? [] : ['-L']} -c '%F,%a,%U,%G' -- ${path} && { [ -L ${path} ] && readlink -- ${path} || [ ! -f ${path} ] || sha256sum <${path}; }`
        .text,
    )
    const [head = '', content = ''] = stdout.split('\n')
    const [kind = '', mode, owner, group] = head.split(',')
    const found: PathEffect = {
      type: (code === 0 ? kinds[kind] : 'absent') as PathEffect['type'],
      ...(kind === 'symbolic link' ? { target: content } : { mode: mode ?? '', sha256: content.slice(0, 64) }),
      owner: owner ?? '',
      group: group ?? '',
    }
    for (const name of ['type', 'mode', 'owner', 'group', 'sha256', 'target'] as const) {
      const said = effect[name]
      if (said === undefined || said === found[name]) continue
      // An account may be announced by its number.
      if (/^\d+$/.test(said) && (name === 'owner' || name === 'group')) continue
      wrong.push(`${path}: ${name} ${said} was announced, it is ${found[name] ?? 'unknown'}`)
    }
  }
  return wrong
}
