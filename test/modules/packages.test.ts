import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import apt from '../../src/modules/apt.ts'
import type { Effects } from '../../src/modules/effects.ts'
import packageModule from '../../src/modules/package.ts'
import { applyPackages } from '../../src/modules/packages/apply.ts'
import type { PackagesState } from '../../src/modules/packages/state.ts'
import type { Script } from '../../src/shell/script.ts'
import { runScript, shells } from '../support/modules.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/modules/package/${name}`, import.meta.url), 'utf8')
const whats = (plan: { readonly changes: readonly { readonly what: string }[] }) => plan.changes.map(({ what }) => what)

function shellcheck(script: Script): void {
  // SC2016: a dollar sign in a value is meant to stay one.
  execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'], {
    input: script.text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
}

describe('package names', () => {
  const refused: readonly [string, RegExp][] = [
    ['-o', /not a package name/],
    ['nginx; reboot', /not a package name/],
    ['$(reboot)', /not a package name/],
    ['/root/a.deb', /package file/],
    ['https://example.org/a.rpm', /package file/],
    ['@development', /package group/],
    ['lib*', /pattern/],
    ['*', /every package/],
    ['nginx/bookworm-backports', /default_release/],
    ['nginx=1=2', /not a package name/],
    ["ngi'nx", /not a package name/],
  ]
  for (const [name, reason] of refused) {
    it(`refuses ${name}`, () => {
      const parsed = packageModule.args.safeParse({ name: [name], state: 'present' })
      expect(parsed.error?.message).to.match(reason)
    })
  }

  it('takes a list, a text with commas, versions and architectures', () => {
    const wish = packageModule.args.parse({ name: 'rsyslog, libc6:i386,nginx=1.22.*,bash>=5', state: 'installed' })
    expect(wish.specs.map(({ name }) => name)).to.deep.equal(['rsyslog', 'libc6', 'nginx', 'bash'])
    expect(wish.want).to.equal('present')
  })
})

describe('package', () => {
  const plans: readonly [string, string, Record<string, unknown>, readonly string[]][] = [
    [
      'nothing is installed',
      'bookworm-fresh.txt',
      { name: 'rsyslog,rsyslog-gnutls', state: 'present' },
      ['install rsyslog, rsyslog-gnutls'],
    ],
    ['installed', 'bookworm.txt', { name: 'bash', state: 'present' }, []],
    ['virtual and provided', 'bookworm.txt', { name: 'awk', state: 'present' }, []],
    ['the version fits', 'bookworm.txt', { name: 'dash=0.5*', state: 'present' }, []],
    ['the version is new enough', 'bookworm.txt', { name: 'dash>=0.4', state: 'present' }, []],
    ['the version is another', 'bookworm.txt', { name: 'bash=5.1', state: 'present' }, ['upgrade bash']],
    ['latest is there', 'bookworm.txt', { name: 'bash', state: 'latest' }, []],
    [
      'latest without lists',
      'bookworm-fresh.txt',
      { name: 'rsyslog', state: 'latest' },
      ['fetch the package lists (the host has none)', 'install rsyslog'],
    ],
    ['absent and gone', 'bookworm-fresh.txt', { name: 'rsyslog', state: 'absent' }, []],
    [
      'absent takes others along',
      'bookworm-remove.txt',
      { name: 'rsyslog', state: 'absent' },
      ['remove rsyslog', 'remove rsyslog-gnutls (goes with it)'],
    ],
    [
      'half configured',
      'bookworm-broken.txt',
      { name: 'badpkg', state: 'present' },
      ['finish installing badpkg (it was interrupted)'],
    ],
    ['outdated rpm', 'dnf.txt', { name: 'salty', state: 'latest' }, ['upgrade salty 1.0-1 → 1.1-1']],
    ['rpm version without its release', 'dnf.txt', { name: 'salty=1.0', state: 'present' }, []],
  ]
  for (const [name, file, args, changes] of plans) {
    it(`plans: ${name}`, () => {
      const wish = packageModule.args.parse(args)
      const state = packageModule.parse(
        withSpec(
          fixture(file),
          wish.specs.map(({ written }) => written),
        ),
        wish,
      )
      const planned = whats(packageModule.plan(wish, state))
      if (name === 'the version is another') expect(planned[0]).to.match(/^upgrade bash 5\.2.* → 5\.1$/)
      else expect(planned).to.deep.equal(changes)
    })
  }

  it('refuses where no manager is found', () => {
    const wish = packageModule.args.parse({ name: 'a', state: 'present' })
    expect(packageModule.plan(wish, packageModule.parse('manager\t\n', wish)).refuse).to.match(/no package manager/)
  })

  it('sees what an earlier task installs or removes', () => {
    const wish = packageModule.args.parse({ name: 'rsyslog', state: 'present' })
    const fresh = packageModule.parse(fixture('bookworm-fresh.txt'), wish)
    const effects: Effects = { packages: { rsyslog: { state: 'installed', manager: 'apt' } } }
    const laid = packageModule.overlay?.(fresh, effects, wish) as PackagesState
    expect(whats(packageModule.plan(wish, laid))).to.deep.equal([])
    const pinned = packageModule.args.parse({ name: 'rsyslog=8.1', state: 'present' })
    const unknown = packageModule.overlay?.(
      packageModule.parse('manager\tapt\n', pinned),
      effects,
      pinned,
    ) as PackagesState
    expect(packageModule.plan(pinned, unknown).uncertain).to.have.length(1)
  })

  it('gives a warning for a name that apt does not know', () => {
    const wish = packageModule.args.parse({ name: 'nosuch', state: 'present' })
    const state = packageModule.parse('manager\tapt\nlists\tyes\t5\t9\nsim\tE\tUnable to locate package nosuch\n', wish)
    expect(packageModule.plan(wish, state).warnings).to.deep.equal(['Unable to locate package nosuch'])
  })

  it('says what apt puts out of the way of an installation', () => {
    const wish = packageModule.args.parse({ name: 'ufw', state: 'present' })
    const state = packageModule.parse(
      'manager\tapt\nlists\tyes\t5\t9\nsim\tRemv\tiptables-persistent\nsim\tInst\tufw\n',
      wish,
    )
    expect(whats(packageModule.plan(wish, state))).to.deep.equal([
      'install ufw',
      'remove iptables-persistent (apt puts it out of the way)',
    ])
  })

  for (const shell of Object.keys(shells)) {
    it(`probes this host without a complaint under ${shell}`, async () => {
      const wish = packageModule.args.parse({ name: ['dpkg', 'awk', 'surely-not-there'], state: 'present' })
      const step = await runScript(packageModule.probe(wish), shell)
      expect(step.stderr.toString()).to.equal('')
      expect(step.code).to.equal(0)
      const state = packageModule.parse(step.stdout.toString(), wish)
      expect(state.manager).to.equal('apt')
      expect(state.packages['dpkg']?.status).to.equal('installed')
      expect(state.packages['awk']?.providedBy).to.not.equal(undefined)
      expect(state.packages['surely-not-there']?.status ?? 'absent').to.equal('absent')
    })
  }

  it('has scripts that please shellcheck, for every manager', () => {
    for (const state of ['present', 'latest', 'absent'] as const) {
      for (const use of ['auto', 'apt', 'dnf', 'yum', 'zypper', 'apk'] as const) {
        const wish = packageModule.args.parse({ name: 'rsyslog,nginx=1.2,bash>=5,libc6:i386', state, use })
        shellcheck(packageModule.probe(wish))
        const manager = use === 'auto' ? 'apt' : use
        for (const listsKnown of [true, false]) {
          const packages = state === 'absent' ? { rsyslog: { status: 'installed' as const } } : {}
          shellcheck(applyPackages(wish, { manager, listsKnown, packages }).script)
        }
      }
    }
  })
})

/** A captured answer to one question serves for another spelling of the same package. */
function withSpec(output: string, written: readonly string[]): string {
  const asked = written.join(' ')
  if (!asked.includes('=')) return output
  const name = asked.split(/>?=/)[0] ?? ''
  return output.includes(`pkg\t${asked}\t`) ? output : output.replaceAll(`pkg\t${name}\t`, `pkg\t${asked}\t`)
}

describe('apt', () => {
  const refused: readonly [Record<string, unknown>, RegExp][] = [
    [{ name: 'x', state: 'build-dep' }, /build-dep is not supported/],
    [{ name: 'x', state: 'fixed' }, /fixed is not supported/],
    [{ name: 'x', force: true }, /name what you mean/],
    [{ name: 'x', upgrade: 'yes' }, /exclude each other/],
    [{ deb: '/x.deb', state: 'absent' }, /deb only supports/],
    [{}, /is needed/],
    [{ name: 'x', dpkg_options: 'force-confdef --root=/x' }, /not an option of dpkg/],
    [{ name: 'x', default_release: '-oFoo' }, /not the name of a release/],
    [{ name: 'x', nme: 'y' }, /nme/],
  ]
  for (const [args, reason] of refused) {
    it(`refuses ${JSON.stringify(args)}`, () => expect(apt.args.safeParse(args).error?.message).to.match(reason))
  }

  it("knows Ansible's second names", () => {
    const wish = apt.args.parse({ pkg: 'a,b', 'update-cache': 'yes', allow_downgrades: true })
    expect(wish.specs).to.have.length(2)
    expect(wish.updateCache).to.equal(true)
    expect(wish.flags).to.include('--allow-downgrades')
  })

  const head = 'manager\tapt\nlists\tyes\t600\t1700000000\n'
  const plans: readonly [string, Record<string, unknown>, string, readonly string[]][] = [
    ['update_cache alone, stale', { update_cache: true, cache_valid_time: 60 }, head, ['fetch the package lists']],
    ['update_cache alone, fresh', { update_cache: true, cache_valid_time: 3600 }, head, []],
    ['cache_valid_time implies update_cache', { cache_valid_time: 60 }, head, ['fetch the package lists']],
    [
      'update_cache for something that is there',
      { name: 'a', update_cache: true },
      `${head}pkg\ta\tinstalled\t1\t\n`,
      [],
    ],
    ['only_upgrade of something that is not there', { name: 'a', only_upgrade: true }, head, []],
    [
      'purge what was removed',
      { name: 'a', state: 'absent', purge: true },
      `${head}pkg\ta\tconfig-files\t1\t\n`,
      ['purge a'],
    ],
    ['absent without purge', { name: 'a', state: 'absent' }, `${head}pkg\ta\tconfig-files\t1\t\n`, []],
    ['upgrade', { upgrade: 'dist' }, `${head}upgrade\tbash\t[5.1]\t(5.2\n`, ['upgrade bash']],
    ['autoremove', { autoremove: true }, `${head}unneeded\tlibx\t\t\n`, ['remove libx (no longer needed)']],
    ['clean', { clean: true }, `${head}cached\t3\n`, ['delete 3 cached package files']],
    ['deb', { deb: '/a.deb' }, `${head}deb\tyes\ta\t2\t1\tno\n`, ['upgrade a 1 → 2']],
    ['deb that is there', { deb: '/a.deb' }, `${head}deb\tyes\ta\t2\t2\tyes\n`, []],
  ]
  for (const [name, args, output, changes] of plans) {
    it(`plans: ${name}`, () => {
      const wish = apt.args.parse(args)
      expect(whats(apt.plan(wish, apt.parse(output, wish)))).to.deep.equal(changes)
    })
  }

  it('cannot know what is outdated before the lists are there', () => {
    const wish = apt.args.parse({ upgrade: 'safe' })
    const plan = apt.plan(wish, apt.parse('manager\tapt\nlists\tno\t\t\n', wish))
    expect(whats(plan)).to.deep.equal(['fetch the package lists'])
    expect(plan.uncertain).to.have.length(1)
  })

  it('refuses a deb that is not there', () => {
    const wish = apt.args.parse({ deb: '/a.deb' })
    expect(apt.plan(wish, apt.parse(`${head}deb\tno\t\t\t\tno\n`, wish)).refuse).to.match(/not a package file/)
  })

  it('has scripts that please shellcheck', () => {
    for (const args of [
      { name: 'a,b=1', update_cache: true, policy_rc_d: 101, install_recommends: false, default_release: 'bookworm' },
      { upgrade: 'full', autoremove: true },
      { autoclean: true, autoremove: true, clean: true, purge: true },
      { deb: "/tmp/it's $x.deb" },
      { name: 'a', state: 'absent', purge: true, autoremove: true },
    ]) {
      const wish = apt.args.parse(args)
      shellcheck(apt.probe(wish))
      const state = apt.parse(
        `${head}pkg\ta\t${wish.want === 'absent' ? 'installed\t1' : ''}\ndeb\tyes\tx\t2\t\tno\n`,
        wish,
      )
      shellcheck(apt.apply(wish, state, apt.plan(wish, state)).script)
    }
  })

  it('probes upgrades and leftovers of this host', async () => {
    const wish = apt.args.parse({ upgrade: 'safe', autoremove: true, autoclean: true, clean: true })
    const step = await runScript(apt.probe(wish))
    expect(step.stderr.toString()).to.equal('')
    expect(step.code).to.equal(0)
  })
})
