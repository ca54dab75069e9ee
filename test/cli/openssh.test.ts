import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'
import { type Keys, makeKeys, needSshd, publicKey, type Sshd, startSshd, trust } from '../transport/sshd.ts'

describe('a run by openssh', () => {
  let keys: Keys
  let sshd: Sshd
  before(async function () {
    needSshd(this)
    keys = makeKeys()
    const [hostKey, user] = [keys.make('host'), keys.make('user')]
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(user)] })
    trust(keys, sshd.port, hostKey)
    // Read-only: a change would wait for whoever else works on this machine.
    const show = '- debug: { msg: "{{ ansible_facts.env.SSH_CONNECTION }}" }'
    writeFileSync(join(keys.dir, 'play.yml'), `- hosts: all\n  gather_subset: [env]\n  tasks:\n    ${show}\n`)
    const options = `-o UserKnownHostsFile=${keys.knownHosts} -o CertificateFile=none -o IdentitiesOnly=yes`
    const vars = `ansible_host=127.0.0.1 ansible_port=${sshd.port} ansible_ssh_private_key_file=${user}`
    writeFileSync(join(keys.dir, 'hosts'), `web1 ${vars} ansible_ssh_common_args="${options}"\n`)
  })
  after(async () => {
    await sshd?.stop()
    keys?.clean()
  })
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    sallyport(['check', join(keys.dir, 'play.yml'), '-i', join(keys.dir, 'hosts'), '--output', 'jsonl', ...args], {
      env: { TMPDIR: keys.dir, ...env },
    })

  const ways: readonly [string, readonly string[], Readonly<Record<string, string>>][] = [
    ['--connection', ['-c', 'openssh'], {}],
    ['a variable', ['-e', 'ansible_connection=openssh'], {}],
    ['a setting', [], { ANSIBLE_TRANSPORT: 'openssh' }],
  ]
  for (const [name, args, env] of ways) {
    it(`which ${name} asks for`, async () => {
      const { code, stdout, stderr } = await run(args, env)
      expect(code, stdout + stderr).to.equal(0)
      expect(stdout).to.match(new RegExp(`127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${sshd.port}`))
      expect(stderr).to.equal('')
    })
  }

  it('without it the option is a mistake that names openssh', async () => {
    const { code, stderr } = await run([])
    expect(code).to.equal(1)
    expect(stderr).to.match(/"-o CertificateFile=none" is not supported[\s\S]*ansible_connection: openssh takes it/)
  })
})
