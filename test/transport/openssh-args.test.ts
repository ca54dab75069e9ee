import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { openSshConfig } from '../../src/transport/ssh-config.ts'
import { type ConnectionVars, resolveTarget, type TargetDefaults } from '../../src/transport/target.ts'
import type { Target } from '../../src/transport/transport.ts'

describe('a host that openssh reaches', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sallyport-args-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const warnings: string[] = []
  const resolve = (vars: ConnectionVars, more: Partial<TargetDefaults> & { config?: string } = {}): Target => {
    const { config = '', ...rest } = more
    const file = join(dir, 'config')
    writeFileSync(file, config)
    const person = { localUser: 'me', home: dir, env: { DEPLOY_TAG: 'v1', LANG: 'fr_FR' } }
    const warn = ({ message }: { message: string }) => void warnings.push(message)
    const sshConfig = openSshConfig({ ...person, warn, systemFile: file })
    const defaults = { ...person, sshConfig, identityFiles: [], connection: 'openssh', ...rest }
    return resolveTarget('web1', vars, defaults)
  }
  /** The arguments without those that every host gets. */
  const args = (...given: Parameters<typeof resolve>): string => {
    const { openssh } = resolve(...given)
    return ['', ...(openssh?.args ?? [])]
      .join(' ')
      .replace(' -o StrictHostKeyChecking=accept-new', '')
      .replace(' -o ServerAliveInterval=15', '')
      .trim()
  }

  const cases: readonly [string, ConnectionVars, string][] = [
    ['nothing', {}, ''],
    ['port and user', { ansible_port: 2222, ansible_user: 'admin' }, '-o User=admin -o Port=2222'],
    [
      'a variable before the options, as the first one counts',
      { ansible_port: 2200, ansible_ssh_common_args: '-p 2201 -C' },
      '-o Port=2200 -p 2201 -C',
    ],
    [
      'keys',
      { ansible_ssh_private_key_file: '~/a key', ansible_ssh_extra_args: '-i /other' },
      '-o IdentityFile="~/a key" -o IdentityFile="/other"',
    ],
    [
      'whatever ssh has',
      { ansible_ssh_common_args: "-4 -o CertificateFile=/c -oKexAlgorithms=+mlkem768x25519-sha256 -R '80:proxy:3128'" },
      '-4 -o CertificateFile=/c -o KexAlgorithms=+mlkem768x25519-sha256 -R 80:proxy:3128',
    ],
    ['letters in one word', { ansible_ssh_args: '-vvqKA4' }, '-K -A -4'],
    [
      'all three texts, in order',
      { ansible_ssh_args: '-a', ansible_ssh_common_args: '-4', ansible_ssh_extra_args: '-x' },
      '-a -4 -x',
    ],
  ]
  for (const [name, vars, expected] of cases) it(name, () => expect(args(vars)).to.equal(expected))

  it('host keys as configured, and otherwise accept-new', () => {
    const checking = (...given: Parameters<typeof resolve>) =>
      resolve(...given).openssh?.args.filter((word) => word.startsWith('StrictHostKeyChecking='))
    expect(checking({})).to.deep.equal(['StrictHostKeyChecking=accept-new'])
    expect(checking({}, { config: 'StrictHostKeyChecking ask' })).to.deep.equal(['StrictHostKeyChecking=yes'])
    expect(checking({ ansible_host_key_checking: false })).to.deep.equal(['StrictHostKeyChecking=no'])
    expect(checking({}, { hostKeyChecking: true })).to.deep.equal(['StrictHostKeyChecking=yes'])
  })

  it('options that the built-in client lacks are ssh’s own: no warning', () => {
    warnings.splice(0)
    const target = resolve(
      {},
      { config: 'Host web1\n  HostName 10.0.0.7\n  Port 2022\n  CertificateFile /c\n  PKCS11Provider /p\n' },
    )
    expect(target).to.include({ host: '10.0.0.7', port: 2022 })
    expect(target.openssh?.destination).to.equal('web1')
    expect(warnings).to.deep.equal([])
  })

  it('its address, not its name, is what ssh looks up', () => {
    expect(resolve({ ansible_host: 'db.internal' }).openssh?.destination).to.equal('db.internal')
  })

  it('commands get what SendEnv, SetEnv and ForwardAgent say; the first one counts', () => {
    const config = 'SendEnv LANG DEPLOY_*\nForwardAgent yes\nForwardAgent no\nSetEnv A=1 B="two words"\nSetEnv C=3\n'
    const { openssh } = resolve({}, { config })
    expect(openssh?.env).to.deep.equal({ DEPLOY_TAG: 'v1', A: '1', B: 'two words' })
    expect(openssh?.forwardAgent).to.equal(true)
    expect(resolve({ ansible_ssh_extra_args: '-a' }, { config }).openssh?.forwardAgent).to.equal(false)
  })

  it('a jump host has its own user and port, the same keys and settings, and nothing that is the host’s alone', () => {
    const vars = {
      ansible_user: 'admin',
      ansible_password: 'secret',
      ansible_ssh_private_key_file: '/k',
      ansible_ssh_common_args: '-J a@one:2201 -o CertificateFile=/c -o HostKeyAlias=x -R 80:proxy:3128',
    }
    const target = resolve(vars)
    expect(args(vars)).to.equal(
      '-o User=admin -o IdentityFile="/k" -o CertificateFile=/c -o HostKeyAlias=x -R 80:proxy:3128',
    )
    const [jump] = target.jumps
    expect(jump).to.include({ kind: 'openssh', host: 'one', port: 2201, user: 'a' }).and.not.have.property('password')
    expect(jump?.openssh?.args.join(' ')).to.equal(
      '-o User=a -o Port=2201 -o StrictHostKeyChecking=accept-new -o IdentityFile="/k" -o CertificateFile=/c -o ServerAliveInterval=15',
    )
  })

  const mistakes: readonly [string, RegExp][] = [
    ['-f', /the ssh option "-f" cannot be used here/],
    ['-N', /the ssh option "-N" cannot be used here/],
    ['-W host:22', /the ssh option "-W" cannot be used here/],
    ['-S none', /the ssh option "-S" cannot be used here/],
    ['web2', /"web2" is no option of ssh/],
    ['-p', /-p wants a value/],
    ['-p ssh!', /"ssh!" is no port/],
    ['-o', /-o wants a value/],
    ['-o "', /a quote \("\) is not closed/],
  ]
  for (const [text, message] of mistakes) {
    it(`${text} is a mistake`, () => {
      expect(() => resolve({ ansible_ssh_common_args: text })).to.throw(UserError, message)
    })
  }
})
