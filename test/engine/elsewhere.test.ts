import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { runPlaybook, type PlaybookRun, type PlaybookRunOptions } from './playbook-run.ts'

const play = (keywords: string) => `- hosts: all\n  gather_facts: false\n${keywords.replace(/^/gm, '  ').trimEnd()}\n`

const three: PlaybookRunOptions = { hosts: ['h1', 'h2', 'h3'] }
const costs = (run: PlaybookRun) =>
  new Map(run.events.flatMap((event) => (event.event === 'host-end' ? [[event.host, event.cost] as const] : [])))

/** Where and how often a task runs: delegate_to, run_once, throttle, a connection of its own. */
const cases: readonly {
  readonly name: string
  readonly playbook: string
  readonly options?: PlaybookRunOptions
  readonly lines: readonly string[]
  readonly code?: number
}[] = [
  {
    name: 'run_once runs on the first host, and everybody has its result',
    playbook: play(`tasks:
  - { name: a, command: 'echo {{ inventory_hostname }}', run_once: true, register: r, changed_when: false }
  - { name: b, assert: { that: r.stdout == 'h1' } }`),
    options: three,
    lines: ['h1 a ok', 'h1 b ok', 'h2 b ok', 'h3 b ok'],
  },
  {
    name: 'run_once runs on the first host that is left',
    playbook: play(`tasks:
  - { name: f, fail: {}, when: inventory_hostname == 'h1' }
  - { name: a, command: 'echo {{ inventory_hostname }}', run_once: true, register: r, changed_when: false }
  - { name: b, assert: { that: r.stdout == 'h2' } }`),
    options: three,
    lines: ['h1 f failed', 'h2 f skipped', 'h3 f skipped', 'h2 a ok', 'h2 b ok', 'h3 b ok'],
    code: 2,
  },
  {
    name: 'facts set once are everybody’s',
    playbook: play(`tasks:
  - { name: a, set_fact: { x: '{{ inventory_hostname }}' }, run_once: true }
  - { name: b, assert: { that: x == 'h1' } }`),
    options: three,
    lines: ['h1 a ok', 'h1 b ok', 'h2 b ok', 'h3 b ok'],
  },
  {
    name: 'run_once that fails ends the play for all',
    playbook: play(`tasks:
  - { name: a, command: 'false', run_once: true }
  - { name: b, command: 'true' }`),
    options: three,
    lines: ['h1 a failed'],
    code: 2,
  },
  {
    name: 'run_once whose condition fails is skipped for all, and known to all',
    playbook: play(`tasks:
  - { name: a, command: 'false', run_once: true, when: inventory_hostname != 'h1', register: r }
  - { name: b, assert: { that: r is skipped } }`),
    options: three,
    lines: ['h1 a skipped', 'h1 b ok', 'h2 b ok', 'h3 b ok'],
  },
  {
    name: 'run_once in every batch',
    playbook: play(`serial: 2
tasks: [{ name: a, command: 'true', run_once: true, changed_when: false }]`),
    options: three,
    lines: ['h1 a ok', 'h3 a ok'],
  },
  {
    name: 'run_once on a play',
    playbook: play(`run_once: true
tasks: [{ name: a, command: 'true', changed_when: false }]`),
    options: three,
    lines: ['h1 a ok'],
  },
  {
    name: 'a delegated task has the variables of its host and the facts stay its own',
    playbook: play(`tasks:
  - { name: a, command: 'echo {{ inventory_hostname }}', delegate_to: h2, register: r, changed_when: false }
  - { name: b, assert: { that: r.stdout == inventory_hostname } }
  - { name: c, set_fact: { x: '{{ inventory_hostname }}' }, delegate_to: h2 }
  - { name: d, assert: { that: x == inventory_hostname } }`),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a ok', 'h2 a ok', 'h1 b ok', 'h2 b ok', 'h1 c ok', 'h2 c ok', 'h1 d ok', 'h2 d ok'],
  },
  {
    name: 'delegate_facts gives facts to the host it ran on',
    playbook: play(`tasks:
  - { name: a, set_fact: { x: from h1 }, delegate_to: h2, delegate_facts: true, when: inventory_hostname == 'h1' }
  - { name: b, assert: { that: "(x is defined) == (inventory_hostname == 'h2')" } }`),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a ok', 'h2 a skipped', 'h1 b ok', 'h2 b ok'],
  },
  {
    name: 'delegation that depends on the item, and none with omit',
    playbook: play(`tasks:
  - name: a
    command: echo {{ item }}
    delegate_to: '{{ item if item != "none" else omit }}'
    loop: [h2, localhost, none]
    changed_when: false`),
    options: { hosts: ['h1', 'h2'], limit: 'h1' },
    lines: ['h1 a[h2] ok', 'h1 a[localhost] ok', 'h1 a[none] ok', 'h1 a ok'],
  },
  {
    name: 'local_action in all its forms',
    playbook: play(`tasks:
  - { name: a, local_action: command echo one two, register: r, changed_when: false }
  - { name: b, assert: { that: r.stdout == 'one two' } }
  - { name: c, local_action: { module: command, cmd: echo three }, register: r, changed_when: false }
  - { name: d, assert: { that: r.stdout == 'three' } }
  - { name: e, local_action: { module: command echo, args: { chdir: / } }, changed_when: false }`),
    lines: ['h1 a ok', 'h1 b ok', 'h1 c ok', 'h1 d ok', 'h1 e ok'],
  },
  {
    name: 'throttle lets that many hosts do a task at once',
    playbook: play(`tasks:
  - name: a
    shell: 'mkdir {{ playbook_dir }}/busy && sleep 0.1 && rmdir {{ playbook_dir }}/busy'
    throttle: 1`),
    options: three,
    lines: ['h1 a changed', 'h2 a changed', 'h3 a changed'],
  },
  {
    name: 'ignore_unreachable goes on with a new connection',
    playbook: play(`tasks:
  - { name: a, shell: kill -9 0, ignore_unreachable: true, register: r }
  - { name: b, assert: { that: [r.unreachable, r.msg is defined] } }
  - { name: c, command: 'true', changed_when: false }`),
    lines: ['h1 a unreachable ignored', 'h1 b ok', 'h1 c ok'],
  },
  {
    name: 'changes that many hosts delegate to one are made one after the other, each on what it finds',
    playbook: play(`tasks:
  - { name: a, copy: { dest: '{{ playbook_dir }}/one', content: same }, delegate_to: localhost }`),
    options: three,
    lines: ['h1 a changed', 'h2 a ok', 'h3 a ok'],
  },
]

describe('tasks that run elsewhere, once, or a few at a time', () => {
  for (const { name, playbook, options, lines, code } of cases) {
    it(name, async () => {
      const run = await runPlaybook(playbook, options)
      const said = JSON.stringify(run.tasks, undefined, 1)
      const counted = (all: readonly string[]) =>
        all.map((line) => line.replace(/^h\d (.* (changed|ok))$/, '$1')).sort()
      // Which of several hosts is the first to change a shared file is theirs to settle.
      if (name.startsWith('changes that many')) expect(counted(run.lines), said).to.deep.equal(counted(lines))
      else expect([...run.lines].sort(), said).to.deep.equal([...lines].sort())
      expect(run.code, said).to.equal(code ?? 0)
    })
  }

  it('reaches the host as it says: connection, port and remote_user', async () => {
    const reach = `- { name: a, ping: , port: 1, remote_user: ann, vars: { ansible_connection: ssh, ansible_host: 127.0.0.1 } }`
    const { tasks } = await runPlaybook(play(`tasks:\n  ${reach}`))
    expect(tasks[0]?.outcome).to.equal('unreachable')
    expect(tasks[0]?.message).to.match(/127\.0\.0\.1:1\b/)
  })

  it('keeps one connection to a host that many delegate to', async () => {
    const run = await runPlaybook(
      play(`tasks:
  - { name: a, command: 'true', delegate_to: h1 }
  - { name: b, command: 'true' }
  - { name: c, file: { path: /tmp, state: directory }, delegate_to: h1 }`),
      { hosts: ['h1', 'h2', 'h3', 'h4'] },
    )
    expect(run.code).to.equal(0)
    expect(costs(run).get('h1')?.connections).to.equal(1)
  })

  it('delegates probes in the exchange they are due in, and no more exchanges than hosts', async () => {
    const files = Array.from(
      { length: 5 },
      () => '- { file: { path: /tmp, state: directory }, delegate_to: localhost }',
    )
    const run = await runPlaybook(
      play(
        `tasks:\n- { file: { path: /tmp, state: directory } }\n${files.join('\n')}\n- { file: { path: /tmp, state: directory } }`,
      ),
    )
    expect(run.code).to.equal(0)
    expect(costs(run).get('h1')?.exchanges).to.equal(1)
  })

  it('names a delegate that is no name', async () => {
    const error: unknown = await runPlaybook(play(`tasks: [{ command: 'true', delegate_to: '{{ [1] }}' }]`)).catch(
      (e: unknown) => e,
    )
    expect(error).to.be.instanceOf(UserError)
    expect((error as UserError).message).to.match(/delegate_to: expected the name of a host/)
  })
})
