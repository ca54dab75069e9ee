import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'

describe('the hosts that a run leaves behind', function () {
  this.timeout(60_000)
  let dir: string
  let file: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-retry-'))
    await mkdir(join(dir, 'plays'))
    file = join(dir, 'plays', 'site.retry')
    await writeFile(
      join(dir, 'plays', 'site.yml'),
      `- hosts: all
  gather_facts: false
  tasks:
    - { name: a, assert: { that: "fixed | default(false) or inventory_hostname not in ['h3', 'h1']" } }
`,
    )
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    sallyport(['apply', 'plays/site.yml', '-i', 'h1,h2,h3,', '-c', 'local', ...args], { cwd: dir, env })

  it('stand in a file that --limit reads, until they are through', async () => {
    const { code, stderr } = await run()
    expect(code).to.equal(2)
    expect(stderr).to.equal('to go on with the hosts that are not done: --limit @plays/site.retry\n')
    expect(readFileSync(file, 'utf8')).to.equal('h1\nh3\n')
    const again = await run(['--limit', '@plays/site.retry', '-e', 'fixed=true'])
    expect(again.code).to.equal(0)
    expect(again.stdout).to.match(/RECAP {2}2 hosts/)
  })

  it('stand where the settings say, or nowhere', async () => {
    expect((await run([], { ANSIBLE_RETRY_FILES_ENABLED: 'false' })).stderr).to.equal('')
    expect(existsSync(file)).to.equal(false)
    await run([], { ANSIBLE_RETRY_FILES_SAVE_PATH: join(dir, 'there') })
    expect(existsSync(file)).to.equal(false)
    expect(readFileSync(join(dir, 'there', 'site.retry'), 'utf8')).to.equal('h1\nh3\n')
  })

  it('are no failure of their own where no file can be written, unless it was asked for', async () => {
    await mkdir(file)
    const { code, stderr } = await run()
    expect(code).to.equal(2)
    expect(stderr).to.match(/^warning: cannot write .*site\.retry: EISDIR/)
    const asked = await run([], { ANSIBLE_RETRY_FILES_ENABLED: 'true' })
    expect(asked.code).to.equal(1)
    expect(asked.stderr).to.match(/cannot write .*site\.retry: EISDIR/)
  })
})
