import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sallyport } from '../support/cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const env = { SEKOIA_INTAKE_KEY: 'an-intake-key' }

describe('what the project ships', () => {
  it('lints clean: playbook, role, example inventory', async () => {
    const result = await sallyport(['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml'], {
      cwd: root,
      env,
    })
    expect(result.stderr).to.equal('')
    expect(result.code).to.equal(0)
  })

  it('lints clean: the playbook of other sources, which wants their keys', async () => {
    const args = ['lint', 'playbooks/sources.yml', '-i', 'inventories/example.yml']
    const keyless = await sallyport(args, { cwd: root, env })
    expect(keyless.code).to.equal(1)
    expect(keyless.stderr).to.contain("'nginx_intake_key'")
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-keys-'))
    try {
      const keys = join(dir, 'keys.yml')
      await writeFile(keys, 'nginx_intake_key: one\nsshd_intake_key: other\n')
      const { code, stderr } = await sallyport([...args, '-e', `@${keys}`], { cwd: root })
      expect([code, stderr]).to.deep.equal([0, ''])
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  it('asks for the key that is missing, and not for what a role only passes on', async () => {
    const args = ['check', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml']
    const { code, stderr } = await sallyport(args, { cwd: root })
    expect(code).to.equal(1)
    expect(stderr.match(/\w+ is required and not set/g)).to.deep.equal(['intake_key is required and not set'])
  })

  it('lists hosts and tasks without touching anything', async () => {
    const args = ['apply', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml', '--list-hosts', '--list-tasks']
    const { code, stdout } = await sallyport(args, { cwd: root, env })
    expect(code).to.equal(0)
    expect(stdout).to.match(/hosts \(3\):\n +web1\.example\.com\n +web2\.example\.com\n +db1\.example\.com/)
    expect(stdout).to.contain('netfilter : Log what is not allowed, and drop it')
  })

  it('says that a key on the command line is visible, and never prints it', async () => {
    const args = ['apply', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml', '--list-hosts']
    const { code, stdout, stderr } = await sallyport([...args, '-e', 'intake_key=visible-key'], { cwd: root })
    expect(code).to.equal(0)
    expect(stderr).to.match(/warning: -e intake_key=… shows the secret in this machine's process list/)
    expect(stdout + stderr).not.to.contain('visible-key')
  })

  it('refuses a key that would break the configuration, without printing it', async () => {
    const args = ['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml']
    const { code, stderr } = await sallyport(args, { cwd: root, env: { SEKOIA_INTAKE_KEY: 'bad"secret' } })
    expect(code).to.equal(1)
    expect(stderr).to.contain('an intake key has letters, digits, - and _ only')
    expect(stderr).not.to.contain('bad"secret')
  })

  for (const [value, code] of [
    ['10514', 0],
    ['65535', 0],
    ['65536', 1],
    ['0', 1],
  ] as const) {
    it(`${code === 0 ? 'takes' : 'refuses'} ${value} as the intake's port`, async () => {
      const args = ['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml', '-e', `intake_port=${value}`]
      const result = await sallyport(args, { cwd: root, env })
      expect(result.stderr).to.match(code === 0 ? /^$/ : /a port from 1 to 65535/)
      expect(result.code).to.equal(code)
    })
  }

  it('refuses a file for the configuration that rsyslog would not read', async () => {
    const args = ['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml']
    const { code, stderr } = await sallyport([...args, '-e', 'forward_config=/etc/rsyslog.d/nginx'], { cwd: root, env })
    expect(code).to.equal(1)
    expect(stderr).to.contain('a file whose name ends in .conf')
  })

  describe('takes for intake_ca', () => {
    let dir: string
    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'sallyport-ca-'))
      const file = join(dir, 'the #1 %41 CA.pem')
      const made = ['-subj', '/CN=intake', '-days', '30', '-keyout', join(dir, 'key.pem'), '-out', file]
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...made], { stdio: 'ignore' })
    })
    after(() => rm(dir, { recursive: true, force: true }))

    const answers: readonly [string, string, RegExp | undefined][] = [
      ['pem, the default', 'pem', undefined],
      ["the host's own bundle", 'system', undefined],
      ['the path of a file here, whatever its name', 'DIR/the #1 %41 CA.pem', undefined],
      ['no file that is missing', 'DIR/nowhere.pem', /nowhere\.pem: ENOENT/],
      ['no file without a certificate', 'DIR/key.pem', /private key/],
      ['no relative path', 'intake.pem', /pem, system, or an absolute path/],
    ]
    for (const [what, value, refused] of answers) {
      it(what, async () => {
        const extra = JSON.stringify({ intake_ca: value.replace('DIR', dir) })
        const args = ['lint', 'playbooks/netfilter.yml', '-i', 'inventories/example.yml', '-e', extra]
        const { code, stderr } = await sallyport(args, { cwd: root, env })
        expect(stderr).to.match(refused ?? /^$/)
        expect(code).to.equal(refused ? 1 : 0)
      })
    }
  })

  it('documents every module', async () => {
    const { code, stdout } = await sallyport(['doc', 'ansible.builtin.template'], { cwd: root })
    expect(code).to.equal(0)
    expect(stdout).to.match(/^template: .*\n\nArguments:\n/)
    expect((await sallyport(['doc', 'templat'], { cwd: root })).stderr).to.contain("did you mean 'template'?")
  })
})
