import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError, UserErrors } from '../../src/errors.ts'
import { loadSettings, type Settings } from '../../src/settings/settings.ts'
import type { Warning } from '../../src/source/warning.ts'
import { requireAnsible } from '../inventory/oracle.ts'
import { folderWith, type Files } from '../source/temporary.ts'

interface Loaded {
  readonly settings: Settings
  readonly warnings: readonly Warning[]
}

/** The settings of a folder with these files as the working directory; its `home` is the home directory. */
function load(files: Files, env: Readonly<Record<string, string>> = {}): Loaded & { readonly folder: string } {
  const folder = folderWith({ 'home/.keep': '', ...files })
  const warnings: Warning[] = []
  const full = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('FOLDER', folder)]))
  const settings = loadSettings({
    env: { HOME: join(folder, 'home'), ...full },
    cwd: folder,
    warn: (warning) => warnings.push(warning),
  })
  return { settings, warnings, folder }
}

function mistakesOf(config: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load({ 'ansible.cfg': config }, env)
    return []
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error]
    return errors.map((one) => {
      if (!(one instanceof UserError)) throw one
      return `${one.at ? `${one.at.line}:${one.at.column}: ` : ''}${one.message}`
    })
  }
}

describe('settings', () => {
  it('are none without files and environment', () => {
    expect(load({})).to.deep.include({ settings: {}, warnings: [] })
  })

  it('come from the file, with comments, continued values and both kinds of delimiters', () => {
    const { settings, folder, warnings } = load({
      'ansible.cfg': `# a comment
[defaults]
inventory = hosts.yml, more/   ; where
forks: 7
Remote_User = 'deploy'
host_key_checking = no
roles_path = roles:~/mine
[privilege_escalation]
become = True

[ssh_connection]
ssh_common_args = -o ConnectTimeout=3
  -o ProxyJump=bastion
`,
    })
    expect(settings).to.deep.equal({
      configFile: join(folder, 'ansible.cfg'),
      inventory: [join(folder, 'hosts.yml'), join(folder, 'more')],
      forks: 7,
      remoteUser: 'deploy',
      hostKeyChecking: false,
      rolesPath: [join(folder, 'roles'), join(folder, 'home/mine')],
      become: true,
      sshCommonArgs: '-o ConnectTimeout=3\n-o ProxyJump=bastion',
    })
    expect(warnings).to.deep.equal([])
  })

  it('of the environment win over those of the file', () => {
    const { settings } = load({ 'ansible.cfg': '[defaults]\nforks = 7\ntimeout = 3\n' }, { ANSIBLE_FORKS: '9' })
    expect(settings).to.include({ forks: 9, timeout: 3 })
  })

  it('take relative paths from the folder of the file they stand in', () => {
    const { settings, folder } = load(
      { 'conf/ansible.cfg': '[defaults]\ninventory = hosts\nprivate_key_file = {{CWD}}/key\n' },
      { ANSIBLE_CONFIG: 'FOLDER/conf', ANSIBLE_VAULT_PASSWORD_FILE: 'password' },
    )
    expect(settings).to.deep.include({
      inventory: [join(folder, 'conf/hosts')],
      privateKeyFile: join(folder, 'key'),
      vaultPasswordFile: join(folder, 'password'),
    })
  })

  describe('are searched in order:', () => {
    const files = {
      'named.cfg': '[defaults]\nforks = 1\n',
      'ansible.cfg': '[defaults]\nforks = 2\n',
      'home/.ansible.cfg': '[defaults]\nforks = 3\n',
    }
    it('ANSIBLE_CONFIG', () => expect(load(files, { ANSIBLE_CONFIG: 'FOLDER/named.cfg' }).settings.forks).to.equal(1))
    it('the working directory', () => expect(load(files).settings.forks).to.equal(2))
    it('the home directory', () => {
      expect(load({ 'home/.ansible.cfg': files['home/.ansible.cfg'] }).settings.forks).to.equal(3)
    })
    it('not a working directory where everybody may write, with a word', () => {
      const folder = folderWith(files)
      chmodSync(folder, 0o777)
      const warnings: Warning[] = []
      const settings = loadSettings({
        env: { HOME: join(folder, 'home') },
        cwd: folder,
        warn: (warning) => warnings.push(warning),
      })
      expect(settings.forks).to.equal(3)
      expect(warnings.map(({ message }) => message)).to.deep.equal([
        `${join(folder, 'ansible.cfg')} is not read, because everybody may write to ${folder}`,
      ])
    })
    it('a name in ANSIBLE_CONFIG that is not there is a mistake', () => {
      expect(() => load(files, { ANSIBLE_CONFIG: 'nowhere.cfg' })).to.throw(UserError, /ANSIBLE_CONFIG names nowhere/)
    })
    it('/dev/null stands for none', () => {
      expect(load(files, { ANSIBLE_CONFIG: '/dev/null' }).settings.forks).to.equal(undefined)
    })
  })

  it('without a meaning here are named in one line', () => {
    const { warnings } = load(
      { 'ansible.cfg': '[defaults]\nnocows = 1\nforks = 2\n[ssh_connection]\npipelining = True\n' },
      { ANSIBLE_STDOUT_CALLBACK: 'yaml', ANSIBLE_FORKS: '3' },
    )
    expect(warnings.map(({ message, at }) => [message, at?.line])).to.deep.equal([
      [
        'these settings mean nothing to Sallyport: defaults.nocows, ssh_connection.pipelining, ANSIBLE_STDOUT_CALLBACK',
        2,
      ],
    ])
  })

  it('that are slips are named with what was probably meant', () => {
    const { warnings } = load({ 'ansible.cfg': '[defaults]\ninventroy = hosts\n' })
    expect(warnings[0]).to.include({ hint: "did you mean 'defaults.inventory'?" })
  })

  const broken: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a number that is none',
      '[defaults]\nforks = many\n',
      ["2:9: forks: expected a whole number of at least 1, got 'many'"],
    ],
    [
      'a flag that is none',
      '[privilege_escalation]\nbecome = perhaps\n',
      ["2:10: become: expected yes or no, got 'perhaps'"],
    ],
    [
      'an unknown way to become',
      '[privilege_escalation]\nbecome_method = doas\n',
      ["2:17: become_method: expected sudo or su, got 'doas'"],
    ],
    ['text before a section', 'forks = 2\n', ['1:1: this stands before the first [section]']],
    ['a line that is no setting', '[defaults]\nforks\n', ['2:1: this is no setting']],
    [
      'a setting given twice',
      '[defaults]\nforks=1\nforks=2\n',
      ['3:1: defaults.forks is here a second time, after line 2'],
    ],
    ['a section given twice', '[defaults]\n[defaults]\n', ['2:1: [defaults] is here a second time, after line 1']],
    [
      'settings that change what playbooks mean, all at once',
      '[defaults]\nhash_behaviour = merge\nerror_on_undefined_vars = no\n',
      ["2:18: hash_behaviour: 'merge' is not supported", "3:27: error_on_undefined_vars: 'no' is not supported"],
    ],
  ]
  for (const [what, config, expected] of broken)
    it(`refuse ${what}`, () => expect(mistakesOf(config)).to.deep.equal(expected))

  it('refuse what the environment says wrongly, by its name', () => {
    expect(mistakesOf('', { ANSIBLE_TIMEOUT: '-1' })).to.deep.equal([
      "ANSIBLE_TIMEOUT: expected a whole number of at least 1, got '-1'",
    ])
  })

  it('are what ansible-config finds', function () {
    requireAnsible(this)
    const { settings, folder } = load({
      'ansible.cfg': `[defaults]
inventory=hosts , ./b/../c
FORKS = 12   ; a comment
timeout : 33
remote_user = "ann"
remote_port = 2222
private_key_file = keys/id
roles_path = roles:/srv/roles
vault_identity_list = dev@d.txt , prod@p.txt
vault_password_file = pw
gathering = explicit
any_errors_fatal = yes
[privilege_escalation]
become=on
become_user = 'app'
[tags]
run = a,b
[ssh_connection]
ssh_args = -o A=b
    -o C=d
`,
    })
    const dump = execFileSync('ansible-config', ['dump', '--only-changed', '--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: join(folder, 'home'), LC_ALL: 'C.UTF-8' },
    })
    const theirs = new Map(
      z
        .array(z.looseObject({ name: z.string().optional(), value: z.unknown() }))
        .parse(JSON.parse(dump))
        .map(({ name, value }) => [name, value]),
    )
    const same = {
      DEFAULT_HOST_LIST: settings.inventory,
      DEFAULT_FORKS: settings.forks,
      DEFAULT_TIMEOUT: settings.timeout,
      DEFAULT_REMOTE_USER: settings.remoteUser,
      DEFAULT_PRIVATE_KEY_FILE: settings.privateKeyFile,
      DEFAULT_ROLES_PATH: settings.rolesPath,
      DEFAULT_VAULT_IDENTITY_LIST: settings.vaultIdentityList,
      DEFAULT_VAULT_PASSWORD_FILE: settings.vaultPasswordFile,
      DEFAULT_GATHERING: settings.gathering,
      ANY_ERRORS_FATAL: settings.anyErrorsFatal,
      DEFAULT_BECOME: settings.become,
      DEFAULT_BECOME_USER: settings.becomeUser,
      TAGS_RUN: settings.runTags,
    }
    for (const [name, value] of Object.entries(same)) expect([name, value]).to.deep.equal([name, theirs.get(name)])
  })
})
