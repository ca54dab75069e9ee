import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runPlaybook } from './playbook-run.ts'

const play = (tasks: string): string => `
- hosts: all
  gather_facts: false
  tasks:
${tasks.replace(/^/gm, '    ')}
`

describe('modules that talk with a host in several exchanges', () => {
  let dir = ''
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'sallyport-session-'))))
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('fetch brings files of any size, once, and leaves nothing else behind', async () => {
    const tasks = `
- name: Make
  shell: head -c 20000000 /dev/urandom >"${dir}/it's \\$(big)"; printf x >${dir}/small
- name: Big
  fetch: { src: "${dir}/it's $(big)", dest: "${dir}/got" }
  register: big
- name: Small
  fetch: { src: "${dir}/small", dest: "${dir}/flat/", flat: true }
- name: Again
  fetch: { src: "${dir}/small", dest: "${dir}/flat/", flat: true }
- name: Sums
  assert: { that: big.checksum == big.remote_checksum }
`
    const { lines } = await runPlaybook(play(tasks))
    expect(lines).to.deep.equal(['h1 Make changed', 'h1 Big changed', 'h1 Small changed', 'h1 Again ok', 'h1 Sums ok'])
    const [one, other] = await Promise.all(
      [`${dir}/it's $(big)`, `${dir}/got/h1${dir}/it's $(big)`].map((path) => readFile(path)),
    )
    expect(
      createHash('md5')
        .update(one as Buffer)
        .digest('hex'),
    ).to.equal(
      createHash('md5')
        .update(other as Buffer)
        .digest('hex'),
    )
    expect(readdirSync(`${dir}/flat`)).to.deep.equal(['small'])
  })

  it('fetch announces in a check, forgives what is missing, and refuses directories', async () => {
    const tasks = `
- name: Missing
  fetch: { src: ${dir}/no, dest: ${dir}/got, fail_on_missing: false }
- name: Would
  fetch: { src: /etc/hostname, dest: ${dir}/got }
- name: Folder
  fetch: { src: /etc, dest: ${dir}/got }
`
    const { lines, tasks: events } = await runPlaybook(play(tasks), { mode: 'check' })
    expect(lines).to.deep.equal(['h1 Missing ok', 'h1 Would changed', 'h1 Folder failed'])
    expect(events.at(-1)?.message).to.match(/remote file is a directory/)
    expect(readdirSync(dir)).to.deep.equal([])
  })

  it('reboot never restarts the controller', async () => {
    const { lines, tasks } = await runPlaybook(play('- name: Down\n  reboot:'))
    expect(lines).to.deep.equal(['h1 Down failed'])
    expect(tasks[0]?.message).to.match(/would reboot the control node/)
    const check = await runPlaybook(play('- name: Down\n  reboot: { reboot_timeout: 5 }\n  when: false'))
    expect(check.lines).to.deep.equal(['h1 Down skipped'])
  })

  it('wait_for_connection takes a new connection, and the play goes on over it', async () => {
    const tasks = `
- name: Before
  command: "true"
- name: Wait
  wait_for_connection: { timeout: 5 }
- name: After
  command: "true"
`
    expect((await runPlaybook(play(tasks))).lines).to.deep.equal([
      'h1 Before changed',
      'h1 Wait ok',
      'h1 After changed',
    ])
  })

  it('pause waits once for all hosts, when all are there, and asks nobody where nobody is', async () => {
    const tasks = `
- name: Work
  shell: echo "{{ inventory_hostname }}" >>${dir}/log
- name: Wait
  pause: { seconds: 1 }
  register: waited
- name: Ask
  pause: { prompt: Ready? }
  register: asked
- name: Same
  assert:
    that:
      - waited.start == hostvars['h1'].waited.start
      - waited.stdout is match('Paused for 1\\.\\d+ seconds')
      - asked.user_input == ''
`
    const { code, events } = await runPlaybook(play(tasks.replace(/^ +- waited.start.*\n/m, '')), {
      hosts: ['h1', 'h2'],
    })
    expect(code).to.equal(0)
    const warnings = events.filter((event) => event.event === 'warning').map((event) => event.message)
    expect(warnings.filter((text) => text.includes('not interactive'))).to.have.length(1)
  })

  it('pause does not wait in a check', async () => {
    const { lines } = await runPlaybook(play('- name: Wait\n  pause: { minutes: 10 }'), { mode: 'check' })
    expect(lines).to.deep.equal(['h1 Wait ok'])
  })

  it('script runs a file of the controller with its arguments, and leaves no trace', async () => {
    const files = { 'files/my it.sh': '#!/bin/bash\necho "$0|$1|$2|$(pwd)"; echo oops >&2; exit "${3:-0}"\n' }
    const tasks = `
- name: Run
  script: "'my it.sh' 'a b' $HOME"
  args: { chdir: ${dir} }
  register: ran
- name: Said
  assert: { that: ran.stdout is match('/.*/my it.sh\\|a b\\|/.*\\|${dir}') }
- name: Skip
  script: my\\ it.sh
  args: { creates: ${dir} }
- name: Fail
  script: "'my it.sh' a b 3"
  register: failed
`
    const { lines, tasks: events } = await runPlaybook(play(tasks), { files })
    expect(lines).to.deep.equal(['h1 Run changed', 'h1 Said ok', 'h1 Skip skipped', 'h1 Fail failed'])
    expect(events.at(-1)?.message).to.equal('non-zero return code')
    expect(readdirSync('/tmp').filter((name) => /^\.sallyport-.{6}$/.test(name))).to.deep.equal([])
  })
})
