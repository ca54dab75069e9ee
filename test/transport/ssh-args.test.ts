import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { addSshArgs } from '../../src/transport/ssh-args.ts'
import { parseJumps } from '../../src/transport/ssh-jump-specs.ts'
import type { ClientOptions, Draft } from '../../src/transport/ssh-options.ts'
import { parseSeconds, splitWords } from '../../src/transport/ssh-words.ts'

const context = { env: { DIR: '/keys', AGENT: '/agent' }, source: 'ansible_ssh_common_args' }
const parse = (text: string): ClientOptions => {
  const draft: Draft = { identityFiles: [] }
  addSshArgs(draft, text, context)
  return draft
}
const jumps = (...jumps: readonly object[]) => ({ proxy: { kind: 'jumps', jumps } }) as Partial<ClientOptions>
const command = (command: string): Partial<ClientOptions> => ({ proxy: { kind: 'command', command } })

describe('ssh options', () => {
  const cases: readonly [string, Partial<ClientOptions>][] = [
    ['', {}],
    ['-o StrictHostKeyChecking=no', { checking: 'no' }],
    ['-oStrictHostKeyChecking=off', { checking: 'no' }],
    ['-o "StrictHostKeyChecking accept-new"', { checking: 'accept-new' }],
    ['-o stricthostkeychecking=ask', { checking: 'yes' }],
    ['-o StrictHostKeyChecking=yes -o StrictHostKeyChecking=no', { checking: 'yes' }],
    ['-o UserKnownHostsFile=/dev/null', { userKnownHostsFiles: ['/dev/null'] }],
    ['-o UserKnownHostsFile=none', { userKnownHostsFiles: [] }],
    ['-o "UserKnownHostsFile=~/a /b"', { userKnownHostsFiles: ['~/a', '/b'] }],
    [`-o 'UserKnownHostsFile="/with blank"'`, { userKnownHostsFiles: ['/with blank'] }],
    ['-o GlobalKnownHostsFile=/etc/hosts.known', { globalKnownHostsFiles: ['/etc/hosts.known'] }],
    ['-o HostKeyAlias=web', { hostKeyAlias: 'web' }],
    ['-o HostName=10.0.0.1', { hostName: '10.0.0.1' }],
    ['-o ConnectTimeout=7', { connectTimeout: 7 }],
    ['-o ServerAliveInterval=1m', { keepalive: 60 }],
    ['-o IdentityFile=~/.ssh/a -i %d/b', { identityFiles: ['~/.ssh/a', '%d/b'] }],
    ['-o IdentityFile=none', { identityFiles: ['none'] }],
    ['-o IdentityFile=${DIR}/k -i %d/%r@%h -i %d/%r@%h', { identityFiles: ['${DIR}/k', '%d/%r@%h'] }],
    ['-o IdentityAgent=\\$AGENT', { identityAgent: '/agent' }],
    ['-o IdentityAgent=\\$NOWHERE', { identityAgent: null }],
    ['-o IdentitiesOnly=yes', { identitiesOnly: true }],
    ['-o IdentityAgent=none', { identityAgent: null }],
    ['-o IdentityAgent=~/agent.sock', { identityAgent: '~/agent.sock' }],
    ['-o IdentityAgent=SSH_AUTH_SOCK', {}],
    ['-o PubkeyAuthentication=no', { useKeys: false }],
    ['-o PasswordAuthentication=no', { usePasswords: false }],
    ['-p 2222 -l admin', { port: 2222, user: 'admin' }],
    ['-p2222 -ladmin -i~/k', { port: 2222, user: 'admin', identityFiles: ['~/k'] }],
    ['-o Port=2222 -o User=admin', { port: 2222, user: 'admin' }],
    ['-J bastion', jumps({ host: 'bastion' })],
    [
      '-J me@a:2201,[2001:db8::1]:22,c',
      jumps({ user: 'me', host: 'a', port: 2201 }, { host: '2001:db8::1', port: 22 }, { host: 'c' }),
    ],
    ['-o ProxyJump=ssh://me@a:22', jumps({ user: 'me', host: 'a', port: 22 })],
    ['-o ProxyJump=none', jumps()],
    ['-o ProxyCommand=none -J bastion', jumps()],
    [`-o ProxyCommand='nc -X 5 "%h" %p'`, command('nc -X 5 "%h" %p')],
    [`-o ProxyCommand="ssh -W %h:%p -A bastion"`, command('ssh -W %h:%p -A bastion')],
    [`-o ProxyCommand="ssh -J far -W %h:%p bastion"`, command('ssh -J far -W %h:%p bastion')],
    [`-o ProxyCommand="ssh bastion nc %h %p"`, command('ssh bastion nc %h %p')],
    ['-J bastion -o ProxyCommand="nc %h %p"', jumps({ host: 'bastion' })],
    ['-o ServerAliveCountMax=5 -o ConnectTimeout=none', { keepaliveTries: 5 }],
    ['-o Ciphers=^aes256-ctr -o MACs=-hmac-sha1', { algorithms: { ciphers: '^aes256-ctr', macs: '-hmac-sha1' } }],
    ['-o HostKeyAlgorithms=+ssh-rsa -o HostKeyAlgorithms=ssh-rsa', { algorithms: { hostKeyAlgorithms: '+ssh-rsa' } }],
    ['-o KexAlgorithms=ecdh-sha2-nistp256', { algorithms: { kexAlgorithms: 'ecdh-sha2-nistp256' } }],
    ['-F ~/other', { configFile: '~/other' }],
    [`-o ProxyCommand="ssh -W %h:%p -q me@bastion"`, jumps({ user: 'me', host: 'bastion' })],
    [
      `-o ProxyCommand="ssh -p 2201 -i '~/a key' bastion -l me -W %h:%p"`,
      jumps({ user: 'me', host: 'bastion', port: 2201, identityFiles: ['~/a key'] }),
    ],
    ['-C -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=/tmp/%h -o PreferredAuthentications=publickey', {}],
    ['-q -T -o LogLevel=ERROR -o BatchMode=yes -o ForwardAgent=no -o SendEnv=LANG', {}],
  ]
  for (const [text, expected] of cases) {
    it(text || 'none', () => expect(parse(text)).to.deep.equal({ identityFiles: [], ...expected }))
  }

  const mistakes: readonly [string, RegExp][] = [
    ['-o ForwardAgent=yes', /the ssh option "-o ForwardAgent=yes" is not supported/],
    ['-A', /the ssh option "-A" is not supported/],
    ['-F', /-F wants a value/],
    ['-L 80:localhost:80', /the ssh option "-L" is not supported/],
    ['-o SendEnv=SECRET', /"-o SendEnv=SECRET" is not supported/],
    ['-o "User=a b"', /User takes one value, and there is "b" behind it/],
    ['-o ServerAliveCountMax=few', /ServerAliveCountMax is a whole number, not "few"/],
    ['-o IdentityFile=${NOWHERE}/k', /the variable NOWHERE in "\$\{NOWHERE\}\/k" is not set/],
    ['-o HostName=%p', /the token %p in "%p" is not supported/],
    ['-o StricHostKeyChecking=no', /"-o StricHostKeyChecking=no" is not supported/],
    ['-o StrictHostKeyChecking=maybe', /StrictHostKeyChecking is yes, accept-new or no, not "maybe"/],
    ['-o StrictHostKeyChecking', /StrictHostKeyChecking has no value/],
    ['-o', /-o wants a value/],
    ['-p http', /"http" is no port/],
    ['-p 0', /"0" is no port/],
    ['-p 65536', /"65536" is no port/],
    ['-o ConnectTimeout=soon', /"soon" is no number of seconds/],
    ['-o IdentitiesOnly=perhaps', /"perhaps" is neither yes nor no/],
    ['-o "IdentityFile=~/.ssh/%C"', /the token %C in "~\/\.ssh\/%C" is not supported/],
    ['-J a@b@c', /"a@b@c" is no jump host/],
    ['-J bastion:x', /"bastion:x" is no jump host/],
    ['-o ProxyCommand="nc %h %C"', /the token %C in "nc %h %C" is not supported/],
    [`-o 'User=x`, /a quote \('\) is not closed/],
    ['web1', /the ssh option "web1" is not supported/],
  ]
  for (const [text, message] of mistakes) {
    it(`${text} is a mistake`, () => {
      expect(() => parse(text))
        .to.throw(UserError, message)
        .with.property('message')
        .that.includes(context.source)
    })
  }
})

describe('words of a shell', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['', []],
    ['  a  b ', ['a', 'b']],
    [`a'b c'd`, ['ab cd']],
    [`"a \\" b" '' c`, ['a " b', '', 'c']],
    [`'\\' \\\\ "\\n"`, ['\\', '\\', '\\n']],
    ['a\\ b', ['a b']],
  ]
  for (const [text, words] of cases) it(text || 'none', () => expect(splitWords(text, 'x')).to.deep.equal(words))
})

describe('ssh times', () => {
  const cases: readonly [string | number, number][] = [
    [10, 10],
    ['10', 10],
    ['1m30s', 90],
    ['2H', 7200],
    ['1d', 86400],
  ]
  for (const [text, seconds] of cases) it(String(text), () => expect(parseSeconds(text, 'x')).to.equal(seconds))
})

describe('jump hosts in a list', () => {
  it('none', () => expect(parseJumps('NONE', 'x')).to.deep.equal([]))
})
