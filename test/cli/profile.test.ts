import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunEvent } from '../../src/report/events.ts'
import { sallyport } from '../support/cli.ts'
import { workModule } from '../support/work-module.ts'

describe('--profile', function () {
  this.timeout(60_000)
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-profile-'))
    await mkdir(join(dir, 'library'))
    await writeFile(join(dir, 'library', 'work.mjs'), workModule)
    const tasks = ['stat: { path: /etc/passwd }', 'work: sleep 1', 'pause: { seconds: 1 }'].map(
      (task) => `    - ${task}\n`,
    )
    await writeFile(join(dir, 'site.yml'), `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.join('')}`)
  })
  after(() => rm(dir, { recursive: true, force: true }))

  const ends = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await sallyport(
      ['apply', 'site.yml', '-i', 'h1,h2,', '-c', 'local', '--output', 'jsonl', ...args],
      { cwd: dir },
    )
    expect(code, stderr).to.equal(0)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent)
    return { stderr, ends: events.flatMap((event) => (event.event === 'host-end' ? [event] : [])) }
  }

  it('says of each host and task where the time went, and costs no exchange', async () => {
    const plain = await ends([])
    expect(plain.ends.map(({ profile }) => profile)).to.deep.equal([undefined, undefined])
    expect(plain.stderr).to.equal('')
    const profiled = await ends(['--profile'])
    for (const [index, { profile, cost }] of profiled.ends.entries()) {
      expect(cost).to.deep.equal(plain.ends[index]?.cost)
      if (!profile) throw new Error('there is no profile')
      const { total, connect, exchange, host, controller, waiting, tasks } = profile
      expect(Math.abs(total - connect - exchange - host - controller - waiting)).to.be.at.most(3)
      expect(host).to.be.at.least(900)
      expect(waiting).to.be.at.least(900)
      const file = join(dir, 'site.yml')
      expect(Object.keys(tasks)).to.deep.equal([`${file}:4`, `${file}:5`])
      expect(tasks[`${file}:5`]).to.be.at.least(900)
    }
    expect(profiled.stderr).to.match(/^PROFILE {2}seconds, 2 hosts$/m)
    expect(profiled.stderr).to.match(/^ {2}work +2 +\d+\.\d\d +\d+\.\d\d {2}h[12]$/m)
  })
})
