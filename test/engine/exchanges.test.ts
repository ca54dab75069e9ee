import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptVault } from '../../src/variables/vault.ts'
import { runPlaybook, type PlaybookRun } from './playbook-run.ts'

const hosts = Array.from({ length: 2 }, (_, index) => `h${index + 1}`)

/** What DESIGN 2 allows a converged host: one connection, one channel, one exchange for everything known ahead. */
describe('what a structured playbook costs on the network', function () {
  // Other runs on this machine may hold its lock for a while.
  this.timeout(240_000)
  let dir: string
  let options: Parameters<typeof runPlaybook>[1]
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-exchanges-'))
    await writeFile(join(dir, 'password'), 'open\n')
    options = {
      hosts,
      vaultPasswordFile: [join(dir, 'password')],
      files: {
        'secrets.yml': await encryptVault('token: in the vault\n', { id: 'default', password: 'open' }),
        'roles/base/tasks/main.yml': `
- name: folders
  file: { path: "${dir}/{{ inventory_hostname }}/{{ item }}", state: directory }
  loop: [a, a/b, c]
- block:
    - name: secret
      copy: { content: "{{ token }}", dest: "${dir}/{{ inventory_hostname }}/a/token", mode: '600' }
      notify: tell
    - include_tasks: more.yml
      loop: [x, y]
  rescue:
    - { name: rescue, fail: { msg: never } }
  always:
    - name: at the end
      file: { path: "${dir}/{{ inventory_hostname }}/c", mode: '755' }
`,
        'roles/base/tasks/more.yml': `
- name: more
  copy: { content: "{{ text }} {{ item }}", dest: "${dir}/{{ inventory_hostname }}/c/{{ item }}" }
- import_tasks: last.yml
`,
        'roles/base/tasks/last.yml': `
- name: last
  file: { path: "${dir}/{{ inventory_hostname }}/c/{{ item }}", mode: '640' }
`,
        'roles/base/defaults/main.yml': 'text: default\n',
        'roles/base/handlers/main.yml': '- { name: tell, debug: { msg: changed } }\n',
        'roles/web/meta/main.yml': 'dependencies: [base]\n',
        'roles/web/tasks/main.yml': `- { name: web, file: { path: "${dir}/{{ inventory_hostname }}/web", state: directory } }\n`,
      },
    }
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const playbook = `
- hosts: all
  gather_facts: false
  vars_files: [secrets.yml]
  roles: [web]
  post_tasks:
    - include_role: { name: base }
      when: inventory_hostname != 'h1'
    - { name: look, stat: { path: "{{ playbook_dir }}" } }
`

  it('is one connection, one channel and one exchange a host where all is in order', async () => {
    expect((await runPlaybook(playbook, options)).code).to.equal(0)
    for (const mode of ['check', 'apply'] as const) {
      const run = await runPlaybook(playbook, { ...options, mode })
      expect(run.lines.filter((line) => /changed|failed/.test(line))).to.deep.equal([])
      for (const cost of costs(run)) expect(cost).to.deep.equal({ connections: 1, channels: 1, exchanges: 1 })
    }
  })

  it('is one exchange too with files of variables that can be known before', async () => {
    const files = {
      'vars/a.yml': 'text: one\nshared: low\n',
      'vars/b/1.yml': 'other: two\n',
      'vars/b/2.yml': 'shared: high\n',
      'late.yml': 'text: replaced\n',
    }
    const play = `
- hosts: all
  gather_facts: false
  vars: { name: a, text: of the play }
  tasks:
    - { name: before, assert: { that: text == 'of the play' } }
    - stat: { path: "{{ playbook_dir }}" }
    - include_vars: "{{ name }}.yml"
    - stat: { path: "{{ playbook_dir }}/{{ text }}" }
    - include_vars: { dir: b }
    - { name: between, assert: { that: "text == 'one' and other == 'two' and shared == 'high'" } }
    - include_vars: late.yml
      when: inventory_hostname == 'h2'
    - stat: { path: "{{ playbook_dir }}/{{ text }}" }
    - name: after
      assert: { that: "text == ('replaced' if inventory_hostname == 'h2' else 'one')" }
`
    const run = await runPlaybook(play, { hosts, files })
    expect(run.code, run.lines.join('\n')).to.equal(0)
    for (const cost of costs(run)) expect(cost).to.deep.equal({ connections: 1, channels: 1, exchanges: 1 })
  })

  it('is one exchange more for each change, however the play is built', async () => {
    await runPlaybook(playbook, options)
    await rm(join(dir, 'h2', 'c', 'y'))
    const run = await runPlaybook(playbook, options)
    const [first, second] = costs(run)
    expect(second).to.deep.equal({ connections: 1, channels: 1, exchanges: 3 })
    expect(first).to.deep.equal({ connections: 1, channels: 1, exchanges: 1 })
  })

  it('is one exchange more where a file is included by what the host says', async () => {
    const files = { ...options?.files, 'by-path.yml': '- { name: there, stat: { path: / } }\n' }
    const dynamic = `${playbook}    - { name: ask, stat: { path: / }, register: root }\n    - include_tasks: "by-{{ 'path' if root.stat.exists }}.yml"\n`
    await runPlaybook(dynamic, { ...options, files })
    const run = await runPlaybook(dynamic, { ...options, files, mode: 'check' })
    for (const cost of costs(run)) expect(cost).to.deep.equal({ connections: 1, channels: 1, exchanges: 2 })
  })
})

function costs({ events }: PlaybookRun) {
  const ends = events.flatMap((event) => (event.event === 'host-end' ? [event] : []))
  return hosts.map((host) => ends.find((end) => end.host === host)?.cost)
}
