import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Effects } from '../../src/modules/effects.ts'
import { distributionFacts } from '../../src/modules/facts/distribution.ts'
import { localFacts } from '../../src/modules/facts/local.ts'
import { groupsOf, toExtended } from '../../src/modules/facts/regex.ts'
import { predictPerActionCa } from '../../src/modules/facts/rsyslog-version.ts'
import { readSections } from '../../src/modules/facts/sections.ts'
import { wantedSubsets } from '../../src/modules/facts/subsets.ts'
import { addressHex } from '../../src/modules/facts/tcp.ts'
import { virtualFacts } from '../../src/modules/facts/virtual.ts'
import rsyslogFacts from '../../src/modules/rsyslog-facts.ts'
import setup from '../../src/modules/setup.ts'
import waitFor from '../../src/modules/wait-for.ts'
import { isMapping, type Mapping } from '../../src/source/value.ts'
import type { Script } from '../../src/shell/script.ts'
import { runScript, shells } from '../support/modules.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/modules/${name}`, import.meta.url), 'utf8')

function shellcheck(script: Script): void {
  // SC2016: a dollar sign in a value is meant to stay one.
  execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'], {
    input: script.text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
}

function gathered(output: string, args: Record<string, unknown> = {}): Mapping {
  const wish = setup.args.parse(args)
  const facts = setup.result?.(wish, setup.parse(output, wish))['ansible_facts']
  return isMapping(facts) ? facts : {}
}

const comparable = [
  'ansible_architecture',
  'ansible_default_ipv4',
  'ansible_default_ipv6',
  'ansible_distribution',
  'ansible_distribution_major_version',
  'ansible_distribution_release',
  'ansible_distribution_version',
  'ansible_dns',
  'ansible_fips',
  'ansible_hostname',
  'ansible_is_chroot',
  'ansible_kernel',
  'ansible_kernel_version',
  'ansible_machine',
  'ansible_machine_id',
  'ansible_memtotal_mb',
  'ansible_nodename',
  'ansible_os_family',
  'ansible_pkg_mgr',
  'ansible_processor',
  'ansible_processor_cores',
  'ansible_processor_count',
  'ansible_processor_nproc',
  'ansible_processor_threads_per_core',
  'ansible_processor_vcpus',
  'ansible_product_name',
  'ansible_selinux',
  'ansible_apparmor',
  'ansible_service_mgr',
  'ansible_ssh_host_key_ed25519_public',
  'ansible_swaptotal_mb',
  'ansible_system',
  'ansible_system_vendor',
  'ansible_user_dir',
  'ansible_user_gecos',
  'ansible_user_gid',
  'ansible_user_id',
  'ansible_user_shell',
  'ansible_user_uid',
  'ansible_userspace_bits',
]

/** What ansible-core gathers here, with the same program search path; undefined where it is not installed. */
function ansibleFacts(): Mapping | undefined {
  try {
    const command = ['localhost', '-c', 'local', '-m', 'setup', '-e', 'ansible_python_interpreter=/usr/bin/python3']
    const output = execFileSync('ansible', command, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ANSIBLE_NOCOLOR: '1' },
    })
    const parsed: unknown = JSON.parse(output.slice(output.indexOf('{')))
    return isMapping(parsed) && isMapping(parsed['ansible_facts']) ? parsed['ansible_facts'] : undefined
  } catch {
    return undefined
  }
}

describe('setup', () => {
  const facts = gathered(fixture('setup/trixie.txt'))

  const expected: Record<string, unknown> = {
    ansible_distribution: 'Debian',
    ansible_distribution_version: '13.7',
    ansible_distribution_major_version: '13',
    ansible_distribution_minor_version: '7',
    ansible_distribution_release: 'trixie',
    ansible_os_family: 'Debian',
    ansible_kernel: '6.12.41+deb13-amd64',
    ansible_architecture: 'x86_64',
    ansible_hostname: 'tri',
    ansible_service_mgr: 'systemd',
    ansible_pkg_mgr: 'apt',
    ansible_user_id: 'root',
    ansible_user_uid: 0,
    ansible_cmdline: { BOOT_IMAGE: '/vmlinuz', root: '/dev/vda1', ro: true, quiet: true },
    ansible_processor_vcpus: 2,
    ansible_processor_nproc: 2,
    ansible_product_name: 'NA',
    ansible_selinux: { status: 'disabled' },
    ansible_is_chroot: false,
    ansible_uptime_seconds: 5744,
    ansible_interfaces: ['e_tri', 'lo'],
    ansible_all_ipv4_addresses: ['10.213.0.12'],
    ansible_default_ipv4: {
      interface: 'e_tri',
      address: '10.213.0.12',
      gateway: '10.213.0.1',
      broadcast: '',
      netmask: '255.255.255.0',
      network: '10.213.0.0',
      prefix: '24',
      macaddress: '02:53:6c:00:00:0c',
      mtu: 1500,
      type: 'ether',
      alias: 'e_tri',
    },
  }
  for (const [name, value] of Object.entries(expected)) {
    it(`tells ${name}`, () => expect(facts[name]).to.deep.equal(value))
  }

  it('tells mounts, their numbers where a file system answered', () => {
    const [root, data] = facts['ansible_mounts'] as Mapping[]
    expect(root).to.include({ mount: '/', device: '/dev/vda1', fstype: 'ext4', size_total: 4096 * 66053021 })
    expect(data).to.deep.equal({
      mount: '/srv/my data',
      device: '/dev/vdb1',
      fstype: 'xfs',
      options: 'rw',
      uuid: 'N/A',
    })
  })

  it('gathers only what is asked for', () => {
    const names = Object.keys(
      gathered(fixture('setup/trixie.txt'), {
        gather_subset: ['!all', 'network'],
        filter: ['ansible_all_*', 'hostname'],
      }),
    )
    expect(names).to.have.members([
      'ansible_all_ipv4_addresses',
      'ansible_all_ipv6_addresses',
      'ansible_hostname',
      'gather_subset',
      'module_setup',
    ])
  })

  const subsets: readonly [string[], string[]][] = [
    [['all'], ['min', 'hardware', 'network', 'virtual']],
    [['!all'], ['min']],
    [['!all', '!min', 'network'], ['network']],
    [['!hardware'], ['min', 'network', 'virtual']],
    [['default_ipv4'], ['min', 'network']],
  ]
  for (const [given, wanted] of subsets) {
    it(`reads gather_subset ${given.join(',')}`, () => expect([...wantedSubsets(given)]).to.deep.equal(wanted))
  }

  it('refuses what it cannot gather', () => {
    expect(setup.args.safeParse({ gather_subset: 'facter' }).error?.message).to.match(/facter is not supported/)
    expect(setup.args.safeParse({ gather_subset: 'netwrok' }).error?.message).to.match(/not a subset/)
  })

  const distributions: readonly [
    Record<string, string>,
    Partial<Record<'debianVersion' | 'redhatRelease' | 'alpineRelease', string>>,
    unknown[],
  ][] = [
    [
      { ID: 'ubuntu', VERSION_ID: '24.04', VERSION_CODENAME: 'noble', ID_LIKE: 'debian' },
      { debianVersion: 'trixie/sid' },
      ['Ubuntu', '24.04', '24', 'noble', 'Debian'],
    ],
    [
      { ID: 'rocky', VERSION_ID: '9.4', VERSION: '9.4 (Blue Onyx)', ID_LIKE: 'rhel centos fedora' },
      { redhatRelease: 'Rocky Linux release 9.4 (Blue Onyx)' },
      ['Rocky', '9.4', '9', 'Blue Onyx', 'RedHat'],
    ],
    [
      { ID: 'centos', VERSION_ID: '7', VERSION: '7 (Core)' },
      { redhatRelease: 'CentOS Linux release 7.9.2009 (Core)' },
      ['CentOS', '7.9.2009', '7', 'Core', 'RedHat'],
    ],
    [
      { ID: 'opensuse-leap', VERSION_ID: '15.6', VERSION: '15.6', ID_LIKE: 'suse opensuse' },
      {},
      ['openSUSE Leap', '15.6', '15', 'NA', 'Suse'],
    ],
    [{ ID: 'alpine', VERSION_ID: '3.20.1' }, { alpineRelease: '3.20.1' }, ['Alpine', '3.20.1', '3', 'NA', 'Alpine']],
    [
      { ID: 'ol', VERSION_ID: '8.9', VERSION: '8.9' },
      { redhatRelease: 'Red Hat Enterprise Linux release 8.9 (Ootpa)' },
      ['OracleLinux', '8.9', '8', 'NA', 'RedHat'],
    ],
    [{ ID: 'newos', NAME: 'New OS', VERSION_ID: '1', ID_LIKE: 'debian' }, {}, ['New OS', '1', '1', 'NA', 'Debian']],
  ]
  for (const [release, files, [name, version, major, codename, family]] of distributions) {
    it(`knows ${String(name)}`, () => {
      const found = distributionFacts({
        release,
        debianVersion: '',
        redhatRelease: '',
        alpineRelease: '',
        kernel: '6.1',
        ...files,
      })
      expect(found).to.include({
        distribution: name,
        distribution_version: version,
        distribution_major_version: major,
        distribution_release: codename,
        os_family: family,
      })
    })
  }

  it('tells what the host runs on', () => {
    const kvm = virtualFacts(readSections('@@ vendor\nQEMU\n@@ product\nStandard PC\n'))
    expect(kvm).to.include({ virtualization_type: 'kvm', virtualization_role: 'guest' })
    const nspawn = virtualFacts(readSections('@@ init_env\ncontainer=systemd-nspawn\n@@ container\nsystemd-nspawn\n'))
    expect(nspawn['virtualization_tech_guest']).to.deep.equal(['container', 'systemd-nspawn'])
    expect(virtualFacts(readSections('@@ vendor\nDell Inc.\n'))['virtualization_type']).to.equal('NA')
  })

  it("reads the host's own facts", () => {
    const hex = (text: string) => Buffer.from(text).toString('hex')
    expect(
      localFacts([`a.fact ${hex('{"x": [1]}')}`, `b c.fact ${hex('[s]\nKey = v # w\n')}`, `d.fact ${hex('nonsense')}`]),
    ).to.deep.equal({
      a: { x: [1] },
      'b c': { s: { key: 'v # w' } },
      d: 'error loading facts as JSON or ini - please check content',
    })
  })

  for (const shell of Object.keys(shells)) {
    it(`gathers this host under ${shell}`, async () => {
      const step = await runScript(setup.probe(setup.args.parse({})), shell)
      expect(step.stderr.toString()).to.equal('')
      const own = gathered(step.stdout.toString())
      expect(own['ansible_system']).to.equal('Linux')
      expect(own['ansible_memtotal_mb']).to.be.greaterThan(100)
    }).timeout(120_000)
  }

  it("agrees with ansible-core's setup on this host", async function () {
    this.timeout(120_000)
    const theirs = ansibleFacts()
    if (!theirs) return this.skip()
    const step = await runScript(setup.probe(setup.args.parse({})))
    const ours = gathered(step.stdout.toString())
    for (const name of comparable) expect(ours[name], name).to.deep.equal(theirs[name])
    // Other interfaces may come and go meanwhile.
    expect(theirs['ansible_lo']).to.deep.include(ours['ansible_lo'])
  })

  it('pleases shellcheck', () => shellcheck(setup.probe(setup.args.parse({ fact_path: '/a b' }))))
})

describe('rsyslog_facts', () => {
  const told = (file: string, args: Record<string, unknown> = {}, effects: Effects = {}) => {
    const wish = rsyslogFacts.args.parse(args)
    const state = rsyslogFacts.parse(fixture(`rsyslog_facts/${file}`), wish)
    return rsyslogFacts.result?.(wish, rsyslogFacts.overlay?.(state, effects, wish) ?? state)
  }

  it('tells version and driver', () => {
    expect(told('bookworm.txt')).to.deep.equal({
      installed: true,
      version: '8.2302.0',
      version_known: true,
      per_action_ca: true,
      global_ca: null,
      global_ca_file: null,
      global_ca_fixed: false,
      global_ca_after: false,
      modules: {},
      modules_after: [],
      ignored_modules: [],
      reads: false,
      complaint: '',
      work_directory: null,
      ignored_ca: null,
      user: 'root',
      stream_driver: { driver: 'ptcp', mode: '0', auth_mode: 'anon' },
      gtls_module: true,
      config_dir: '/etc/rsyslog.d',
    })
    expect(told('bullseye.txt')).to.include({ version: '8.2102.0', per_action_ca: false, gtls_module: false })
  })

  it('finds a global CA in either spelling; global() holds whatever else is set, ignored files do not count', () => {
    expect(told('bookworm-global-ca.txt')).to.include({ global_ca: '/etc/b.pem', global_ca_fixed: true })
    expect(told('bookworm-global-ca.txt', { ignore: ['/etc/rsyslog.d/60-x.conf'] })).to.include({
      global_ca: '/etc/c.pem',
      global_ca_fixed: false,
    })
  })

  it('names the modules that are loaded, and the file that loads each', () => {
    const loaded = (args = {}) => told('bookworm-global-ca.txt', args)?.['modules']
    expect(loaded()).to.deep.equal({ imfile: '/etc/rsyslog.d/60-x.conf' })
    expect(loaded({ ignore: ['/etc/rsyslog.d/60-x.conf'] })).to.deep.equal({})
  })

  it('reads a configuration as rsyslog does: comments, both spellings, includes', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rsyslog-'))
    const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
    write(
      'rsyslog.conf',
      `module(load="imuxsock") # local\n$IncludeConfig ${dir}/*.inc\n#module(load="omrelp")\nmodule(load="impstats")\n$PrivDropToUser syslog\n$ActionSendStreamDriverAuthMode x509/name\n$WorkDirectory /var/spool/there # queues\n`,
    )
    write(
      '20.inc',
      '$ModLoad /usr/lib/rsyslog/imfile.so # files\n$ActionSendStreamDriverMode 1\n$actionsendstreamdriver gtls\n',
    )
    write(
      '60.inc',
      'module(\n  load = "omrelp"\n)\nglobal(DefaultNetstreamDriver="ossl")\n$ActionSendStreamDriver ptcp\n',
    )
    const script = rsyslogFacts.probe(rsyslogFacts.args.parse({}))
    const here = { ...script, text: script.text.replaceAll('/etc/rsyslog.conf', `${dir}/rsyslog.conf`) }
    for (const shell of Object.keys(shells)) {
      const { stdout } = await runScript(here, shell)
      const at = (before?: string) => {
        const wish = rsyslogFacts.args.parse(before === undefined ? {} : { before: join(dir, before) })
        return rsyslogFacts.result?.(wish, rsyslogFacts.parse(stdout.toString(), wish)) ?? {}
      }
      expect(at()['modules']).to.deep.equal({
        imuxsock: `${dir}/rsyslog.conf`,
        imfile: `${dir}/20.inc`,
        omrelp: `${dir}/60.inc`,
        impstats: `${dir}/rsyslog.conf`,
      })
      expect(at()['user']).to.equal('syslog')
      expect([at('30.inc')['reads'], at('30.conf')['reads'], at('sub/30.inc')['reads']]).to.deep.equal([
        true,
        false,
        false,
      ])
      expect(at()['work_directory']).to.equal('/var/spool/there')
      expect(at('30.inc')['modules_after']).to.deep.equal(['omrelp', 'impstats'])
      expect(at('11.inc')['stream_driver']).to.deep.equal({ driver: 'ossl', mode: '0', auth_mode: 'anon' })
      expect(at('30.inc')['stream_driver']).to.deep.equal({ driver: 'gtls', mode: '1', auth_mode: 'anon' })
      expect(at()['stream_driver']).to.deep.equal({ driver: 'ptcp', mode: '1', auth_mode: 'x509/name' })
    }
    rmSync(dir, { recursive: true })
  })

  it('tells which file sets the CA for all, and whether that is read after the one that is to', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rsyslog-'))
    const main = join(dir, 'rsyslog.conf')
    const setting = '$DefaultNetstreamDriverCAFile /etc/ssl/other.pem\n'
    const probe = rsyslogFacts.probe(rsyslogFacts.args.parse({}))
    const here = { ...probe, text: probe.text.replaceAll('/etc/rsyslog.conf', main) }
    const files = (before: string, included: Readonly<Record<string, string>>, behind: string) => ({
      'rsyslog.conf': `${before}$IncludeConfig ${dir}/*.inc\n${behind}`,
      ...included,
    })
    for (const [written, file, ours, after] of [
      [files('', { 'remote.inc': setting }, ''), 'remote.inc', 'zz-ours.inc', false],
      [files('', { 'remote.inc': setting }, ''), 'remote.inc', '99-ours.inc', true],
      [files(setting, {}, ''), 'rsyslog.conf', 'zz-ours.inc', false],
      [files('', {}, setting), 'rsyslog.conf', 'zz-ours.inc', true],
    ] as const) {
      for (const [name, text] of Object.entries(written)) writeFileSync(join(dir, name), text)
      const { stdout } = await runScript(here)
      const wish = rsyslogFacts.args.parse({ ca_config: join(dir, ours) })
      expect(rsyslogFacts.result?.(wish, rsyslogFacts.parse(stdout.toString(), wish))).to.include({
        global_ca: '/etc/ssl/other.pem',
        global_ca_file: join(dir, file),
        global_ca_after: after,
      })
      for (const name of Object.keys(written)) rmSync(join(dir, name))
    }
    rmSync(dir, { recursive: true })
  })

  it('tells what rsyslogd has against its configuration, as long as a file is not there', () => {
    const of = (lines: string) => {
      const wish = rsyslogFacts.args.parse({ check_unless: '/etc/rsyslog.d/11-x.conf' })
      return rsyslogFacts.result?.(wish, rsyslogFacts.parse(lines, wish))?.['complaint']
    }
    expect(of('')).to.equal('')
    expect(of('asked\nvalid\n')).to.equal('')
    expect(of('asked\n')).to.equal('it does not say why')
    expect(of('asked\ncomplaint /etc/a.conf, line 3: syntax error\ncomplaint b\n')).to.equal(
      '/etc/a.conf, line 3: syntax error; b',
    )
  })

  it('tells whom it becomes, in either spelling', () => {
    const user = (line: string) => {
      const wish = rsyslogFacts.args.parse({})
      return rsyslogFacts.result?.(wish, rsyslogFacts.parse(`set\t/etc/rsyslog.conf\t${line}\n`, wish))?.['user']
    }
    expect(user('$PrivDropToUserID 104')).to.equal('104')
    expect(user('global(privdrop.user.name="log" privdrop.group.name="adm")')).to.equal('log')
    expect(user('$DefaultNetstreamDriver gtls')).to.equal('root')
  })

  it('predicts what an earlier task will install', () => {
    const effects: Effects = {
      packages: {
        rsyslog: { state: 'installed', manager: 'apt' },
        'rsyslog-gnutls': { state: 'installed', manager: 'apt' },
      },
    }
    expect(told('bookworm-fresh.txt')).to.include({ installed: false, version: null })
    expect(told('bookworm-fresh.txt', {}, effects)).to.include({
      installed: true,
      version_known: false,
      per_action_ca: true,
      gtls_module: true,
    })
  })

  const predictions: readonly [string, string, string, boolean][] = [
    ['debian', '', '11', false],
    ['debian', '', '12', true],
    ['ubuntu', 'debian', '20.04', false],
    ['ubuntu', 'debian', '22.04', true],
    ['rocky', 'rhel centos fedora', '8.10', false],
    ['almalinux', 'rhel centos fedora', '9.4', true],
    ['fedora', '', '40', true],
    ['opensuse-leap', 'suse opensuse', '15.6', true],
    ['debian', '', '', true],
  ]
  for (const [id, like, version, newEnough] of predictions) {
    it(`predicts ${id} ${version}`, () => expect(predictPerActionCa({ id, like, version })).to.equal(newEnough))
  }

  it('pleases shellcheck', () => shellcheck(rsyslogFacts.probe(rsyslogFacts.args.parse({}))))
})

describe('wait_for', () => {
  let server: Server
  let port = 0
  before((done) => {
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('SSH-2.0-Test_1\r\n')
    })
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      port = typeof address === 'object' && address ? address.port : 0
      done()
    })
  })
  after(() => server.close())

  const wait = async (args: Record<string, unknown>, shell: string) => {
    const wish = waitFor.args.parse(args)
    return waitFor.report(wish, await runScript(waitFor.run(wish).script, shell))
  }

  for (const shell of Object.keys(shells)) {
    it(`sees ports and files under ${shell}`, async () => {
      expect((await wait({ port }, shell)).failed).to.equal(undefined)
      expect((await wait({ port, host: '::1', timeout: 0 }, shell)).failed).to.equal(
        `Timeout when waiting for ::1:${port}`,
      )
      expect((await wait({ port, state: 'stopped', timeout: 0 }, shell)).failed).to.equal(
        `Timeout when waiting for 127.0.0.1:${port} to stop.`,
      )
      expect((await wait({ path: '/etc/hostname', search_regex: '^\\S+$' }, shell)).failed).to.equal(undefined)
      expect((await wait({ path: '/nope', timeout: 0, msg: 'mine' }, shell)).failed).to.equal('mine')
      expect((await wait({ path: '/nope', state: 'absent' }, shell)).failed).to.equal(undefined)
    })

    it(`reads what a port says under ${shell}`, async () => {
      const report = await wait({ port, search_regex: 'SSH-(?P<version>[\\d.]+)-(\\w+)' }, shell)
      expect(report.result).to.deep.include({ match_groups: ['2.0', 'Test_1'], match_groupdict: { version: '2.0' } })
    })
  }

  const refused: readonly [Record<string, unknown>, RegExp][] = [
    [{ port: 1, path: '/x' }, /can not both/],
    [{ path: '/x', state: 'stopped' }, /only be used for checking a port/],
    [{ port: 1, exclude_hosts: ['10.0.0.1'] }, /only be with state=drained/],
    [{ port: 1, state: 'drained', host: 'example.org' }, /addresses, not names/],
    [{ path: '/x', search_regex: '(?=x)' }, /cannot be searched for/],
    [{ port: 70000 }, /70000|65535/],
    [{ port: 1, host: '-x' }, /not a name/],
  ]
  for (const [args, reason] of refused) {
    it(`refuses ${JSON.stringify(args)}`, () => expect(waitFor.args.safeParse(args).error?.message).to.match(reason))
  }

  const addresses: readonly [string, string | undefined][] = [
    ['127.0.0.1', '0100007F'],
    ['::1', '00000000000000000000000001000000'],
    ['2001:db8::ff', 'B80D01200000000000000000FF000000'],
    ['1.2.3', undefined],
    ['256.1.1.1', undefined],
    ['1::2::3', undefined],
  ]
  for (const [address, hex] of addresses) {
    it(`writes ${address} as the kernel does`, () => expect(addressHex(address)).to.equal(hex))
  }

  const patterns: readonly [string, string][] = [
    ['\\d+\\.\\d', '[0-9]+\\.[0-9]'],
    ['(?:a|b)*?c', '(a|b)*c'],
    ['[\\w\\-\\]]x{2,3}?', '[][:alnum:]_-]x{2,3}'],
    ['a\\/b', 'a\\/b'],
  ]
  for (const [python, posix] of patterns) it(`translates ${python}`, () => expect(toExtended(python)).to.equal(posix))

  it('finds no groups where JavaScript cannot read the pattern', () => {
    expect(groupsOf('(?<=a', 'x')).to.deep.equal({ groups: [], named: {} })
  })

  it('pleases shellcheck', () => {
    for (const args of [
      { port: 1 },
      { port: 1, host: 'example.org', search_regex: "it's" },
      { port: 1, host: '10.0.0.1', state: 'stopped' },
      { port: 1, state: 'drained', exclude_hosts: '10.0.0.1,::1' },
      { path: "/it's", search_regex: 'x' },
      { timeout: 3 },
    ]) {
      shellcheck(waitFor.run(waitFor.args.parse(args)).script)
    }
  })
})
