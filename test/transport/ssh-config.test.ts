import { expect } from 'chai'
import fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { openSshConfig, tokensFor, addressFor } from '../../src/transport/ssh-config.ts'
import type { Draft, Proxy } from '../../src/transport/ssh-options.ts'
import { expandPath, expandTokens } from '../../src/transport/ssh-tokens.ts'
import { resolveTarget } from '../../src/transport/target.ts'
import type { Target } from '../../src/transport/transport.ts'

/** OpenSSH takes the home directory from the account, whatever HOME says. */
const person = { home: userInfo().homedir, localUser: userInfo().username, env: { ...process.env, KEYS: '/keys' } }

describe('ssh_config', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sallyport-config-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const write = (name: string, text: string): string => {
    const file = join(dir, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const warnings: string[] = []
  const open = () => openSshConfig({ ...person, warn: ({ message }) => warnings.push(message) })

  /** What `ssh -G` says of the options that are read here, in its own words. */
  const theirs = (file: string, host: string): Readonly<Record<string, string>> => {
    const { stdout, stderr, status } = spawnSync('ssh', ['-G', '-F', file, host], {
      encoding: 'utf8',
      env: { ...person.env, SHELL: '/bin/sh' },
    })
    expect(status, stderr).to.equal(0)
    const values: Record<string, string> = {}
    for (const line of stdout.split('\n')) {
      const [, name = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? []
      if (name === 'identityfile') values[name] = [values[name], value].filter(Boolean).join(' ')
      else if (name in usual) values[name] = value
    }
    // Without IdentityFile it lists what it would try.
    if (/id_dsa$/.test(values.identityfile ?? '')) values.identityfile = ''
    return { ...usual, ...values }
  }

  const usual: Readonly<Record<string, string>> = {
    ...{ hostname: '', user: person.localUser, port: '22', hostkeyalias: '', identityfile: '', identitiesonly: 'no' },
    ...{ proxyjump: '', proxycommand: '', stricthostkeychecking: 'ask', connecttimeout: 'none' },
    ...{ serveraliveinterval: '0', serveralivecountmax: '3', identityagent: '' },
    userknownhostsfile: `${person.home}/.ssh/known_hosts ${person.home}/.ssh/known_hosts2`,
    globalknownhostsfile: '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
  }

  const ours = (file: string, host: string): Readonly<Record<string, string>> => {
    const draft: Draft = { configFile: file, identityFiles: [] }
    open().apply(draft, host)
    const tokens = tokensFor(draft, host, draft.user ?? person.localUser, person)
    const defined = {
      ...{
        hostname: addressFor(draft, host).toLowerCase(),
        user: draft.user,
        port: draft.port,
        hostkeyalias: draft.hostKeyAlias,
      },
      ...{
        identityfile: draft.identityFiles.join(' '),
        identitiesonly: draft.identitiesOnly === undefined ? undefined : draft.identitiesOnly ? 'yes' : 'no',
      },
      ...(draft.proxy && proxyOf(draft.proxy)),
      stricthostkeychecking: draft.checking && { yes: 'true', no: 'false', 'accept-new': 'accept-new' }[draft.checking],
      connecttimeout: draft.connectTimeout || undefined,
      ...{ serveraliveinterval: draft.keepalive, serveralivecountmax: draft.keepaliveTries },
      identityagent:
        draft.identityAgent === null ? 'none' : draft.identityAgent && expandPath(draft.identityAgent, tokens, person),
      userknownhostsfile: draft.userKnownHostsFiles?.map((path) => expandPath(path, tokens, person)).join(' '),
      globalknownhostsfile: draft.globalKnownHostsFiles?.map((path) => expandTokens(path, tokens)).join(' '),
    }
    const said = Object.entries(defined).filter(([, value]) => value !== undefined)
    return { ...usual, ...Object.fromEntries(said.map(([name, value]) => [name, String(value)])) }
  }

  const proxyOf = (proxy: Proxy): Record<string, string> =>
    proxy.kind === 'command'
      ? { proxycommand: proxy.command }
      : {
          proxyjump: proxy.jumps
            .map(({ user, host, port }) => `${user ? `${user}@` : ''}${host}${port ? `:${port}` : ''}`)
            .join(','),
        }

  const cases: readonly [string, string, readonly string[]][] = [
    ['nothing', '', ['web1']],
    ['comments and blanks', '# Port 1\n\n  \t\n  Port 2 # three\n', ['web1']],
    ['an equals sign, with or without blanks', 'Port=2\nUser = me\nHostName\t=\tx\n', ['web1']],
    ['quotes', 'IdentityFile "/a b/c"\nUserKnownHostsFile "/a b" /c\nUser \'me\'\n', ['web1']],
    ['a backslash', 'IdentityFile /a\\ b\nIdentityFile "/c\\"d"\nIdentityFile /e\\f\n', ['web1']],
    ['the first value counts', 'Port 1\nPort 2\nIdentityFile /a\nIdentityFile /b\nIdentityFile /a\n', ['web1']],
    [
      'Host with patterns',
      'Host web? db* !db9\n Port 1\nHost *\n Port 2\n',
      ['web1', 'web10', 'db1', 'db9', 'Web1', 'x'],
    ],
    ['Host of negations only', 'Host !web1\n Port 1\n', ['web1', 'web2']],
    ['options before any Host', 'User a\nHost web1\n User b\n Port 3\n', ['web1', 'web2']],
    ['HostName with a token', 'Host web1\n HostName %h.example.com\n', ['web1', 'web2']],
    ['a percent sign in HostName', 'HostName a%%b\n', ['web1']],
    [
      'Match host is the address, originalhost the name',
      'Host web1\n HostName 10.0.0.1\nMatch host 10.0.0.*\n Port 1\nMatch host web1\n Port 2\nMatch originalhost web1\n User o\n',
      ['web1', '10.0.0.2'],
    ],
    ['Match with several criteria', 'Match host web*,!web9 user root\n Port 1\n', ['web1', 'web9', 'db1']],
    ['Match user', 'Host web1\n User admin\nMatch user admin\n Port 1\n', ['web1', 'web2']],
    [
      'Match localuser',
      `Match localuser ${person.localUser}\n Port 1\nMatch !localuser ${person.localUser}\n User u\n`,
      ['web1'],
    ],
    ['Match all', 'Host web1\n User a\nMatch all\n Port 1\n', ['web1', 'web2']],
    ['Match exec', 'Match exec "test %h = web1"\n Port 1\nMatch !exec "exit 1"\n User u\n', ['web1', 'web2']],
    ['Match exec with tokens', "Port 7\nMatch exec \"test '%n %p %r %u' = 'web1 7 u u'\"\n Port 9\n", ['web1']],
    ['Match with an equals sign', 'Match host=web1 user=root\n Port 1\n', ['web1']],
    [
      'Match final: a second reading, by the address',
      'Host web1\n HostName real.example\nMatch final host real.example\n Port 1\nHost real.example\n User r\n HostName other\n',
      ['web1', 'web2', 'real.example'],
    ],
    ['Match final all', 'Match final all\n Port 1\nHost web1\n Port 2\n', ['web1', 'web2']],
    ['Match canonical', 'Match canonical\n Port 1\nHost *\n Port 2\n', ['web1']],
    ['Match !final', 'Match !final host web1\n Port 1\nMatch final\n User f\n', ['web1']],
    ['ProxyJump', 'ProxyJump me@a:2201,b\nProxyCommand nc %h %p\n', ['web1']],
    ['ProxyJump none', 'Host web1\n ProxyJump none\nHost *\n ProxyJump a\n', ['web1', 'web2']],
    ['ProxyJump none, then a command', 'ProxyJump none\nProxyCommand nc %h %p\nProxyJump a\n', ['web1']],
    ['ProxyJump none, then no command', 'ProxyJump none\nProxyCommand none\nProxyCommand nc\n', ['web1']],
    ['ProxyCommand none, then a jump', 'ProxyCommand none\nProxyJump a\n', ['web1']],
    ['ProxyCommand', 'ProxyCommand nc -X 5 "%h" %p # not a comment\nProxyJump a\n', ['web1']],
    ['ProxyCommand none', 'Host web1\n ProxyCommand none\nHost *\n ProxyCommand nc %h %p\n', ['web1', 'web2']],
    [
      'known_hosts with tokens',
      'Host web1\n UserKnownHostsFile ~/.ssh/known_%h_%p_%r_%k /b\n GlobalKnownHostsFile /g /h\n HostKeyAlias al\n',
      ['web1'],
    ],
    ['known_hosts: none', 'UserKnownHostsFile /dev/null\n', ['web1']],
    ['times', 'ConnectTimeout 1m30s\nServerAliveInterval 1m\nServerAliveCountMax 5\n', ['web1']],
    ['a time that is none', 'Host web1\n ConnectTimeout none\nHost *\n ConnectTimeout 5\n', ['web1', 'web2']],
    [
      'host key checking in all its words',
      'Host a\n StrictHostKeyChecking yes\nHost b\n StrictHostKeyChecking off\nHost c\n StrictHostKeyChecking accept-new\n',
      ['a', 'b', 'c'],
    ],
    ['the agent', 'Host a\n IdentityAgent none\nHost b\n IdentityAgent ~/agent\n IdentitiesOnly yes\n', ['a', 'b']],
    ['keywords in any case', 'HOST web1\n pORT 5\n', ['web1']],
    ['what means nothing here', 'Host *\n SendEnv LANG LC_*\n HashKnownHosts yes\n GSSAPIAuthentication yes\n', ['x']],
  ]
  for (const [name, text, hosts] of cases) {
    it(`as ssh -G: ${name}`, () => {
      const file = write('config', text)
      for (const host of hosts) expect({ host, ...ours(file, host) }).to.deep.equal({ host, ...theirs(file, host) })
    })
  }

  it('as ssh -G: Include, with patterns, in its order, inside a block, and one that is not there', () => {
    write('conf.d/10.conf', 'Host web1\n Port 10\nHost *\n User ten\n')
    write('conf.d/20.conf', 'Port 20\nHost web2\n')
    write('conf.d/.hidden.conf', 'HostKeyAlias hidden\n')
    write('only-web3', 'Match all\n IdentityFile /three\n')
    const file = write(
      'config',
      `Include ${dir}/conf.d/*.conf ${dir}/missing\nHost web3\n Include "${dir}/only-web3"\n HostKeyAlias three\n`,
    )
    for (const host of ['web1', 'web2', 'web3']) {
      expect({ host, ...ours(file, host) }).to.deep.equal({ host, ...theirs(file, host) })
    }
  })

  it('as ssh -G: whatever stands in a file', () => {
    const name = fc.constantFrom('web1', 'web2', 'db1', 'db1.example', 'a.b')
    const pattern = fc.constantFrom('web1', 'web?', '*1', '*', 'db*', '!web1', '!*2', '*.example', 'a.b')
    const patterns = fc.array(pattern, { minLength: 1, maxLength: 3 })
    const criterion = fc.oneof(
      patterns.map((list) => `host ${list.join()}`),
      patterns.map((list) => `!originalhost ${list.join()}`),
      patterns.map((list) => `originalhost ${list.join()}`),
      fc.constantFrom('user root', 'user !root,*', 'user admin', '!user admin'),
      fc.constantFrom(`localuser ${person.localUser}`, 'localuser nobody', 'final', '!final', 'canonical'),
    )
    const option = fc.oneof(
      fc.constantFrom('HostName db1.example', 'HostName %h.example', 'HostName web2'),
      fc.constantFrom('User root', 'User admin', 'Port 1', 'Port 2', 'HostKeyAlias x', 'HostKeyAlias y'),
      fc.constantFrom('IdentityFile /a', 'IdentityFile ~/b', 'IdentitiesOnly yes', 'IdentitiesOnly no'),
      fc.constantFrom('ProxyJump j', 'ProxyJump none', 'ProxyCommand nc %h %p', 'ProxyCommand none'),
      fc.constantFrom('UserKnownHostsFile /k/%n', 'UserKnownHostsFile /a /b', 'StrictHostKeyChecking no'),
      fc.constantFrom('ConnectTimeout 5', 'ServerAliveInterval 3', 'ServerAliveCountMax 9', 'IdentityAgent none'),
    )
    const line = fc.oneof(
      { weight: 3, arbitrary: option.map((text) => `  ${text}`) },
      { weight: 1, arbitrary: patterns.map((list) => `Host ${list.join(' ')}`) },
      {
        weight: 1,
        arbitrary: fc.array(criterion, { minLength: 1, maxLength: 2 }).map((list) => `Match ${list.join(' ')}`),
      },
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), name, (lines, host) => {
        const file = write('random', `${lines.join('\n')}\n`)
        expect(ours(file, host)).to.deep.equal(theirs(file, host))
      }),
      { numRuns: 60 },
    )
  }).timeout(60_000)

  it('runs the command of Match exec once, and only for hosts that it is about', () => {
    const trace = join(dir, 'trace')
    const file = write('config', `Match originalhost web1 exec "echo x >>${trace}; exit 1"\n Port 1\n`)
    const config = open()
    const port = (host: string) => {
      const draft: Draft = { configFile: file, identityFiles: [] }
      config.apply(draft, host)
      return draft.port
    }
    expect(port('web2')).to.equal(undefined)
    expect(existsSync(trace)).to.equal(false)
    expect([port('web1'), port('web1')]).to.deep.equal([undefined, undefined])
    expect(readFileSync(trace, 'utf8')).to.equal('x\n')
  })

  const mistakes: readonly [string, string, RegExp][] = [
    ['a value that is none', 'Host x\n\n Port ssh\n', /config:3: "ssh" is no port$/],
    ['no value', 'Port\n', /config:1: Port has no value$/],
    ['two values', 'User a b\n', /config:1: User takes one value, and there is "b" behind it$/],
    ['an open quote', '\nUser "a\n', /config:2: a quote \("\) is not closed$/],
    ['a word for yes or no', 'StrictHostKeyChecking perhaps\n', /config:1: StrictHostKeyChecking is yes,/],
    ['a time', 'ConnectTimeout soon\n', /config:1: "soon" is no number of seconds$/],
    ['a jump host', 'ProxyJump a@b@c\n', /config:1: "a@b@c" is no jump host$/],
    ['a token', 'HostName %p\n', /config:1: the token %p in "%p" is not supported$/],
    ['Match without anything', 'Match host\n', /config:1: Match host has no value$/],
    ['Match with a word of its own', 'Match moon full\n', /config:1: Match moon is not supported$/],
    ['Match all beside others', 'Match host a all\n', /config:1: Match all stands alone/],
  ]
  for (const [name, text, message] of mistakes) {
    it(`a mistake, whichever host it is for: ${name}`, () => {
      const file = write('config', text)
      expect(() => ours(file, 'web1')).to.throw(UserError, message)
    })
  }

  it('files that include each other, a file that is not there, one that others can write to', () => {
    const file = write('loop', `Include ${dir}/loop\n`)
    expect(() => ours(file, 'web1')).to.throw(UserError, /loop:1: files include each other 16 levels deep$/)
    expect(() => ours(join(dir, 'nowhere'), 'web1')).to.throw(UserError, /nowhere \(-F\) does not exist$/)
    const home = join(dir, 'home')
    const own = write('home/.ssh/config', 'Port 7\n')
    const apply = (): number | undefined => {
      const draft: Draft = { identityFiles: [] }
      openSshConfig({ ...person, home, warn: () => undefined, systemFile: '/dev/null' }).apply(draft, 'web1')
      return draft.port
    }
    expect(apply()).to.equal(7)
    chmodSync(own, 0o666)
    expect(apply).to.throw(UserError, /config can be written to by others/)
  })

  it('names what is left out once, and only for a host that it is meant for', () => {
    const file = write('config', 'Host web1\n ForwardAgent yes\n FancyNew 1\nHost db1\n Tunnel yes\n Port 5\n')
    warnings.length = 0
    const config = open()
    for (const host of ['web1', 'web2', 'web1']) config.apply({ configFile: file, identityFiles: [] }, host)
    expect(warnings).to.have.length(2)
    expect(warnings[0]).to.match(/config:2: ForwardAgent is left out/)
    expect(warnings[1]).to.match(/config:3: FancyNew is left out/)
    const quiet = write('config', 'IgnoreUnknown Fancy*,For*\nForwardAgent yes\nFancyNew 1\n')
    config.apply({ configFile: quiet, identityFiles: [] }, 'web1')
    expect(warnings).to.have.length(2)
  })

  it('is read once in a run', () => {
    const file = write('config', 'Port 7\n')
    const config = open()
    const port = () => {
      const draft: Draft = { configFile: file, identityFiles: [] }
      config.apply(draft, 'web1')
      return draft.port
    }
    expect(port()).to.equal(7)
    rmSync(file)
    expect(port()).to.equal(7)
  })

  describe('below a host’s variables', () => {
    const resolve = (text: string, vars: Readonly<Record<string, unknown>> = {}): Target => {
      const file = write('config', text)
      const identityFiles = ['/usual']
      const args = { ansible_ssh_common_args: `-F ${file}`, ...vars }
      return resolveTarget('web1', args, { ...person, env: { SHELL: '/bin/sh' }, identityFiles, sshConfig: open() })
    }

    it('names the host by ansible_host, and lies under what variables say', () => {
      const text =
        'Host db1\n HostName 10.0.0.1\n Port 2222\n User admin\n ConnectTimeout 7\n StrictHostKeyChecking no\n'
      const target = resolve(text, { ansible_host: 'db1' })
      expect(target).to.include({ name: 'web1', host: '10.0.0.1', port: 2222, user: 'admin', connectTimeout: 7 })
      expect(target.hostKeys.checking).to.equal('no')
      const vars = { ansible_host: 'db1', ansible_user: 'me', ansible_port: 22, ansible_timeout: 3 }
      expect(resolve(text, vars)).to.include({ host: '10.0.0.1', port: 22, user: 'me', connectTimeout: 3 })
    })

    it('keys: those named first, then those of the file that exist, or their public halves; else the usual ones', () => {
      const key = write('id', 'x')
      const half = write('half.pub', 'x')
      const text = `IdentityFile ${key}\nIdentityFile ${half.slice(0, -4)}\nIdentityFile ${dir}/missing\n`
      const given = { ansible_ssh_private_key_file: '/given' }
      expect(resolve(text, given).privateKeyFiles).to.deep.equal(['/given', key, half])
      expect(resolve('').privateKeyFiles).to.deep.equal(['/usual'])
      expect(resolve(`IdentityFile ${dir}/missing\n`).privateKeyFiles).to.deep.equal([])
      expect(resolve('IdentityFile none\n').privateKeyFiles).to.deep.equal([])
      expect(resolve(`IdentityFile ${dir}/%h\n`, { ansible_host: 'id' }).privateKeyFiles).to.deep.equal([key])
    })

    it('HashKnownHosts', () => {
      expect(resolve('HashKnownHosts yes\n').hostKeys.hashed).to.equal(true)
      expect(resolve('HashKnownHosts no\n').hostKeys.hashed).to.equal(undefined)
    })

    it('a jump host has its own block, and the way to it that stands there', () => {
      const text = [
        'Host web1\n ProxyJump inner\n HostKeyAlias web-key',
        'Host inner\n HostName 10.0.0.2\n User jumper\n Port 2202\n ProxyJump outer',
        'Host outer\n ProxyCommand nc %h %p',
      ].join('\n')
      const [outer, inner, ...more] = resolve(text, { ansible_user: 'me' }).jumps
      expect(more).to.deep.equal([])
      expect(inner).to.include({ name: 'inner', host: '10.0.0.2', user: 'jumper', port: 2202 })
      expect(inner?.hostKeys.alias).to.equal(undefined)
      expect(outer).to.include({ name: 'outer', host: 'outer', user: person.localUser })
      expect(outer?.proxyCommand).to.deep.equal(['/bin/sh', '-c', 'exec nc outer 22'])
    })

    it('of a list of jump hosts only the first one’s own way counts', () => {
      const text = 'Host b\n ProxyJump elsewhere\nHost web1\n ProxyJump a,b\n'
      expect(resolve(text).jumps.map(({ name }) => name)).to.deep.equal(['a', 'b'])
    })

    it('a way that leads back', () => {
      expect(() => resolve('ProxyJump bastion\n')).to.throw(UserError, /the jump host bastion leads back to it$/)
      const round = 'Host web1\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n'
      expect(() => resolve(round)).to.throw(UserError, /^b: the way through the jump host a leads back to it$/)
      const fine = 'Host *\n ProxyJump bastion\nHost bastion\n ProxyJump none\n'
      expect(() => resolve(`Host bastion\n ProxyJump none\n${fine}`)).to.not.throw()
    })

    it('a ProxyCommand, with its tokens', () => {
      const text = 'Host web1\n HostName h1\n ProxyCommand tunnel %n %h:%p as %r 100%%\n'
      const { proxyCommand, jumps } = resolve(text, { ansible_user: 'me' })
      expect(proxyCommand).to.deep.equal(['/bin/sh', '-c', 'exec tunnel web1 h1:22 as me 100%'])
      expect(jumps).to.deep.equal([])
    })

    it('costs a local connection nothing', () => {
      expect(resolve('Port nonsense\n', { ansible_connection: 'local' }).kind).to.equal('local')
    })
  })

  it('says nothing about what distributions write into the machine’s own file', function () {
    if (!existsSync('/etc/ssh/ssh_config')) return this.skip()
    warnings.length = 0
    open().apply({ identityFiles: [], configFile: '/etc/ssh/ssh_config' }, 'web1')
    expect(warnings).to.deep.equal([])
  })
})
