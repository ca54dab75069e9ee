import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'

describe('tags on the command line', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-tags-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  async function stderrOf(tasks: string, ...args: string[]): Promise<string> {
    const playbook = join(dir, 'play.yml')
    await writeFile(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`)
    const { code, stdout, stderr } = await sallyport(['check', playbook, '-i', 'h1,', '-c', 'local', ...args])
    expect(code).to.equal(0)
    return (
      stdout
        .split('\n')
        .filter((line) => line.startsWith('warning'))
        .join('\n') + stderr
    )
  }
  const tagged = `  - { debug: { msg: x }, tags: [rules, never] }\n`

  it('that no task has are named, with what was meant', async () => {
    expect(await stderrOf(tagged, '-t', 'ruels')).to.contain("no task has the tag 'ruels': did you mean 'rules'?")
    expect(await stderrOf(tagged, '--skip-tags', 'nosuchtag')).to.contain("no task has the tag 'nosuchtag'")
  })

  it('that a task or a group of tasks has are nothing to speak of', async () => {
    expect(await stderrOf(tagged, '-t', 'rules,all,untagged', '--skip-tags', 'never')).to.equal('')
  })

  it('may stand in what is included under a name that is not known yet', async () => {
    await writeFile(join(dir, 'more.yml'), '- { debug: { msg: x }, tags: deep }\n')
    const include = (name: string) => `  - { include_tasks: '${name}', tags: always }\n`
    expect(await stderrOf(include('more.yml'), '-t', 'deep')).to.equal('')
    expect(await stderrOf(include('more.yml'), '-t', 'dep')).to.contain("did you mean 'deep'?")
    expect(await stderrOf(include('{{ file | default("more.yml") }}'), '-t', 'dep')).to.equal('')
  })
})
