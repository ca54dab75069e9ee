import { z } from 'zod'
import { bool, hostPath, int, nonEmptyText, text, withAliases } from '../args.ts'
import type { AptExtras } from './apt-extras.ts'
import type { AptOptions } from './apt-get.ts'
import type { PackagesWish } from './plan.ts'
import { packageNames, parseSpec } from './spec.ts'

export interface AptWish extends PackagesWish {
  readonly updateCache: boolean
  /** Seconds. */
  readonly cacheValidTime: number
  readonly extras: AptExtras
  readonly options: AptOptions
  /** Options of `apt-get install`. */
  readonly flags: readonly string[]
  readonly simulationFlags: readonly string[]
  readonly policyRcD: number | undefined
}

const upgrades = { no: 'no', yes: 'safe', safe: 'safe', full: 'full', dist: 'full' } as const

const fields = z.strictObject({
  name: packageNames().default([]).describe('Packages, with =VERSION or >=VERSION where one is wanted (also: pkg)'),
  state: z
    .enum(['present', 'latest', 'absent', 'build-dep', 'fixed'])
    .default('present')
    .describe('present, latest or absent'),
  update_cache: bool()
    .default(false)
    .describe('Fetch the package lists first, when they are older than cache_valid_time'),
  cache_valid_time: int(0).optional().describe('Seconds that fetched lists count as fresh; implies update_cache'),
  update_cache_retries: int(1).default(5).describe('How often to try fetching the lists'),
  update_cache_retry_max_delay: int(0).default(12).describe('Seconds between two tries, at most'),
  purge: bool().default(false).describe('With absent or autoremove: delete configuration files too'),
  deb: hostPath().optional().describe('A .deb file that is on the host'),
  default_release: nonEmptyText().optional().describe('The release to take packages from'),
  install_recommends: bool()
    .optional()
    .describe("Whether recommended packages come along; default: the host's setting"),
  force: bool().default(false).describe('Refused: name what shall be forced'),
  upgrade: z
    .preprocess(
      (value) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : value),
      z.enum(['no', 'yes', 'safe', 'full', 'dist']),
    )
    .default('no')
    .describe('Upgrade everything: safe (yes) or full (dist)'),
  dpkg_options: text().default('force-confdef,force-confold').describe('Options of dpkg, separated by commas'),
  autoremove: bool().default(false).describe('Remove packages that nothing needs any more'),
  autoclean: bool().default(false).describe('Delete cached package files that no list knows any more'),
  clean: bool().default(false).describe('Delete all cached package files'),
  fail_on_autoremove: bool().default(false).describe('Fail when something else would have to be removed'),
  policy_rc_d: int(0, 255)
    .optional()
    .describe('Exit code of policy-rc.d during the installation: 101 starts no service'),
  only_upgrade: bool().default(false).describe('Upgrade packages that are there, install none'),
  force_apt_get: bool().default(false).describe('Accepted: apt-get is what is used in any case'),
  allow_unauthenticated: bool().default(false).describe('Install packages whose signature cannot be verified'),
  allow_downgrade: bool().default(false).describe('Replace a newer version by the named older one'),
  allow_change_held_packages: bool().default(false).describe('Change packages that are on hold'),
  lock_timeout: int(0).default(60).describe('Seconds to wait for another apt or dpkg'),
})

/** Ansible's second names for a parameter. */
const aliases = {
  pkg: 'name',
  package: 'name',
  'update-cache': 'update_cache',
  'default-release': 'default_release',
  'install-recommends': 'install_recommends',
  'allow-unauthenticated': 'allow_unauthenticated',
  'allow-downgrade': 'allow_downgrade',
  allow_downgrades: 'allow_downgrade',
  'allow-downgrades': 'allow_downgrade',
}

type Given = z.output<typeof fields>

export const aptArgs = withAliases(fields, aliases).superRefine(refuse).transform(toWish).meta({ aliases })

function refuse(given: Given, context: z.core.$RefinementCtx<Given>): void {
  const say = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message, input: given })
  const jobs = [given.name.length > 0, given.deb !== undefined, given.upgrade !== 'no']
  if (given.state === 'build-dep') {
    say(
      'state',
      'build-dep is not supported: it has no state that could be compared; use `command: apt-get -y build-dep …`',
    )
  }
  if (given.state === 'fixed') {
    say('state', 'fixed is not supported: it may remove anything; use `command: apt-get -y --fix-broken install`')
  }
  if (given.force) {
    say(
      'force',
      'force switches off signatures and much more: name what you mean with allow_unauthenticated, allow_downgrade or allow_change_held_packages',
    )
  }
  if (jobs.filter(Boolean).length > 1) say('name', 'name, deb and upgrade exclude each other')
  const sweeps =
    given.autoremove || given.autoclean || given.clean || given.update_cache || given.cache_valid_time !== undefined
  if (!jobs.includes(true) && !sweeps)
    say('name', 'one of name, deb, upgrade, update_cache, autoremove, autoclean, clean is needed')
  if (given.deb !== undefined && given.state !== 'present') say('deb', 'deb only supports state=present')
  for (const option of given.dpkg_options.split(',')) {
    if (!/^[a-z][a-z0-9-]*(=[A-Za-z0-9_./-]+)?$/.test(option.trim()))
      say('dpkg_options', `'${option}' is not an option of dpkg`)
  }
  if (given.default_release !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._~=/-]*$/.test(given.default_release)) {
    say('default_release', `'${given.default_release}' is not the name of a release`)
  }
}

function toWish(given: Given): AptWish {
  const state = given.state === 'latest' || given.state === 'absent' ? given.state : 'present'
  const choosing = given.default_release === undefined ? [] : ['-t', given.default_release]
  const versioned = given.name.some((name) => name.includes('='))
  return {
    specs: given.name.map(parseSpec),
    want: state,
    purge: given.purge,
    onlyUpgrade: given.only_upgrade,
    updateCache: given.update_cache || given.cache_valid_time !== undefined,
    cacheValidTime: given.cache_valid_time ?? 0,
    extras: {
      upgrade: upgrades[given.upgrade],
      autoremove: given.autoremove,
      autoclean: given.autoclean,
      clean: given.clean,
      purge: given.purge,
      flags: choosing,
      ...(given.deb !== undefined && { deb: given.deb }),
    },
    options: {
      dpkgOptions: given.dpkg_options.split(',').map((option) => option.trim()),
      lockTimeout: given.lock_timeout,
      updateTries: given.update_cache_retries,
      updateDelay: given.update_cache_retry_max_delay,
      ...(given.install_recommends !== undefined && { recommends: given.install_recommends }),
    },
    flags: [
      ...choosing,
      ...(given.only_upgrade ? ['--only-upgrade'] : []),
      ...(given.fail_on_autoremove ? ['--no-remove'] : []),
      ...(given.allow_unauthenticated ? ['--allow-unauthenticated'] : []),
      ...(given.allow_downgrade || versioned ? ['--allow-downgrades'] : []),
      ...(given.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
    ],
    simulationFlags: state === 'absent' && given.autoremove ? ['--auto-remove'] : choosing,
    policyRcD: given.policy_rc_d,
  }
}
