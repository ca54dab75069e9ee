import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { type ConnectionVars, resolveTarget, type TargetDefaults } from '../../src/transport/target.ts'
import type { Target } from '../../src/transport/transport.ts'

const defaults: TargetDefaults = {
  localUser: 'me',
  home: '/home/me',
  env: {},
  sshConfig: { apply: () => undefined, existing: (file) => [file] },
  identityFiles: ['/home/me/.ssh/id_ed25519'],
}
const global = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
const plain: Target = {
  name: 'web1',
  host: 'web1',
  port: 22,
  user: 'me',
  kind: 'ssh',
  privateKeyFiles: ['/home/me/.ssh/id_ed25519'],
  hostKeys: {
    checking: 'accept-new',
    knownHostsFiles: ['/home/me/.ssh/known_hosts', '/home/me/.ssh/known_hosts2', ...global],
  },
  jumps: [],
  connectTimeout: 10,
  keepalive: 15,
}

describe('a host’s connection variables', () => {
  const cases: readonly [string, ConnectionVars, Partial<TargetDefaults>, Partial<Target>][] = [
    ['nothing', {}, {}, {}],
    [
      'address, port and user',
      { ansible_host: '10.0.0.1', ansible_port: 2222, ansible_user: 'admin' },
      {},
      { host: '10.0.0.1', port: 2222, user: 'admin' },
    ],
    [
      'the names of old',
      { ansible_ssh_host: 'h', ansible_ssh_port: '2222', ansible_ssh_user: 'u', ansible_ssh_pass: 'p' },
      {},
      { host: 'h', port: 2222, user: 'u', password: 'p' },
    ],
    ['the user of the play', {}, { remoteUser: 'deploy' }, { user: 'deploy' }],
    [
      'a variable beats the command line',
      { ansible_user: 'admin', ansible_password: 'b' },
      { remoteUser: 'deploy', password: 'a' },
      { user: 'admin', password: 'b' },
    ],
    ['a password that looks like a number', { ansible_password: 1234 }, {}, { password: '1234' }],
    ['an empty variable is none', { ansible_user: '', ansible_host: null }, {}, {}],
    ['a key', { ansible_ssh_private_key_file: '~/k' }, {}, { privateKeyFiles: ['/home/me/k'] }],
    [
      'a key by its other name',
      { ansible_private_key_file: '/k' },
      { privateKeyFile: '/other' },
      { privateKeyFiles: ['/k'] },
    ],
    ['a key from the command line', {}, { privateKeyFile: '~/k' }, { privateKeyFiles: ['/home/me/k'] }],
    [
      'keys from both',
      { ansible_private_key_file: '/k', ansible_ssh_common_args: '-i /l -i /k' },
      {},
      { privateKeyFiles: ['/k', '/l'] },
    ],
    ['the agent', {}, { agent: '/agent' }, { agent: '/agent' }],
    ['another agent', { ansible_ssh_common_args: '-o IdentityAgent=/b' }, { agent: '/a' }, { agent: '/b' }],
    ['no agent', { ansible_ssh_common_args: '-o IdentityAgent=none' }, { agent: '/a' }, {}],
    ['no keys', { ansible_ssh_common_args: '-o PubkeyAuthentication=no' }, { agent: '/a' }, { privateKeyFiles: [] }],
    ['no password', { ansible_ssh_common_args: '-o PasswordAuthentication=no', ansible_password: 'x' }, {}, {}],
    [
      'time-outs',
      { ansible_timeout: 3, ansible_ssh_common_args: '-o ServerAliveInterval=0' },
      {},
      { connectTimeout: 3, keepalive: 0 },
    ],
    ['retries', { ansible_ssh_retries: '2' }, { retries: 5 }, { retries: 2 }],
    ['retries of the configuration', {}, { retries: 0 }, { retries: 0 }],
    ['a time-out in the options', { ansible_ssh_extra_args: '-o ConnectTimeout=7' }, {}, { connectTimeout: 7 }],
    [
      'the first option counts',
      { ansible_ssh_common_args: '-p 2201', ansible_ssh_extra_args: '-p 2202 -l u' },
      {},
      { port: 2201, user: 'u' },
    ],
    ['a variable beats an option', { ansible_port: 2200, ansible_ssh_common_args: '-p 2201' }, {}, { port: 2200 }],
    [
      'options from the command line',
      {},
      { sshCommonArgs: '-p 2201', sshExtraArgs: '-l u' },
      { port: 2201, user: 'u' },
    ],
    [
      'host keys unchecked',
      { ansible_host_key_checking: false },
      {},
      { hostKeys: { ...plain.hostKeys, checking: 'no' } },
    ],
    [
      'host keys unchecked, in INI words',
      { ansible_ssh_host_key_checking: 'False' },
      {},
      { hostKeys: { ...plain.hostKeys, checking: 'no' } },
    ],
    ['host keys checked after all', { ansible_host_key_checking: true }, { hostKeyChecking: false }, {}],
    [
      'strictly',
      { ansible_host_key_checking: true },
      { hostKeyChecking: true },
      { hostKeys: { ...plain.hostKeys, checking: 'yes' } },
    ],
    [
      'the usual way around host keys',
      { ansible_ssh_common_args: '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null' },
      {},
      { hostKeys: { checking: 'no', knownHostsFiles: ['/dev/null', ...global] } },
    ],
    [
      'an alias',
      { ansible_ssh_common_args: '-o HostKeyAlias=a -o UserKnownHostsFile=none' },
      {},
      { hostKeys: { checking: 'accept-new', alias: 'a', knownHostsFiles: ['/dev/null', ...global] } },
    ],
    ['local', { ansible_connection: 'local' }, {}, { kind: 'local' }],
    ['smart', { ansible_connection: 'smart' }, {}, {}],
    ['paramiko', { ansible_connection: 'ansible.builtin.paramiko_ssh' }, {}, {}],
    ['local for all', {}, { connection: 'local' }, { kind: 'local' }],
  ]
  for (const [name, vars, more, expected] of cases) {
    it(name, () =>
      expect(resolveTarget('web1', vars, { ...defaults, ...more })).to.deep.equal({ ...plain, ...expected }),
    )
  }

  it('a jump host: its own user and port, the same keys and host key files, never the password', () => {
    const vars = {
      ansible_ssh_common_args: '-o ProxyJump=a@one:2201,two -o IdentitiesOnly=yes',
      ansible_user: 'admin',
      ansible_password: 'secret',
    }
    const target = resolveTarget('web1', vars, { ...defaults, agent: '/agent' })
    const shared = { ...plain, agent: '/agent', identitiesOnly: true }
    expect(target).to.deep.equal({
      ...shared,
      user: 'admin',
      password: 'secret',
      jumps: [
        { ...shared, name: 'one', host: 'one', user: 'a', port: 2201 },
        { ...shared, name: 'two', host: 'two', user: 'me' },
      ],
    })
  })

  const mistakes: readonly [ConnectionVars, RegExp][] = [
    [{ ansible_port: 'ssh' }, /^web1: ansible_port: "ssh" is no port$/],
    [{ ansible_port: 0 }, /^web1: ansible_port: "0" is no port$/],
    [{ ansible_port: true }, /^web1: ansible_port: "true" is no port$/],
    [{ ansible_host: ['a'] }, /^web1: ansible_host must be a plain value$/],
    [{ ansible_ssh_retries: 'often' }, /^web1: ansible_ssh_retries: "often" is no whole number$/],
    [{ ansible_timeout: 'soon' }, /^web1: ansible_timeout: "soon" is no number of seconds$/],
    [{ ansible_host_key_checking: 'maybe' }, /^web1: ansible_host_key_checking: "maybe" is neither yes nor no$/],
    [{ ansible_connection: 'winrm' }, /^web1: ansible_connection "winrm" is not supported$/],
    [{ ansible_ssh_extra_args: '-R 80:x:80' }, /^web1: ansible_ssh_extra_args: the ssh option "-R" is not supported$/],
  ]
  for (const [vars, message] of mistakes) {
    it(`${JSON.stringify(vars)} is a mistake`, () => {
      expect(() => resolveTarget('web1', vars, defaults)).to.throw(UserError, message)
    })
  }
})
