import { z } from 'zod'
import { bool, hostPath, int, nonEmptyText, textList, withAliases } from '../args.ts'
import { only, refused } from '../paths/arguments.ts'
import type { PackagesWish, RpmOptions } from './plan.ts'
import { packageStates, rpmNames, parseRpmSpec, wanted } from './spec.ts'

export interface DnfWish extends PackagesWish {
  readonly rpm: RpmOptions
  readonly manager: 'dnf' | 'yum' | 'rpm'
}

const oneWord = (value: string): boolean => /^[^-\s]\S*$/.test(value)
const word = () => nonEmptyText().refine(oneWord, 'must be one word')
const words = () => textList().refine((list) => list.every(oneWord), 'must be words')
const noState = 'it has no state that could be compared; use a command'

const fields = {
  name: rpmNames().default([]).describe('Packages, also as NAME-VERSION or "NAME >= VERSION" (also: pkg).'),
  state: packageStates.optional().describe('present (installed), latest or absent (removed); left out: present.'),
  enablerepo: words().default([]).describe('Repositories to switch on for this task.'),
  disablerepo: words().default([]).describe('Repositories to switch off for this task.'),
  exclude: words().default([]).describe('Packages to leave alone.'),
  disable_excludes: word().optional().describe('Forget the excludes of the configuration: all, main or a repository.'),
  conf_file: hostPath().optional().describe('Another configuration file on the host.'),
  releasever: word().optional().describe('The release to take packages from.'),
  disable_gpg_check: bool().default(false).describe('Install packages whose signature cannot be verified.'),
  sslverify: bool().default(true).describe('no: take any TLS certificate of a repository.'),
  skip_broken: bool().default(false).describe('Leave out packages that cannot be installed.'),
  update_cache: bool().default(false).describe('Fetch the metadata anew first.'),
  update_only: bool().default(false).describe('With latest: upgrade packages that are there, install none.'),
  allow_downgrade: bool().default(false).describe('Replace a newer version by the named older one.'),
  install_weak_deps: bool().default(true).describe('no: leave out packages that are only recommended.'),
  enable_plugin: words().default([]).describe('Plugins to switch on for this task.'),
  disable_plugin: words().default([]).describe('Plugins to switch off for this task.'),
  cacheonly: bool().default(false).describe('Fetch nothing: work with what is in the cache.'),
  lock_timeout: int(0).default(30).describe('Seconds to wait for another dnf or yum.'),
  install_repoquery: bool().default(true).describe('Accepted: nothing is needed for it.'),
  validate_certs: only(true, 'it is about packages from an address, which are not supported'),
  installroot: z
    .literal('/', { error: 'not supported: another root has a package database of its own; use chroot in a command' })
    .default('/')
    .describe('Only /.'),
  autoremove: only(false, noState),
  download_only: only(false, noState),
  download_dir: refused('download_only is not supported'),
  security: only(false, 'which updates are about security is not known to the look at the host; use a command'),
  bugfix: only(false, 'which updates are about errors is not known to the look at the host; use a command'),
  list: refused('use the module package_facts'),
}

const dnfFields = z.strictObject({
  ...fields,
  allowerasing: bool().default(false).describe('Remove packages that stand in the way.'),
  nobest: bool().default(false).describe('Take an older version where the newest cannot be installed.'),
})
const yumFields = z.strictObject({
  ...fields,
  use_backend: z
    .enum(['auto', 'yum', 'yum4', 'dnf', 'dnf4'])
    .default('auto')
    .describe('auto: dnf where the host has it, and yum itself elsewhere.'),
})

const aliases = { pkg: 'name', 'expire-cache': 'update_cache' }

type Given = z.output<typeof dnfFields> | z.output<typeof yumFields>

function refuse(given: Given, context: z.core.$RefinementCtx): void {
  if (given.name.length === 0 && !given.update_cache)
    context.addIssue({ code: 'custom', path: ['name'], message: 'one of name, update_cache is needed', input: given })
}

function toWish(given: Given, manager: DnfWish['manager']): DnfWish {
  const setopt = (name: string, value: string) => `--setopt=${name}=${value}`
  const choosing = [
    ...(given.conf_file === undefined ? [] : ['-c', given.conf_file]),
    ...(given.releasever === undefined ? [] : [`--releasever=${given.releasever}`]),
    ...given.disablerepo.map((name) => `--disablerepo=${name}`),
    ...given.enablerepo.map((name) => `--enablerepo=${name}`),
    ...given.exclude.map((name) => `--exclude=${name}`),
    ...(given.disable_excludes === undefined ? [] : [`--disableexcludes=${given.disable_excludes}`]),
    ...given.disable_plugin.map((name) => `--disableplugin=${name}`),
    ...given.enable_plugin.map((name) => `--enableplugin=${name}`),
    ...(given.sslverify ? [] : [setopt('sslverify', '0')]),
  ]
  return {
    specs: given.name.map(parseRpmSpec),
    want: wanted(given.state ?? 'present'),
    onlyUpgrade: given.update_only && given.state === 'latest',
    downgrade: given.allow_downgrade,
    manager,
    rpm: {
      update: given.update_cache,
      lockTimeout: given.lock_timeout,
      choosing,
      options: [
        ...choosing,
        ...(given.cacheonly ? ['-C'] : []),
        ...(given.disable_gpg_check ? ['--nogpgcheck'] : []),
        ...(given.skip_broken ? ['--skip-broken'] : []),
        ...(given.install_weak_deps ? [] : [setopt('install_weak_deps', '0')]),
        ...('allowerasing' in given && given.allowerasing ? ['--allowerasing'] : []),
        ...('nobest' in given && given.nobest ? ['--nobest'] : []),
      ],
    },
  }
}

export const dnfArgs = withAliases(dnfFields, aliases)
  .superRefine(refuse)
  .transform((given) => toWish(given, 'dnf'))
  .meta({ aliases })

const backends = { auto: 'rpm', yum: 'yum', yum4: 'dnf', dnf: 'dnf', dnf4: 'dnf' } as const

export const yumArgs = withAliases(yumFields, aliases)
  .superRefine(refuse)
  .transform((given) => toWish(given, backends[given.use_backend]))
  .meta({ aliases })
