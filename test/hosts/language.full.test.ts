import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { encryptVault } from '../../src/variables/vault.ts'
import { inventoryYaml } from '../lab/inventory.ts'
import type { HostSpec, Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { sallyport } from '../support/cli.ts'
import { reportOf } from './fleet.ts'

const specs: readonly HostSpec[] = Array.from({ length: 10 }, (_, index) => ({ name: `h${index}`, suite: 'bookworm' }))

const playbook = `
- hosts: all
  vars_files: [secrets.yml]
  roles: [web]
  post_tasks:
    - include_role: { name: base }
      when: inventory_hostname != 'h0'
    - { name: look, stat: { path: /srv/base } }
`

/** Folders, files of a loop, a secret of a vault, blocks, includes, handlers and a dependency between roles. */
const files = {
  'site.yml': playbook,
  'roles/base/defaults/main.yml': 'text: default\n',
  'roles/base/handlers/main.yml': '- { name: tell, file: { path: /srv/base/told, state: touch } }\n',
  'roles/base/tasks/main.yml': `
- { name: folders, file: { path: "/srv/base/{{ item }}", state: directory }, loop: [a, a/b, c] }
- block:
    - { name: secret, copy: { content: "{{ token }}", dest: /srv/base/a/token, mode: '600' }, notify: tell }
    - { include_tasks: more.yml, loop: [x, y] }
  rescue:
    - { name: rescue, fail: { msg: never } }
  always:
    - { name: at the end, file: { path: /srv/base/c, mode: '755' } }
`,
  'roles/base/tasks/more.yml': `
- { name: more, template: { src: more.j2, dest: "/srv/base/c/{{ item }}" } }
- { name: last, file: { path: "/srv/base/c/{{ item }}", mode: '640' } }
`,
  'roles/base/templates/more.j2': '{{ text }} {{ item }} {{ ansible_facts.hostname }}\n',
  'roles/web/meta/main.yml': 'dependencies: [base]\n',
  'roles/web/tasks/main.yml': '- { name: web, file: { path: /srv/web, state: directory } }\n',
}

/** h1 is started anew; what was known of it counts no more, also to h0, which works there for a while. */
const restart = `
- hosts: h0,h1
  gather_facts: false
  tasks:
    - { name: mark, copy: { dest: /run/mark, content: x } }
    - { name: boot, command: uptime -s, register: before, changed_when: false }
    - { name: restart, reboot: { reboot_timeout: 240 }, register: done, when: inventory_hostname == 'h1' }
    - { name: say, assert: { that: done.rebooted and done.elapsed >= 0 }, when: inventory_hostname == 'h1' }
    - { name: wait, wait_for_connection: { timeout: 240 } }
    - { name: gone, stat: { path: /run/mark }, register: mark }
    - { name: as it is, assert: { that: "mark.stat.exists == (inventory_hostname == 'h0')" } }
    - { name: again, copy: { dest: /run/mark, content: x } }
    - { name: there, command: cat /run/mark, delegate_to: h1, register: told, changed_when: false }
    - { name: told, assert: { that: told.stdout == 'x' } }
    - { name: job, shell: sleep 1; echo over, async: 60, poll: 1, register: job, delegate_to: h1 }
    - { name: jobs, assert: { that: job.stdout == 'over' } }
`

describe('the language on ten real hosts', function () {
  this.timeout(900_000)
  let lab: Lab
  let dir: string
  const run = async (command: 'apply' | 'check', name: string) => {
    const args = ['-i', join(dir, 'hosts.yml'), '--vault-password-file', join(dir, 'password'), '--output', 'jsonl']
    return reportOf(await sallyport([command, join(dir, name), ...args]))
  }
  before(async function () {
    lab = await labOrSkip.call(this, [...specs])
    dir = await mkdtemp(join(tmpdir(), 'sallyport-language-'))
    const secrets = await encryptVault('token: in the vault\n', { id: 'default', password: 'open' })
    const all = { ...files, 'restart.yml': restart, 'hosts.yml': inventoryYaml(lab), password: 'open\n' }
    for (const [path, text] of Object.entries({ ...all, 'secrets.yml': secrets })) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), text)
    }
  })
  after(async () => {
    await lab?.down()
    if (dir) await rm(dir, { recursive: true, force: true })
  })

  it('costs one connection and one channel a host, and a second run two exchanges: the facts, and all the rest', async () => {
    const first = await run('apply', 'site.yml')
    expect(first.code, first.stdout + first.stderr).to.equal(0)
    for (const { name } of specs) {
      const { cost } = first.ends[name] ?? {}
      expect([cost?.connections, cost?.channels], name).to.deep.equal([1, 1])
      // One for the facts, one to look, and one more for each change.
      const changes = first.tasks.filter(({ host, outcome }) => host === name && outcome === 'changed').length
      expect(changes, name).to.be.greaterThan(5)
    }
    for (const command of ['check', 'apply'] as const) {
      const again = await run(command, 'site.yml')
      expect(again.code, again.stdout).to.equal(0)
      const costs = specs.map(({ name }) => again.ends[name]?.cost)
      expect(costs).to.deep.equal(specs.map(() => ({ connections: 1, channels: 1, exchanges: 2 })))
    }
  })

  it('goes on with a host that was started anew, and with those that work there', async () => {
    const report = await run('apply', 'restart.yml')
    expect(report.code, report.stdout + report.stderr).to.equal(0)
    const outcomes = (name: string) =>
      report.tasks.filter(({ task }) => task.name === name).map(({ outcome }) => outcome)
    expect(outcomes('restart').sort()).to.deep.equal(['changed', 'skipped'])
    // Of /run nothing outlives a restart: only there it is written again.
    expect(
      report.tasks
        .filter(({ task }) => task.name === 'again')
        .map(({ host, outcome }) => `${host} ${outcome}`)
        .sort(),
    ).to.deep.equal(['h0 ok', 'h1 changed'])
  })
})
