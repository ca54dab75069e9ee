import { expect } from 'chai'
import type { Plan, StateModule } from '../../src/modules/define.ts'
import { mergeEffects, type Effects } from '../../src/modules/effects.ts'
import { loadModule } from '../../src/modules/registry.ts'
import type { Lab, LabHost, Suite } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'

/** Packages and services on booted Debians: what a probe says there, what an apply does, what a check announced. */
const restartOwed = 'restart (its files differ from those it was started with)'
const conf = '/etc/rsyslog.d/60-test.conf'
const rsyslog = { name: 'rsyslog', state: 'started', enabled: true, restart_on: [conf] }

type Task = readonly [name: string, args: Record<string, unknown>]

interface Applied {
  readonly changes: readonly string[]
  readonly refuse: string | undefined
  readonly code: number
  readonly stderr: string
  /** What a fresh probe still plans. */
  readonly again: readonly string[]
}

const whats = (plan: Plan) => plan.changes.map(({ what }) => what)

/** A shell that sees a host without systemd: the same machine, with systemd's directory hidden from it. */
const shellOf = new WeakMap<LabHost, string>()

/** As a session runs a step: on the shell's input, in a subshell without input. */
function step(host: LabHost, script: string, strict: boolean) {
  return host.exec(shellOf.get(host) ?? 'sh -s', {
    input: `LC_ALL=C; export LC_ALL\n(\n${strict ? 'set -e\n' : ''}${script}\n) </dev/null\n`,
  })
}

async function stateOf(host: LabHost, module: StateModule, wish: unknown): Promise<unknown> {
  const probed = await step(host, module.probe(wish).text, false)
  expect(probed.stderr).to.equal('')
  expect(probed.code).to.equal(0)
  return module.parse(probed.stdout, wish)
}

async function load([name, args]: Task): Promise<[StateModule, unknown]> {
  const module = (await loadModule(name)) as StateModule
  return [module, module.args.parse(args)]
}

async function apply(host: LabHost, ...task: Task): Promise<Applied> {
  const [module, wish] = await load(task)
  const state = await stateOf(host, module, wish)
  const plan = module.plan(wish, state)
  if (plan.refuse !== undefined || plan.changes.length === 0) {
    return { changes: [], refuse: plan.refuse, code: 0, stderr: '', again: [] }
  }
  const { code, stderr } = await step(host, module.apply(wish, state, plan).script.text, true)
  const again = whats(module.plan(wish, await stateOf(host, module, wish)))
  return { changes: whats(plan), refuse: undefined, code: code ?? -1, stderr, again }
}

/** Changes that a check run announces for these tasks, effects laid over. */
async function check(host: LabHost, tasks: readonly Task[]): Promise<(readonly string[])[]> {
  let effects: Effects = {}
  const announced: (readonly string[])[] = []
  for (const task of tasks) {
    const [module, wish] = await load(task)
    const probed = await stateOf(host, module, wish)
    const plan = module.plan(wish, module.overlay?.(probed, effects, wish) ?? probed)
    if (plan.effects) effects = mergeEffects(effects, plan.effects)
    expect(plan.refuse).to.equal(undefined)
    expect(plan.uncertain ?? []).to.deep.equal([])
    announced.push(whats(plan))
  }
  return announced
}

function converged(applied: Applied, ...changes: readonly string[]): void {
  expect(applied.stderr.replace(/^(Created symlink|Removed|Synchronizing|Executing|Unit ).*\n/gm, '')).to.equal('')
  expect(applied).to.deep.include({ changes, code: 0, again: [] })
}

/** The whole of it, or what hangs on the versions of apt, dpkg and systemd that a Debian has. */
export function packagesAndServices(suite: Suite, extent: 'whole' | 'versions'): void {
  const once = extent === 'whole' ? it : () => undefined
  describe(`packages and services on ${suite}`, function () {
    this.timeout(600_000)
    let lab: Lab | undefined
    let host: LabHost
    before(async function () {
      lab = await labOrSkip.call(this, [{ name: 'system', suite }])
      host = lab.host('system')
    })
    after(() => lab?.down())

    it('announces on a fresh host what the apply then does', async () => {
      const install: Task = ['package', { name: 'rsyslog,rsyslog-gnutls', state: 'present' }]
      expect(await check(host, [install, ['service', { ...rsyslog, restart_on: [] }]])).to.deep.equal([
        ['install rsyslog, rsyslog-gnutls'],
        [],
      ])
      expect((await apply(host, 'service', rsyslog)).refuse).to.match(/Could not find the requested service rsyslog/)
      converged(await apply(host, ...install), 'install rsyslog, rsyslog-gnutls')
      expect((await apply(host, 'service', { ...rsyslog, restart_on: [] })).changes).to.deep.equal([])
    })

    it('owes a restart for content only, across a killed run, a foreign restart and a reboot', async () => {
      await host.exec(`echo '# one' >${conf}`)
      converged(await apply(host, 'service', rsyslog), restartOwed)
      expect((await host.exec('stat -c %a /run/sallyport /run/sallyport/restart')).stdout).to.equal('700\n700\n')
      expect((await apply(host, 'service', rsyslog)).changes).to.deep.equal([])

      await host.exec(`chmod 600 ${conf}; touch ${conf}`)
      expect((await apply(host, 'service', rsyslog)).changes, 'mode and time').to.deep.equal([])

      // A run that dies here has changed the file and restarted nothing: the next one must.
      await host.exec(`echo '# two' >${conf}; touch -d '1 hour ago' ${conf}`)
      converged(await apply(host, 'service', rsyslog), restartOwed)

      await host.exec(`rm ${conf}`)
      converged(await apply(host, 'service', rsyslog), restartOwed)

      await host.exec(`echo '# three' >${conf}; sleep 2; systemctl restart rsyslog`)
      expect((await apply(host, 'service', rsyslog)).changes, 'somebody restarted it').to.deep.equal([])

      // A lab host boots within the second; what is as old as the start counts as newer.
      await host.exec(`sleep 1; echo '# four' >${conf}; sleep 2`)
      await host.reboot()
      expect((await apply(host, 'service', rsyslog)).changes, 'after the reboot').to.deep.equal([])

      await host.exec(`echo '# five' >${conf}; systemctl stop rsyslog syslog.socket`)
      converged(await apply(host, 'service', rsyslog), 'start')
      expect((await apply(host, 'service', rsyslog)).changes, 'the start takes the file in').to.deep.equal([])
    })

    once('keeps the restart owed when the apply is killed at any of its commands', async () => {
      const [module, wish] = await load(['service', rsyslog])
      await host.exec(`echo '# killed' >>${conf}`)
      const state = await stateOf(host, module, wish)
      const { text } = module.apply(wish, state, module.plan(wish, state)).script
      // Killed before the restart: still owed. The stamp is the last thing that is written.
      await step(host, text.replace('_err=$(systemctl', 'kill -9 $$; _err=$(systemctl'), true)
      expect(whats(module.plan(wish, await stateOf(host, module, wish)))).to.deep.equal([restartOwed])
      // Killed between restart and stamp: the restart happened, so none is owed. Both times are known to the second.
      await host.exec('sleep 2')
      await step(host, text.replace(/^umask 077$/m, 'kill -9 $$'), true)
      expect(whats(module.plan(wish, await stateOf(host, module, wish)))).to.deep.equal([])
    })

    once('says why a service does not run', async () => {
      const unit = (name: string, body: string) =>
        `printf '[Service]\\n${body}\\n' >/etc/systemd/system/${name}.service`
      await host.exec(
        [
          unit('falls', 'ExecStart=/bin/sh -c "echo no such luck; exit 3"'),
          unit('ends', 'ExecStart=/bin/true'),
          unit('loops', 'ExecStart=/bin/false\\nRestart=always\\nRestartSec=30'),
        ].join('\n'),
      )
      const falls = await apply(host, 'service', { name: 'falls', state: 'started' })
      expect(falls.code).to.equal(1)
      expect(falls.stderr).to.match(/^service falls failed after start \(exit-code\)\n[^]*no such luck/)
      expect((await apply(host, 'service', { name: 'ends', state: 'started' })).stderr).to.match(/ended at once/)
      expect((await apply(host, 'service', { name: 'loops', state: 'started' })).stderr).to.match(
        /loops failed after start/,
      )
    })

    once('enables, reloads unit files, masks', async () => {
      const unit = '/etc/systemd/system/own.service'
      await host.exec(
        `printf '[Service]\\nExecStart=/bin/sleep 999\\n[Install]\\nWantedBy=multi-user.target\\n' >${unit}`,
      )
      const own = { name: 'own', state: 'started', enabled: true, daemon_reload: true }
      converged(await apply(host, 'systemd', own), 'enable', 'start')
      await host.exec(`echo '# x' >>${unit}`)
      converged(await apply(host, 'systemd', own), "reload systemd's unit files")
      await host.exec(`echo '# y' >>${unit}`)
      converged(await apply(host, 'systemd', { daemon_reload: true }), "reload systemd's unit files")
      expect((await apply(host, 'systemd', { ...own, state: 'restarted' })).code).to.equal(0)
      converged(await apply(host, 'systemd', { name: 'own', state: 'stopped', enabled: false }), 'disable', 'stop')
      await host.exec(`rm ${unit}`)
      converged(await apply(host, 'systemd', { name: 'own', masked: true }), 'mask')
      expect((await apply(host, 'systemd', { name: 'own', state: 'started' })).refuse).to.match(/masked/)
      converged(await apply(host, 'systemd', { name: 'own', masked: false }), 'unmask')
    })

    it('installs, pins, purges', async () => {
      converged(await apply(host, 'apt', { name: 'hello=2.*' }), 'install hello=2.*')
      expect((await apply(host, 'apt', { name: 'hello>=2' })).changes).to.deep.equal([])
      expect((await apply(host, 'package', { name: 'awk', state: 'present' })).changes, 'virtual').to.deep.equal([])
      expect((await apply(host, 'package', { name: 'hello', state: 'latest' })).changes).to.deep.equal([])
      converged(await apply(host, 'apt', { name: 'hello', state: 'absent', purge: true }), 'purge hello')
      const typo = await apply(host, 'package', { name: 'surely-not-there', state: 'present' })
      expect(typo.stderr).to.equal('apt-get install: Unable to locate package surely-not-there\n')
    })

    once('keeps a service down while its package is installed, when told so', async () => {
      converged(await apply(host, 'apt', { name: 'cron', policy_rc_d: 101 }), 'install cron')
      const after = await host.exec('systemctl is-active cron; ls /usr/sbin/policy-rc.d')
      expect(after.stdout).to.equal('inactive\n')
    })

    it('waits for locks, also those that apt does not wait for, and names their holder', async () => {
      for (const [lock, task] of [
        ['/var/lib/dpkg/lock-frontend', { name: 'hello' }],
        ['/var/cache/apt/archives/lock', { name: 'hello' }],
        ['/var/lib/apt/lists/lock', { update_cache: true }],
      ] as const) {
        await host.exec('DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove hello >/dev/null 2>&1')
        await hold(host, lock)
        const short = await apply(host, 'apt', { ...task, lock_timeout: 1 })
        expect(short.stderr).to.match(
          /another process holds the lock, waited \d+ s: Could not get lock .*held by process \d+ \(perl\)/,
        )
        await host.exec('systemd-run -q --collect --on-active=3 --timer-property=AccuracySec=100ms systemctl stop hold')
        expect((await apply(host, 'apt', { ...task, lock_timeout: 60 })).code, lock).to.equal(0)
      }
    })

    once('says in one line that a mirror is out of reach', async () => {
      await host.exec(
        `rm -rf /var/lib/apt/lists/*; apt-get -qq -y purge hello; echo 'Acquire::http::Proxy "http://127.0.0.1:9";' >/etc/apt/apt.conf.d/99test`,
      )
      const lost = await apply(host, 'package', { name: 'hello', state: 'present' })
      expect(lost.code).to.equal(100)
      expect(lost.stderr).to.match(/^apt-get update: Failed to fetch .*127\.0\.0\.1.*\n$/)
      await host.exec('rm /etc/apt/apt.conf.d/99test')
    })

    once('takes back a source that apt cannot fetch from', async () => {
      const list = '/etc/apt/sources.list.d/own.list'
      await host.exec(`mkdir -p /srv/own; : >/srv/own/Packages; echo '# mine' >${list}`)
      const source = (path: string) => `deb [trusted=yes] file://${path} ./`
      const own = { filename: 'own', update_cache_retries: 1 }
      const lost = await apply(host, 'apt_repository', { ...own, repo: source('/srv/none') })
      expect(lost.stderr).to.match(/^apt-get update: .*\/srv\/none[^]*the sources are again what they were\n$/)
      expect((await host.exec(`cat ${list}; ls -A /etc/apt/sources.list.d | grep -c own`)).stdout).to.equal(
        '# mine\n1\n',
      )
      const found = await apply(host, 'apt_repository', { ...own, repo: source('/srv/own') })
      expect(found, found.stderr).to.deep.include({ code: 0, again: [] })
      await apply(host, 'apt_repository', { ...own, repo: source('/srv/own'), state: 'absent' })
      expect((await host.exec(`cat ${list}; rm ${list}`)).stdout).to.equal('# mine\n')
    })

    once('names what dpkg left half done', async () => {
      await host.exec(`mkdir -p /root/bad/DEBIAN; cd /root
printf 'Package: badpkg\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' >bad/DEBIAN/control
printf '#!/bin/sh\\necho cannot work here >&2\\nexit 1\\n' >bad/DEBIAN/postinst; chmod 755 bad/DEBIAN/postinst; dpkg-deb -b bad bad.deb`)
      const failed = await apply(host, 'apt', { deb: '/root/bad.deb' })
      expect(failed.stderr).to.match(/dpkg: error processing package badpkg[^]*cannot work here/)
      const [module, wish] = await load(['package', { name: 'badpkg', state: 'present' }])
      const plan = module.plan(wish, await stateOf(host, module, wish))
      expect(whats(plan)).to.deep.equal(['finish installing badpkg (it was interrupted)'])
      converged(await apply(host, 'package', { name: 'badpkg', state: 'absent' }), 'remove badpkg')
    })

    once('probes without writing a byte', async () => {
      const tasks: readonly Task[] = [
        ['package', { name: 'rsyslog,hello', state: 'latest' }],
        ['apt', { upgrade: 'full', autoremove: true, autoclean: true, clean: true }],
        ['service', rsyslog],
        ['systemd', { daemon_reload: true }],
        ['rsyslog_facts', {}],
        ['setup', {}],
      ]
      const listing = `find / -xdev -type f -o -xdev -type d | grep -v '^/\\(var/log\\|tmp\\|run\\|proc\\|sys\\|dev\\)' | sort | xargs -d '\\n' stat -c '%n %s %y %z' 2>/dev/null`
      const before = (await host.exec(listing)).stdout
      for (const task of tasks) {
        const [module, wish] = await load(task)
        await stateOf(host, module, wish)
      }
      const after = (await host.exec(listing)).stdout
      expect(after.split('\n').filter((line) => !before.includes(line))).to.deep.equal([])
    })
  })
}

export function withoutSystemd(): void {
  describe('service without systemd', function () {
    this.timeout(300_000)
    let lab: Lab | undefined
    let host: LabHost
    before(async function () {
      lab = await labOrSkip.call(this, [{ name: 'init', suite: 'bookworm', packages: ['openrc'] }])
      host = lab.host('init')
      await host.exec(`cat >/etc/init.d/lsb-one <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides: lsb-one
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: a test
### END INIT INFO
case $1 in
start) start-stop-daemon --start --background --make-pidfile --pidfile /run/lsb-one.pid --exec /bin/sleep -- 9999 ;;
stop) start-stop-daemon --stop --pidfile /run/lsb-one.pid --oknodo --remove-pidfile ;;
restart) $0 stop; $0 start ;;
status) start-stop-daemon --status --pidfile /run/lsb-one.pid --exec /bin/sleep ;;
esac
END
cat >/etc/init.d/rc-one <<'END'
#!/usr/sbin/openrc-run
command=/bin/sleep
command_args=9998
command_background=yes
pidfile=/run/rc-one.pid
END
chmod 755 /etc/init.d/lsb-one /etc/init.d/rc-one; echo one >/etc/one.conf`)
    })
    after(() => lab?.down())

    const openrcFolders = 'starting started stopping inactive failed daemons options exclusive scheduled tmp'
    for (const [manager, name, arrange] of [
      ['init scripts', 'lsb-one', ':'],
      [
        'OpenRC',
        'rc-one',
        `for d in ${openrcFolders}; do mkdir -p /run/openrc/$d; done; echo default >/run/openrc/softlevel`,
      ],
    ] as const) {
      it(`starts, restarts for its files, stops under ${manager}`, async () => {
        shellOf.set(host, `mkdir -p /run/empty; unshare -m sh -c 'mount --bind /run/empty /run/systemd; exec sh -s'`)
        await host.exec(arrange)
        const wish = { name, state: 'started', enabled: true, restart_on: ['/etc/one.conf'] }
        const pass = (applied: Applied, ...changes: readonly string[]) =>
          expect(applied, applied.stderr).to.deep.include({ changes, code: 0, again: [] })
        pass(await apply(host, 'service', wish), 'enable', 'start')
        pass(await apply(host, 'service', wish))
        await host.exec(`echo ${name} >/etc/one.conf`)
        pass(await apply(host, 'service', wish), restartOwed)
        expect((await apply(host, 'service', { name, state: 'restarted', sleep: 1 })).code).to.equal(0)
        pass(await apply(host, 'service', { name, state: 'stopped', enabled: false }), 'disable', 'stop')
        expect((await apply(host, 'systemd', { name, state: 'started' })).refuse).to.match(/systemd does not run/)
        expect((await apply(host, 'service', { name: 'nope', state: 'started' })).refuse).to.match(/Could not find/)
      })
    }
  })
}

export function rpmFamily(): void {
  describe('packages of the rpm family', function () {
    this.timeout(300_000)
    let lab: Lab | undefined
    let host: LabHost
    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'rpm', suite: 'bookworm', packages: ['dnf', 'rpm', 'createrepo-c', 'zypper'] },
      ])
      host = lab.host('rpm')
      // Debian's rpm keeps root's database elsewhere than zypper does.
      const made = await host.exec(`echo '%_dbpath /var/lib/rpm' >/root/.rpmmacros
mkdir -p /root/build/SPECS /srv/repo /etc/yum.repos.d /etc/zypp/repos.d; cd /root/build
for v in 1.0 1.1; do
  printf '%s\n' 'Name: salty' "Version: $v" 'Release: 1' 'Summary: x' 'License: MIT' 'BuildArch: noarch' 'Provides: virtual-salt' '%description' x '%files' >SPECS/salty.spec
  rpmbuild --define '_topdir /root/build' -bb SPECS/salty.spec >/dev/null 2>&1
done
printf '[local]\nname=local\nbaseurl=file:///srv/repo\nenabled=1\ngpgcheck=0\n' | tee /etc/yum.repos.d/local.repo >/etc/zypp/repos.d/local.repo
ls RPMS/noarch`)
      expect(made.stdout).to.equal('salty-1.0-1.noarch.rpm\nsalty-1.1-1.noarch.rpm\n')
    })
    after(() => lab?.down())

    const offer = (...versions: readonly string[]) =>
      host.exec(`rm -rf /srv/repo/*; for v in ${versions.join(' ')}; do cp /root/build/RPMS/noarch/salty-$v-1.noarch.rpm /srv/repo/; done
createrepo_c -q /srv/repo; dnf -q makecache --refresh; rm -rf /var/cache/zypp/raw/local /var/cache/zypp/solv/local /var/cache/zypp/packages; zypper -n -q refresh`)

    for (const use of ['dnf', 'zypper']) {
      it(`installs, upgrades, pins, removes through ${use}`, async () => {
        const salty = (state: string, name = 'salty') => apply(host, 'package', { name, state, use })
        const pass = (applied: Applied, ...changes: readonly string[]) =>
          expect(applied, applied.stderr).to.deep.include({ changes, code: 0, again: [] })
        await offer('1.0')
        pass(await salty('present'), 'install salty')
        pass(await salty('latest'))
        pass(await salty('present', 'salty=1.0'))
        pass(await salty('present', 'virtual-salt'))
        await offer('1.0', '1.1')
        pass(await salty('latest'), 'upgrade salty 1.0-1 → 1.1-1')
        pass(await salty('present', 'salty=1.0'), 'upgrade salty 1.1-1 → 1.0')
        expect((await salty('present', 'surely-not-there')).stderr).to.match(
          /^(Error: Unable to find a match|No provider of)/,
        )
        const gone = await salty('absent')
        expect(gone).to.deep.include({ changes: ['remove salty'], again: [] })
      })
    }

    it('is dnf, with its options', async () => {
      const salty = (args: object) => apply(host, 'dnf', { name: 'salty', ...args })
      const pass = (applied: Applied, ...changes: readonly string[]) =>
        expect(applied, applied.stderr).to.deep.include({ changes, code: 0, again: [] })
      await offer('1.0', '1.1')
      await host.exec(`rm -rf /srv/other; cp -r /srv/repo /srv/other; rm /srv/other/salty-1.1*; createrepo_c -q /srv/other
printf '[other]\\nname=other\\nbaseurl=file:///srv/other\\nenabled=0\\ngpgcheck=0\\n' >/etc/yum.repos.d/other.repo; dnf -q makecache --enablerepo=other`)
      pass(await salty({ state: 'latest', update_only: true }))
      expect((await salty({ exclude: ['salty'] })).stderr).to.match(/salty/)
      const other = { disablerepo: '*', enablerepo: 'other' }
      pass(await salty({ ...other, disable_gpg_check: true, install_weak_deps: false }), 'install salty')
      pass(await salty({ ...other, state: 'latest' }))
      pass(await salty({ name: 'salty >= 1.0' }))
      pass(await salty({ name: 'salty >= 1.1' }), 'upgrade salty 1.0-1 → at least 1.1')
      pass(await salty({ name: 'salty-1.0' }))
      pass(await salty({ name: 'salty-1.0', allow_downgrade: true }), 'upgrade salty 1.1-1 → 1.0')
      pass(await salty({ name: 'salty-1.1-1', cacheonly: true }), 'upgrade salty 1.0-1 → 1.1-1')
      await offer('1.0')
      pass(await salty({ state: 'absent' }), 'remove salty')
      pass(await salty({}), 'install salty')
      await host.exec('cp /root/build/RPMS/noarch/salty-1.1-1.noarch.rpm /srv/repo; createrepo_c -q /srv/repo')
      const fresh = await salty({ state: 'latest', update_cache: true })
      expect(fresh.changes, fresh.stderr).to.deep.equal(['fetch the package lists'])
      expect((await host.exec('rpm -q salty')).stdout).to.equal('salty-1.1-1.noarch\n')
      pass(await salty({ state: 'removed' }), 'remove salty')
      expect((await apply(host, 'dnf', { update_cache: true })).code).to.equal(0)
    })
  })
}

/** apt's locks are fcntl locks, which flock(1) does not take. */
async function hold(host: LabHost, path: string): Promise<void> {
  const program = `use Fcntl; open(F, "+>>", "${path}"); my $l = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die "$!"; print "held"; sleep 90`
  const started = await host.exec(
    `systemctl reset-failed hold 2>/dev/null; systemd-run -q --collect --unit=hold perl -e '${program}'; sleep 1; systemctl is-active hold`,
  )
  expect(started.stdout).to.equal('active\n')
}
