import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'
import { freePort } from '../transport/sshd.ts'

describe('~/.ssh/config in a run', () => {
  let home: string
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
    await mkdir(join(home, '.ssh'))
    await writeFile(join(home, 'play.yml'), '- hosts: all\n  gather_facts: false\n  tasks:\n    - ping:\n')
  })
  after(() => rm(home, { recursive: true, force: true }))

  const run = async (config: string, args: readonly string[] = []) => {
    await writeFile(join(home, '.ssh/config'), config, { mode: 0o600 })
    return sallyport(['apply', join(home, 'play.yml'), '-i', 'web1,', ...args], { env: { HOME: home } })
  }

  it('says where the host is; what is left out is named', async () => {
    const port = await freePort()
    const { code, stdout, stderr } = await run(`Host web1\n HostName 127.0.0.1\n Port ${port}\n ForwardAgent yes\n`)
    expect(stdout).to.include(`127.0.0.1:${port} refused the connection`)
    expect(stderr).to.match(/warning: ~\/\.ssh\/config:4: ForwardAgent is left out/)
    expect(code).to.equal(4)
  })

  for (const option of ['--private-key', '--key-file']) {
    it(`${option} names another key`, async () => {
      const { stdout } = await run('Host web1\n HostName 127.0.0.1\n', [option, '/nowhere/key'])
      expect(stdout).to.include('the key file /nowhere/key does not exist')
    })
  }

  it('with a mistake, touches nothing', async () => {
    const { code, stderr } = await run('Host web1\n Port ssh\n')
    expect(stderr).to.match(/~\/\.ssh\/config:2: "ssh" is no port/)
    expect(code).to.equal(1)
  })
})
