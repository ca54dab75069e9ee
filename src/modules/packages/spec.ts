import { z } from 'zod'
import { textList } from '../args.ts'

/** One wanted package as people write it: `rsyslog`, `rsyslog=8.2302.0*`, `nginx>=1.22`, `libc6:i386`. */
export interface PackageSpec {
  readonly written: string
  readonly name: string
  readonly architecture?: string
  readonly relation?: '=' | '>='
  /** May hold `*` behind `=`. */
  readonly version?: string
}

/**
 * The characters of package names and versions in dpkg, rpm and apk. Anything else (a leading dash, a glob, a
 * space) would reach the package manager as an option, a pattern or a second package.
 */
const shape =
  /^(?<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(?::(?<architecture>[a-z0-9]+))?(?:(?<relation>>?=)(?<version>[A-Za-z0-9.+:~^_*-]+))?$/

export const packageNames = () =>
  textList().superRefine((names, context) => {
    names.forEach((name, index) => {
      const reason = misfit(name.trim())
      if (reason !== undefined) context.addIssue({ code: 'custom', path: [index], message: reason })
    })
  })

export function parseSpec(written: string): PackageSpec {
  const groups = shape.exec(written.trim())?.groups
  const relation = groups?.['relation']
  return {
    written: written.trim(),
    name: groups?.['name'] ?? written.trim(),
    ...(groups?.['architecture'] && { architecture: groups['architecture'] }),
    ...(relation === '=' || relation === '>=' ? { relation, version: groups?.['version'] ?? '' } : {}),
  }
}

/** As dnf and yum name them: also `NAME-VERSION`, `NAME-VERSION-RELEASE` and `NAME >= VERSION`. */
export const rpmNames = () =>
  textList().superRefine((names, context) => {
    names.forEach((name, index) => {
      const spaced = /^\S+ *(<=?|>) *\S+$/.exec(name.trim())
      const reason = spaced
        ? `'${name}': only = and >= are understood`
        : name.trim() === '*'
          ? "'*' means every package, which is not supported: use a command"
          : misfit(closed(name))
      if (reason !== undefined) context.addIssue({ code: 'custom', path: [index], message: reason })
    })
  })

const closed = (name: string): string => name.trim().replace(/^(\S+) +(>?=) +(\S+)$/, '$1$2$3')

/** A version that is not only the end of a name (`gcc-toolset-12`, `java-1.8.0-openjdk`): it has a dot, or a release. */
const nevra = /^(?<name>.+)-(?<version>\d[^-]*\.[^-]*(?:-\d[^-]*)?|\d[^-]*-\d[^-]*)$/

export function parseRpmSpec(written: string): PackageSpec {
  const name = closed(written)
  const spec = parseSpec(name)
  const groups = spec.relation === undefined ? nevra.exec(name)?.groups : undefined
  if (groups === undefined) return spec
  return { written: name, name: groups['name'] ?? name, relation: '=', version: groups['version'] ?? '' }
}

function misfit(name: string): string | undefined {
  if (name === '') return 'a package name is empty'
  if (name === '*') return "'*' means every package: use apt's `upgrade: safe` or `upgrade: full`"
  if (/\.(deb|rpm|apk)$/.test(name) || name.includes('://')) {
    return `'${name}' is a package file: use apt's \`deb:\` for a .deb that is on the host; others are not supported`
  }
  if (name.startsWith('@')) return `'${name}' is a package group, which is not supported: name its packages`
  if (name.includes('/')) return `'${name}': a release behind a slash is not supported: use apt's default_release`
  if (/[*?[\]]/.test(name.split('=')[0] ?? ''))
    return `'${name}' is a pattern, which is not supported: name the packages`
  if (!shape.test(name)) return `'${name}' is not a package name, NAME=VERSION or NAME>=VERSION`
  return undefined
}

/** Whether an installed version is the wanted one; `*` stands for any text, as in apt's own `NAME=VERSION`. */
export function versionMatches(installed: string, wanted: string): boolean {
  const pattern = wanted.split('*').map((part) => part.replace(/[.+^~_-]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(installed)
}

export const packageStates = z.enum(['present', 'installed', 'latest', 'absent', 'removed'])

/** Ansible's words for three wishes. */
export function wanted(state: z.output<typeof packageStates>): 'present' | 'latest' | 'absent' {
  if (state === 'latest') return state
  return state === 'absent' || state === 'removed' ? 'absent' : 'present'
}
