import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Effects } from '../../src/modules/effects.ts'
import service from '../../src/modules/service.ts'
import { differs, type StartTimes, type WatchedFile } from '../../src/modules/services/stamp.ts'
import type { ServiceState } from '../../src/modules/services/state.ts'
import systemd from '../../src/modules/systemd.ts'
import type { Script } from '../../src/shell/script.ts'
import { runScript, shells } from '../support/modules.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/modules/service/${name}`, import.meta.url), 'utf8')
const whats = (plan: { readonly changes: readonly { readonly what: string }[] }) => plan.changes.map(({ what }) => what)
const restartOwed = 'restart (its files differ from those it was started with)'
const conf = '/etc/rsyslog.d/60-x.conf'

function shellcheck(script: Script): void {
  // SC2016: a dollar sign in a value is meant to stay one.
  execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'], {
    input: script.text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
}

describe('service arguments', () => {
  const refused: readonly [typeof service | typeof systemd, Record<string, unknown>, RegExp][] = [
    [service, { name: 'a*', state: 'started' }, /glob patterns/],
    [service, { name: '-H', state: 'started' }, /not the name of a service/],
    [service, { name: 'a;reboot', state: 'started' }, /not the name of a service/],
    [service, { name: '../x', state: 'started' }, /not the name of a service/],
    [service, { name: 'a' }, /state or enabled/],
    [service, { name: 'a', state: 'restarted', restart_on: ['/x'] }, /needs `state: started`/],
    [service, { name: 'a', state: 'started', restart_on: ['x'] }, /absolute/],
    [service, { name: 'a', state: 'started', restart_on: ['/a\nb'] }, /line breaks/],
    [service, { name: 'a', state: 'started', use: 'upstart' }, /not supported/],
    [systemd, { name: 'a', masked: true, state: 'started' }, /masked unit cannot run/],
    [systemd, { enabled: true }, /name is needed/],
    [systemd, {}, /is needed/],
    [systemd, { name: 'a', state: 'started', scope: 'user', restart_on: ['/x'] }, /restart_on needs/],
    [service, { name: 'a', state: 'stopped', restart_check: 'x' }, /restart_check needs/],
    [systemd, { name: 'a', enabled: true, restart_check: 'x' }, /restart_check needs/],
    [service, { name: 'a', state: 'started', restart_check: 'x "y' }, /quote that does not end/],
  ]
  for (const [module, args, reason] of refused) {
    it(`${module.name} refuses ${JSON.stringify(args)}`, () => {
      expect(module.args.safeParse(args).error?.message).to.match(reason)
    })
  }

  it("knows Ansible's second names", () => {
    expect(systemd.args.parse({ unit: 'a', 'daemon-reload': 'yes' })).to.include({ name: 'a', daemonReload: true })
    expect(service.args.parse({ name: 'a', state: 'started', args: 'x y' }).arguments).to.deep.equal(['x', 'y'])
  })
})

describe('service plans', () => {
  const started = { name: 'rsyslog', state: 'started', enabled: true }
  const plans: readonly [string, string, Record<string, unknown>, readonly string[]][] = [
    ['all as wished', 'bookworm-running.txt', started, []],
    ['all as wished on Debian 11, with an init script', 'bullseye-running.txt', started, []],
    ['all as wished on Debian 13', 'trixie-running.txt', started, []],
    [
      'stop and disable',
      'bookworm-running.txt',
      { name: 'rsyslog', state: 'stopped', enabled: false },
      ['disable', 'stop'],
    ],
    ['restart every time', 'bookworm-running.txt', { name: 'rsyslog', state: 'restarted' }, ['restart']],
    ['a stamp with the same content', 'bookworm-stamped.txt', { ...started, restart_on: [conf] }, []],
    [
      'a masked unit is unmasked first',
      'trixie-masked.txt',
      { name: 'rsyslog', masked: false, state: 'started' },
      ['unmask', 'start'],
    ],
    ['a static unit cannot be disabled', 'trixie-static.txt', { name: 'systemd-journald', enabled: false }, []],
    [
      'a unit that crashes again and again does not run',
      'bullseye-crash-loop.txt',
      { name: 'loop', state: 'started' },
      ['start'],
    ],
    [
      'a unit that crashes again and again can be stopped',
      'bullseye-crash-loop.txt',
      { name: 'loop', state: 'stopped' },
      ['stop'],
    ],
  ]
  for (const [name, file, args, changes] of plans) {
    it(name, () => {
      const module = 'masked' in args ? systemd : service
      const wish = module.args.parse(args)
      expect(whats(module.plan(wish, module.parse(fixture(file), wish)))).to.deep.equal(changes)
    })
  }

  const refusals: readonly [string, string, Record<string, unknown>, RegExp][] = [
    [
      'a service that is not there',
      'bookworm-not-installed.txt',
      started,
      /Could not find the requested service rsyslog/,
    ],
    ['reloading what cannot reload', 'bookworm-running.txt', { name: 'rsyslog', state: 'reloaded' }, /cannot reload/],
  ]
  for (const [name, file, args, reason] of refusals) {
    it(`refuses ${name}`, () => {
      const wish = service.args.parse(args)
      expect(service.plan(wish, service.parse(fixture(file), wish)).refuse).to.match(reason)
    })
  }

  const there = '`systemctl unmask rsyslog` there'
  const runtime = '`systemctl unmask --runtime rsyslog` there'
  const masks: readonly [typeof service | typeof systemd, Record<string, unknown>, string, string][] = [
    [
      service,
      { state: 'started' },
      'masked',
      `run ${there}, or say \`masked: false\` with the module systemd, to start`,
    ],
    [service, { enabled: true }, 'masked', `run ${there}, or say \`masked: false\` with the module systemd, to enable`],
    [
      service,
      { enabled: true },
      'masked-runtime',
      `run ${runtime}, or say \`masked: false\` with the module systemd, to enable`,
    ],
    [systemd, { state: 'started' }, 'masked', 'say `masked: false` to start'],
    [systemd, { enabled: true }, 'masked', 'say `masked: false` to enable'],
  ]
  for (const [module, args, word, hint] of masks) {
    it(`${module.name} says what unmasks a unit that is ${word}, for ${JSON.stringify(args)}`, () => {
      const wish = module.args.parse({ name: 'rsyslog', ...args })
      const output = fixture('trixie-masked.txt').replace('enabled\t1\tmasked', `enabled\t1\t${word}`)
      expect(module.plan(wish, module.parse(output, wish)).refuse).to.equal(
        `rsyslog is masked on this host: ${hint} it`,
      )
    })
  }

  it('refuses `started` for a unit that does its work and ends', () => {
    const output = fixture('bookworm-running.txt')
      .replace('Type=notify', 'Type=oneshot')
      .replace('ActiveState=active', 'ActiveState=inactive')
    const wish = service.args.parse(started)
    expect(service.plan(wish, service.parse(output, wish)).refuse).to.match(/oneshot/)
  })

  it('names parameters that systemd has no use for', () => {
    const wish = service.args.parse({ ...started, pattern: 'x', sleep: 2 })
    const plan = service.plan(wish, service.parse(fixture('bookworm-running.txt'), wish))
    expect(plan.warnings).to.have.length(2)
  })

  it('reads LSB codes of init scripts and of OpenRC', () => {
    const wish = service.args.parse(started)
    const state = (manager: string, code: string, enabled: string) =>
      service.parse(`manager\t${manager}\nscript\tyes\nstatus\t${code}\nenabled\t${enabled}\t\nboot\t50\tno\n`, wish)
    expect(whats(service.plan(wish, state('sysvinit', '0', '0')))).to.deep.equal([])
    expect(whats(service.plan(wish, state('sysvinit', '3', '1')))).to.deep.equal(['enable', 'start'])
    expect(whats(service.plan(wish, state('openrc', '32', '0')))).to.deep.equal(['start'])
  })
})

describe('restart_on', () => {
  const file = (sha256: string, modified: number): WatchedFile => ({
    kind: sha256 === 'missing' ? 'missing' : 'present',
    sha256,
    modified,
  })
  const stamp = { run: 'r1', files: { '/a': 'old' } }
  const times: StartTimes = { started: 1000.4, booted: 500 }
  const cases: readonly [string, WatchedFile, typeof stamp | undefined, string, StartTimes, boolean][] = [
    ['same content, newer file', file('old', 2000), stamp, 'r1', times, false],
    ['other content, older file', file('new', 10), stamp, 'r1', times, true],
    ['the file is gone', file('missing', NaN), stamp, 'r1', times, true],
    ['no stamp, file older than the start', file('x', 999), undefined, 'r1', times, false],
    ['no stamp, file of the same second', file('x', 1000), undefined, 'r1', times, true],
    ['no stamp, newer file', file('x', 1001), undefined, 'r1', times, true],
    ['no stamp, no file', file('missing', NaN), undefined, 'r1', times, false],
    ['somebody restarted it after the change', file('new', 999), stamp, 'r2', times, false],
    ['somebody restarted it before the change', file('new', 1001), stamp, 'r2', times, true],
    ['start unknown, changed since boot', file('x', 600), undefined, '', { booted: 500 }, true],
    ['start unknown, older than boot', file('x', 400), undefined, '', { booted: 500 }, false],
    ['stamp of a host without systemd', file('new', 10), { run: '', files: { '/a': 'old' } }, '', times, true],
  ]
  for (const [name, watched, left, run, clock, owed] of cases) {
    it(`${owed ? 'owes' : 'does not owe'} a restart: ${name}`, () => {
      expect(differs('/a', watched, left, run, clock)).to.equal(owed)
    })
  }

  const wish = service.args.parse({ name: 'rsyslog', state: 'started', restart_on: [conf] })
  const planned = (output: string) => whats(service.plan(wish, service.parse(output, wish)))

  it('sees content that differs from the stamp', () => {
    const changed = fixture('bookworm-stamped.txt').replace(/^file\t\w+/m, 'file\tffff')
    expect(planned(changed)).to.deep.equal([restartOwed])
  })

  it('starts a stopped service, once', () => {
    const stopped = fixture('bookworm-stamped.txt')
      .replace(/^file\t\w+/m, 'file\tffff')
      .replace('ActiveState=active', 'ActiveState=inactive')
    expect(planned(stopped)).to.deep.equal(['start'])
  })

  it('does not trust the wall clock of boot time', () => {
    // Started "in 2020", before the clock was set; by the time since boot it started after the file was written.
    const output = fixture('bookworm-running.txt')
      .replace(/ActiveEnterTimestamp=.*/, 'ActiveEnterTimestamp=Wed 2020-01-01 00:00:00 UTC')
      .replace(/^file\tmissing\t.*$/m, `file\tabc\t1795363000\t${conf}`)
    expect(planned(output)).to.deep.equal([])
  })

  it('uses the wall clock where the time since boot is made up', () => {
    const output = fixture('bookworm-running.txt')
      .replace(/^(boot.*)no$/m, '$1yes')
      .replace(/^file\tmissing\t.*$/m, `file\tabc\t1795363707\t${conf}`)
    expect(planned(output)).to.deep.equal([restartOwed])
    expect(planned(output.replace('1795363707', '1795363705'))).to.deep.equal([])
  })

  it('refuses a directory', () => {
    const output = fixture('bookworm-running.txt').replace(/^file\tmissing\t.*$/m, `file\tdirectory\t1\t${conf}`)
    expect(service.plan(wish, service.parse(output, wish)).refuse).to.match(/is a directory/)
  })
})

describe('a service in a check run', () => {
  const wish = service.args.parse({ name: 'rsyslog', state: 'started', enabled: true, restart_on: [conf] })
  const laid = (file: string, effects: Effects, given = wish) => {
    const state = service.parse(fixture(file), given)
    return service.plan(given, service.overlay?.(state, effects, given) as ServiceState)
  }
  const installed = (name: string, manager: string): Effects => ({
    packages: { [name]: { state: 'installed', manager } },
  })
  const written: Effects = { paths: { [conf]: { type: 'file', contentChanges: true } } }

  it('is enabled and runs once apt has installed it', () => {
    expect(laid('bookworm-not-installed.txt', installed('rsyslog', 'apt')).changes).to.deep.equal([])
  })

  it('is restarted when its files come after it', () => {
    expect(whats(laid('bookworm-not-installed.txt', { ...installed('rsyslog', 'apt'), ...written }))).to.deep.equal([
      restartOwed,
    ])
  })

  it('is started where policy-rc.d forbids apt to do so', () => {
    const state = service.parse(`${fixture('bookworm-not-installed.txt')}policy\t101\n`, wish)
    const plan = service.plan(
      wish,
      service.overlay?.(state, { ...installed('rsyslog', 'apt'), ...written }, wish) as ServiceState,
    )
    expect(whats(plan)).to.deep.equal(['start'])
  })

  it('is started by us where dnf installed it, and may have to be enabled', () => {
    const plan = laid('bookworm-not-installed.txt', installed('rsyslog', 'dnf'))
    expect(whats(plan)).to.include('start')
    expect(plan.uncertain).to.have.length(1)
  })

  it('is uncertain where only packages of other names come', () => {
    const plan = laid('bookworm-not-installed.txt', installed('openssh-server', 'apt'))
    expect(plan.refuse).to.equal(undefined)
    expect(plan.uncertain).to.have.length(1)
  })

  it('knows that Debian does not start nftables', () => {
    const nftables = service.args.parse({ name: 'nftables', state: 'started', enabled: true })
    expect(whats(laid('bookworm-not-installed.txt', installed('nftables', 'apt'), nftables))).to.deep.equal([
      'enable',
      'start',
    ])
  })

  it('exists once its unit file is written', () => {
    const own = service.args.parse({ name: 'own', state: 'started', enabled: true })
    const effects: Effects = { paths: { '/etc/systemd/system/own.service': { type: 'file', contentChanges: true } } }
    expect(whats(laid('bookworm-not-installed.txt', effects, own))).to.deep.equal(['enable', 'start'])
  })

  it('is restarted for a file that will change, not for one that only gets another mode', () => {
    expect(whats(laid('bookworm-running.txt', written))).to.deep.equal([restartOwed])
    expect(whats(laid('bookworm-running.txt', { paths: { [conf]: { type: 'file', mode: '600' } } }))).to.deep.equal([])
  })

  it('compares announced content with the stamp', () => {
    const sha256 = /^file\t(\w+)/m.exec(fixture('bookworm-stamped.txt'))?.[1] ?? ''
    const same: Effects = { paths: { [conf]: { type: 'file', sha256, contentChanges: true } } }
    expect(whats(laid('bookworm-stamped.txt', same))).to.deep.equal([])
    expect(whats(laid('bookworm-stamped.txt', { paths: { [conf]: { type: 'absent' } } }))).to.deep.equal([restartOwed])
  })

  it('is not announced twice: the first restart takes the file in', () => {
    const first = laid('bookworm-running.txt', written)
    expect(laid('bookworm-running.txt', { ...written, ...first.effects }).changes).to.deep.equal([])
  })

  it('reloads unit files that will change', () => {
    const reload = systemd.args.parse({ daemon_reload: true })
    const state = systemd.parse('manager\tsystemd\n', reload)
    const effects: Effects = {
      paths: { '/etc/systemd/system/rsyslog.service.d/x.conf': { type: 'file', contentChanges: true } },
    }
    expect(systemd.plan(reload, state).changes).to.deep.equal([])
    const plan = systemd.plan(reload, systemd.overlay?.(state, effects, reload) as ServiceState)
    expect(whats(plan)).to.deep.equal(["reload systemd's unit files"])
  })
})

describe('a unit that an earlier task writes', () => {
  it('needs no reload: systemd reads it when it is asked to start it', () => {
    const args = systemd.args.parse({ name: 'mine', state: 'started', enabled: true, daemon_reload: true })
    const effects: Effects = { paths: { '/etc/systemd/system/mine.service': { type: 'file', contentChanges: true } } }
    const state = systemd.parse('manager\tsystemd\n', args)
    const plan = systemd.plan(args, systemd.overlay?.(state, effects, args) as ServiceState)
    expect(whats(plan)).to.deep.equal(['enable', 'start'])
  })
})

describe('service scripts', () => {
  const wishes = [
    { name: 'rsyslog', state: 'started', enabled: true, restart_on: [conf, "/etc/it's.conf"] },
    { name: 'rsyslog', state: 'restarted', sleep: 2, arguments: 'a b', restart_check: "sh -c 'rsyslogd -N1'" },
    { name: 'rsyslog', state: 'stopped', enabled: false, pattern: "it's *" },
    { name: 'rsyslog', state: 'reloaded' },
  ]
  for (const shell of Object.keys(shells)) {
    it(`probe a service that is not there under ${shell}`, async () => {
      const wish = service.args.parse({
        name: 'surely-not-there',
        state: 'started',
        restart_on: ['/etc/hostname', '/nope'],
      })
      const step = await runScript(service.probe(wish), shell)
      expect(step.stderr.toString()).to.equal('')
      expect(step.code).to.equal(0)
      const state = service.parse(step.stdout.toString(), wish)
      expect(state.exists).to.equal(false)
      expect(state.files['/etc/hostname']?.sha256).to.match(/^[0-9a-f]{64}$/)
      expect(state.files['/nope']?.kind).to.equal('missing')
    })
  }

  it('please shellcheck, for every manager', () => {
    for (const args of wishes) {
      const wish = service.args.parse(args)
      shellcheck(service.probe(wish))
      const up = service.parse(fixture('bookworm-stamped.txt').replace(/^file\t\w+/m, 'file\tffff'), wish)
      for (const manager of ['systemd', 'openrc', 'sysvinit'] as const) {
        for (const running of [true, false]) {
          const state: ServiceState = { ...up, manager, running, enabled: !running }
          shellcheck(service.apply(wish, state, service.plan(wish, state)).script)
        }
      }
    }
    for (const args of [
      { name: 'a', masked: true, state: 'stopped', daemon_reload: true },
      { name: 'a', state: 'started', scope: 'user' },
      { name: 'a@b\\x2dc', state: 'started', force: true, no_block: true },
      { daemon_reload: true, daemon_reexec: true },
    ]) {
      const wish = systemd.args.parse(args)
      shellcheck(systemd.probe(wish))
      const state = {
        ...systemd.parse(fixture('bookworm-running.txt'), wish),
        needsReload: true,
        running: args.state === 'stopped',
      }
      shellcheck(systemd.apply(wish, state, systemd.plan(wish, state)).script)
    }
  })
})
