import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { runPlaybook } from './playbook-run.ts'

const play = (tasks: string) =>
  `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.trimEnd().replace(/^/gm, '    ')}\n`
const ask = (jid: string) => `
- name: wait
  async_status: { jid: "${jid}" }
  register: done
  until: done.finished
  delay: 0.2
  retries: 300
`

describe('async', function () {
  // Other runs on this machine may hold its lock for a while.
  this.timeout(240_000)
  let dir = ''
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'sallyport-async-'))))
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('leaves a job to itself, over the end of the connection, and hands over what it said', async () => {
    const { lines, code } = await runPlaybook(
      play(`
- name: start
  shell: 'while [ ! -e ${dir}/go ]; do sleep 0.1; done; echo out; echo err >&2; pwd'
  args: { chdir: / }
  async: 120
  poll: 0
  register: job
- meta: reset_connection
- { name: running, async_status: { jid: "{{ job.ansible_job_id }}" }, register: now }
- { name: go, file: { path: ${dir}/go, state: touch } }
${ask('{{ job.ansible_job_id }}')}
- name: check
  assert:
    that:
      - job is changed and job.started == 1 and job.finished == 0
      - now is not changed and now.started == 1 and now.finished == 0 and now.results_file == job.results_file
      - done is changed and done.finished == 1 and done.rc == 0
      - done.stdout_lines == ['out', '/'] and done.stderr == 'err'
      - done.cmd is search('echo out') and done.delta is defined
- { name: clean, async_status: { jid: "{{ job.ansible_job_id }}", mode: cleanup } }
- { name: gone, stat: { path: "{{ job.results_file }}" }, register: file, failed_when: file.stat.exists }
- { name: unknown, async_status: { jid: "{{ job.ansible_job_id }}" } }`),
    )
    expect(lines).to.deep.equal([
      'h1 start changed',
      'h1 running ok',
      'h1 go changed',
      'h1 wait changed',
      'h1 check ok',
      'h1 clean ok',
      'h1 gone ok',
      'h1 unknown failed',
    ])
    expect(code).to.equal(2)
  })

  it('asks as often as the settings say where the task does not', async () => {
    process.env['ANSIBLE_POLL_INTERVAL'] = '0'
    try {
      const { lines } = await runPlaybook(
        play(`
- { name: left alone, command: 'true', async: 60, register: job }
- { name: look, assert: { that: job.started == 1 and job.finished == 0 } }${ask('{{ job.ansible_job_id }}')}`),
      )
      expect(lines).to.include('h1 look ok').and.to.include('h1 wait changed')
    } finally {
      delete process.env['ANSIBLE_POLL_INTERVAL']
    }
  })

  it('waits where it is told to poll: for commands, for changes, and as long as it may take', async () => {
    const { lines, tasks } = await runPlaybook(
      play(`
- { name: command, command: sh -c 'echo done; exit 3', async: 60, poll: 1, register: one, failed_when: one.rc != 3 }
- { name: change, copy: { dest: ${dir}/file, content: x }, async: 60, poll: 1, register: two }
- { name: again, copy: { dest: ${dir}/file, content: x }, async: 60, poll: 1 }
- name: check
  assert:
    that:
      - one.stdout == 'done' and one.finished == 1 and one.ansible_job_id is defined
      - two.size == 1 and two.finished == 1
- { name: late, command: sleep 60, async: 1, poll: 1 }`),
    )
    expect(lines).to.deep.equal([
      'h1 command changed',
      'h1 change changed',
      'h1 again ok',
      'h1 check ok',
      'h1 late failed',
    ])
    expect(tasks.at(-1)?.message).to.equal('async task did not complete within the requested time - 1s')
  })

  it('starts one job for each item of a loop, and what was seen before counts no more when they are done', async () => {
    const { lines } = await runPlaybook(
      play(`
- { name: start, shell: 'echo x >${dir}/{{ item }}', loop: [a, b], async: 60, poll: 0, register: jobs }
- name: wait
  async_status: { jid: "{{ item.ansible_job_id }}" }
  loop: "{{ jobs.results }}"
  loop_control: { label: "{{ item.item }}" }
  register: done
  until: done.finished
  delay: 0.2
  retries: 300
- { name: as it is, copy: { dest: ${dir}/a, content: "x\\n" } }
- { name: clean, async_status: { jid: "{{ item.ansible_job_id }}", mode: cleanup }, loop: "{{ jobs.results }}" }`),
    )
    expect(lines.filter((line) => !line.includes('['))).to.deep.equal([
      'h1 start changed',
      'h1 wait changed',
      'h1 as it is ok',
      'h1 clean ok',
    ])
  })

  it('is over at once where creates says that nothing is to be done', async () => {
    const { lines } = await runPlaybook(
      play(`
- { name: start, command: { argv: ['false'], creates: / }, async: 60, poll: 0, register: job }
${ask('{{ job.ansible_job_id }}')}
- { name: check, assert: { that: done is not changed and 'exists' in done.msg } }
- { name: clean, async_status: { jid: "{{ job.ansible_job_id }}", mode: cleanup } }`),
    )
    expect(lines).to.deep.equal(['h1 start changed', 'h1 wait ok', 'h1 check ok', 'h1 clean ok'])
  })

  it('starts nothing in a check, which tells of changes as ever', async () => {
    const { lines } = await runPlaybook(
      play(`
- { name: start, command: touch ${dir}/made, async: 60, poll: 0, register: job }
${ask('{{ job.ansible_job_id }}')}
- { name: change, copy: { dest: ${dir}/file, content: x }, async: 60, poll: 1 }`),
      { mode: 'check' },
    )
    expect(lines).to.deep.equal(['h1 start skipped', 'h1 wait skipped', 'h1 change changed'])
    expect(existsSync(join(dir, 'made'))).to.equal(false)
  })

  const mistakes = [
    ['debug: { msg: x }\n  async: 5', '6:14', /debug cannot run in the background: nothing of it runs on the host/],
    ['fetch: { src: /x, dest: y }\n  async: 5', '6:14', /fetch cannot run in the background: it takes several/],
    ['copy: { dest: /x, content: y }\n  async: 5\n  poll: 0', '7:13', /copy cannot be left to itself/],
    ['copy: { dest: /x, content: y }\n  async: 5\n  poll: "{{ 0 }}"', '7:14', /copy cannot be left to itself/],
    ['command: x\n  async: "{{ \'soon\' }}"', '6:15', /async: expected whole seconds, got 'soon'/],
    ['async_status: { jid: ../x }', '5:28', /jid: is no job/],
  ] as const
  for (const [task, place, says] of mistakes) {
    it(`is refused before anything is touched: ${task.replaceAll('\n ', ',')}`, async () => {
      const error: unknown = await runPlaybook(play(`- name: t\n  ${task}`)).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (!(error instanceof UserError)) throw new Error(String(error))
      expect(`${error.at?.line}:${error.at?.column}`).to.equal(place)
      expect(error.message).to.match(says)
    })
  }
})
