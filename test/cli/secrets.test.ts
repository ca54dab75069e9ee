import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sallyport } from '../support/cli.ts'

describe('secrets on the command line', () => {
  let dir: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-secrets-'))
    const files = {
      'play.yml': '- hosts: all\n  gather_facts: false\n  roles: [r]\n',
      'roles/r/meta/argument_specs.yml':
        "argument_specs:\n  main:\n    options:\n      key: { required: true, no_log: true, pattern: '[a-z]+' }\n",
      'roles/r/tasks/main.yml': "- command: 'true'\n",
      'wrong.yml': 'key: verborgen-99\n',
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
  })
  after(() => rm(dir, { recursive: true, force: true }))

  const apply = (...more: readonly string[]) => sallyport(['apply', 'play.yml', '-i', 'h1,', ...more], { cwd: dir })

  it('are not quoted with the line that is wrong about them', async () => {
    const { code, stderr, stdout } = await apply('-c', 'local', '-e', '@wrong.yml')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^wrong\.yml:1:\d+: error: key: the value does not have the form/m)
    expect(stdout + stderr).not.to.contain('verborgen')
  })

  it('that cannot be read are no bug', async () => {
    const { code, stderr } = await apply('--become-password-file', 'nowhere')
    expect(code).to.equal(1)
    expect(stderr).to.contain('cannot read the password file nowhere')
  })
})
