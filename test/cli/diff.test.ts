import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'

describe('what changes in files', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-diff-'))
    const file = join(dir, 'file')
    await writeFile(file, 'the old line\n')
    const task = `{ copy: { dest: "${file}", content: "the new line\\n" } }`
    await writeFile(join(dir, 'play.yml'), `- hosts: all\n  gather_facts: false\n  tasks:\n    - ${task}\n`)
    await writeFile(join(dir, 'hosts'), 'here ansible_connection=local\n')
  })
  after(() => rm(dir, { recursive: true, force: true }))

  const never = { ANSIBLE_DIFF_ALWAYS: 'no' }
  const always = { ANSIBLE_DIFF_ALWAYS: 'yes' }
  const table: readonly [string, string, boolean, Record<string, string>?][] = [
    ['check', '', true],
    ['check', '', true, never],
    ['check', '--diff', true],
    ['check', '--no-diff', false],
    ['check', '--diff --no-diff', false],
    ['check', '--no-diff -D', true],
    ['apply', '-C', false],
    ['apply', '-C', true, always],
    ['apply', '-C --diff', true],
    ['apply', '-C --no-diff', false, always],
    ['apply', '-DC --no-diff', false],
    ['apply', '-C --no-diff --diff', true],
  ]
  for (const [command, options, shown, env = {}] of table) {
    const setting = Object.entries(env).map(([name, value]) => `${name}=${value} `)
    it(`is ${shown ? 'shown' : 'hidden'} by ${setting.join('')}${command} ${options}`, async () => {
      const args = [command, 'play.yml', '-i', 'hosts', '--output', 'plain', ...options.split(' ').filter(Boolean)]
      const { code, stdout, stderr } = await sallyport(args, { cwd: dir, env })
      expect(code, stderr).to.equal(command === 'check' ? 3 : 0)
      expect(stdout).to.include('here')
      expect(/the new line/.test(stdout)).to.equal(shown)
    })
  }
})
