import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError, UserErrors } from '../../src/errors.ts'
import { runPlaybook, type PlaybookRunOptions } from './playbook-run.ts'

const play = (keywords: string) => `- hosts: all\n  gather_facts: false\n${keywords.replace(/^/gm, '  ').trimEnd()}\n`

/** What passes between the parts of a run: from play to play, task to handler, one host's end to the others. */
const cases: readonly {
  readonly name: string
  readonly playbook: string
  readonly options?: PlaybookRunOptions
  readonly lines: readonly string[]
  readonly code?: number
}[] = [
  {
    name: 'what a play registers is known in the next one',
    playbook:
      play(`tasks: [{ name: a, command: echo one, register: r, changed_when: false }]`) +
      play(`tasks: [{ name: b, assert: { that: r.stdout == 'one' } }]`),
    lines: ['h1 a ok', 'h1 b ok'],
  },
  {
    name: 'facts are known in a later play, and in conditions that are judged after a task',
    playbook: `- hosts: all
  tasks: [{ name: a, command: 'true', changed_when: ansible_facts.system != 'Linux' }]
${play(`tasks: [{ name: b, assert: { that: "ansible_facts.system == 'Linux' and ansible_system == 'Linux'" } }]`)}`,
    lines: ['h1 Gathering Facts ok', 'h1 a ok', 'h1 b ok'],
  },
  {
    name: 'set_fact in its short form',
    playbook: play(`tasks:
  - { name: a, set_fact: x=1 y='a b' }
  - { name: b, assert: { that: x == '1' and y == 'a b' } }`),
    lines: ['h1 a ok', 'h1 b ok'],
  },
  {
    name: 'a handler is found by a name that is a template, on either side',
    playbook: play(`vars: { what: it }
tasks: [{ name: a, command: 'true', notify: ['do {{ what }}', mend it] }]
handlers: [{ name: do it, debug: }, { name: 'mend {{ what }}', debug: }]`),
    lines: ['h1 a changed', 'h1 do it ok', 'h1 mend it ok'],
  },
  {
    name: 'a notification that turns out to be for nobody fails the task',
    playbook: play(`vars: { what: her }
tasks: [{ name: a, command: 'true', notify: 'do {{ what }}' }]
handlers: [{ name: do it, debug: }]`),
    lines: ['h1 a failed'],
    code: 2,
  },
  {
    name: 'a handler notifies those behind it, also in the last flush',
    playbook: play(`post_tasks: [{ name: a, command: 'true', notify: [first, third] }]
handlers:
  - { name: first, command: 'true', notify: [second, third] }
  - { name: second, command: 'true' }
  - { name: third, command: 'true', notify: fourth }
  - { name: fourth, debug: }`),
    lines: ['h1 a changed', 'h1 first changed', 'h1 second changed', 'h1 third changed', 'h1 fourth ok'],
  },
  {
    name: 'of two handlers with one name the first is meant',
    playbook: play(`tasks: [{ name: a, command: 'true', notify: h }]
handlers: [{ name: h, debug: }, { name: h, fail: }]`),
    lines: ['h1 a changed', 'h1 h ok'],
  },
  {
    name: 'what a handler registers is known after the flush, and not before',
    playbook: play(`tasks: [{ name: a, command: 'true', notify: h }]
handlers: [{ name: h, command: echo x, register: r }]
post_tasks: [{ name: b, debug: , when: r is defined }]`),
    lines: ['h1 a changed', 'h1 h changed', 'h1 b ok'],
  },
  {
    name: 'force_handlers runs handlers that change something, and survives their losing the host',
    playbook: play(`force_handlers: true
tasks:
  - { name: a, command: 'true', notify: [h, gone] }
  - { name: b, command: 'false' }
handlers: [{ name: h, command: 'true' }, { name: gone, shell: kill -9 0 }]`),
    lines: ['h1 a changed', 'h1 b failed', 'h1 h changed', 'h1 gone unreachable'],
    code: 4,
  },
  {
    name: "a role's own variables win in its tasks",
    playbook: play('roles: [one, two]'),
    options: {
      files: {
        'roles/one/vars/main.yml': 'x: 1\n',
        'roles/two/vars/main.yml': 'x: 2\n',
        'roles/one/tasks/main.yml': '- { name: one, assert: { that: x == 1 } }\n',
        'roles/two/tasks/main.yml': '- { name: two, assert: { that: x == 2 } }\n',
      },
    },
    lines: ['h1 one ok', 'h1 two ok'],
  },
  {
    name: 'any_errors_fatal ends the run, not only the play',
    playbook:
      play(`any_errors_fatal: true
tasks: [{ name: a, command: 'test {{ inventory_hostname }} != h1', changed_when: false }]`) +
      play(`tasks: [{ name: b, command: 'true' }]`),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a failed', 'h2 a ok'],
    code: 2,
  },
  {
    name: 'any_errors_fatal counts a host that went away',
    playbook: play(`any_errors_fatal: true
tasks:
  - { name: a, shell: 'test {{ inventory_hostname }} != h1 || kill -9 0' }
  - { name: b, command: 'true' }`),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a unreachable', 'h2 a changed'],
    code: 4,
  },
  {
    name: 'a play whose hosts all failed is the last one',
    playbook:
      play(`tasks: [{ name: a, command: 'false' }]`).replace('hosts: all', 'hosts: h1') +
      play(`tasks: [{ name: b, command: 'true' }]`).replace('hosts: all', 'hosts: h2'),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a failed'],
    code: 2,
  },
  {
    name: 'failed_when: false makes a failure ok unless it changed something',
    playbook: play(`tasks:
  - { name: a, fail: , failed_when: false }
  - { name: b, command: 'false', failed_when: false }`),
    lines: ['h1 a ok', 'h1 b changed'],
  },
  {
    name: 'ignore_errors that cannot be rendered excuses nothing',
    playbook: play(`tasks: [{ name: a, command: 'false', ignore_errors: '{{ nowhere }}' }]`),
    lines: ['h1 a failed'],
    code: 2,
  },
  {
    name: 'a check does not wait for a command that it does not run',
    playbook: play(`tasks: [{ name: a, command: 'true', register: r, until: r.rc == 0 }]`),
    options: { mode: 'check' },
    lines: ['h1 a skipped'],
  },
  {
    name: 'a time limit holds for its task, whatever travels with it',
    playbook: play(`tasks:
  - { name: a, command: sleep 9, timeout: 1, ignore_errors: true }
  - { name: b, file: { path: /tmp, state: directory } }`),
    lines: ['h1 a timed-out ignored', 'h1 b ok'],
  },
  {
    name: 'values in the environment read as Ansible prints them',
    playbook: play(`tasks:
  - name: a
    command: printenv V
    environment: { V: '{{ v }}' }
    register: r
    vars: { v: [1, true, a] }
    changed_when: false
  - { name: b, assert: { that: "r.stdout == \\"[1, True, 'a']\\"" } }`),
    lines: ['h1 a ok', 'h1 b ok'],
  },
]

describe('a run', () => {
  for (const { name, playbook, options, lines, code } of cases) {
    it(name, async () => {
      const run = await runPlaybook(playbook, options)
      const ordered = (all: readonly string[]) => (options?.hosts ? [...all].sort() : all)
      expect(ordered(run.lines), JSON.stringify(run.tasks, undefined, 1)).to.deep.equal(ordered(lines))
      expect(run.code).to.equal(code ?? 0)
    })
  }

  /** Found before a run begins, also where they are about its second play or its last handler. */
  const mistakes: readonly { readonly name: string; readonly playbook: string; readonly says: RegExp }[] = [
    {
      name: 'serial that comes out wrong',
      playbook: play(`tasks: [{ command: 'true' }]`) + play(`serial: soon\ntasks: [{ command: 'true' }]`),
      says: /serial: expected a number/,
    },
    {
      name: 'max_fail_percentage that is none',
      playbook: play(`max_fail_percentage: few\ntasks: []`),
      says: /max_fail_percentage: expected a number/,
    },
    {
      name: 'an undefined variable in a handler',
      playbook: play(
        `tasks: [{ command: 'true', notify: h }]\nhandlers: [{ name: h, debug: { msg: '{{ nowhere }}' } }]`,
      ),
      says: /'nowhere' is undefined/,
    },
    {
      name: 'a login that depends on what a host will say',
      playbook: play('tasks: [{ setup: }]') + play(`remote_user: '{{ ansible_env.USER }}'\ntasks: [{ ping: }]`),
      says: /says how to connect/,
    },
    {
      name: 'a NUL byte in the environment',
      playbook: play(`tasks: [{ command: 'true', environment: { A: "a\\0" } }]`),
      says: /NUL byte/,
    },
    {
      name: 'a keyword on a role that would read as a variable',
      playbook: play(`roles: [{ role: r, async: 5 }]`),
      says: /'async' is a keyword of a task, a role would have it as a variable/,
    },
  ]
  for (const { name, playbook, says } of mistakes) {
    it(`does not begin with ${name}`, async () => {
      const run = runPlaybook(playbook)
      const error = await run.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error instanceof UserError || error instanceof UserErrors).to.equal(true)
      expect(String(error)).to.match(says)
    })
  }

  it('lets a task create the user that a later one becomes', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'sallyport-sudo-'))
    const path = process.env['PATH']
    const sudo = `#!/bin/sh
[ -e ${bin}/user ] || { echo 'sudo: unknown user maker' >&2; exit 1; }
while [ "$1" != -- ]; do shift; done; shift; exec "$@"
`
    await writeFile(join(bin, 'sudo'), sudo, { mode: 0o755 })
    try {
      process.env['PATH'] = `${bin}:${path}`
      const { lines } = await runPlaybook(
        play(`tasks:
  - { name: a, copy: { dest: ${bin}/user, content: x } }
  - { name: b, file: { path: ${bin}, state: directory }, become: true, become_user: maker }`),
      )
      expect(lines).to.deep.equal(['h1 a changed', 'h1 b ok'])
    } finally {
      process.env['PATH'] = path
      await rm(bin, { recursive: true })
    }
  })

  it('names the hosts of plays that were never started', async () => {
    const { events } = await runPlaybook(
      play(`tasks: [{ command: 'false' }]`).replace('hosts: all', 'hosts: h1') + play(`tasks: [{ command: 'true' }]`),
      { hosts: ['h1', 'h2'] },
    )
    const ends = events.flatMap((event) => (event.event === 'host-end' ? [`${event.host} ${event.state}`] : []))
    expect(ends).to.deep.equal(['h1 failed', 'h2 not-started'])
  })

  it('masks a secret in the name of a task', async () => {
    const { events } = await runPlaybook(play('roles: [r]'), {
      extraVars: ['key=s3cr3t-value'],
      files: {
        'roles/r/meta/argument_specs.yml':
          'argument_specs: { main: { options: { key: { required: true, no_log: true } } } }\n',
        'roles/r/tasks/main.yml': "- { name: 'use {{ key }}', command: 'true' }\n",
      },
    })
    expect(JSON.stringify(events)).to.contain('use ********').and.not.to.contain('s3cr3t')
  })

  it('hides under no_log why a task could not be rendered', async () => {
    const { tasks } = await runPlaybook(
      play(`tasks:
  - { command: echo verborgen, register: r, no_log: true }
  - { fail: { msg: '{{ [r.stdout] | verborgen_filter if false else {}[r.stdout] }}' }, no_log: true }`).replace(
        '[r.stdout] | verborgen_filter if false else ',
        '',
      ),
    )
    expect(tasks.at(-1)).to.include({ outcome: 'failed' })
    expect(JSON.stringify(tasks)).not.to.contain('verborgen')
  })

  it('shows no diff of a task that says diff: false', async () => {
    const { tasks } = await runPlaybook(
      play(`tasks:
  - { copy: { dest: '{{ playbook_dir }}/one', content: x } }
  - { copy: { dest: '{{ playbook_dir }}/two', content: x }, diff: false }`),
      { diff: true },
    )
    expect(tasks.map(({ diffs }) => diffs?.length)).to.deep.equal([1, undefined])
  })

  it('ends a wait between attempts, and a loop, when it is interrupted', async () => {
    const waiting = await runPlaybook(play(`tasks: [{ name: a, command: 'false', retries: 3, delay: 50 }]`), {
      onEvent: (event, stop) => void (event.event === 'task-start' && setTimeout(stop, 300)),
    })
    expect(waiting.lines).to.deep.equal(['h1 a failed'])
    const looping = await runPlaybook(play(`tasks: [{ name: a, command: 'true', loop: [1, 2] }]`), {
      onEvent: (event, stop) => void (event.event === 'task-start' && stop()),
    })
    expect(looping.lines).to.deep.equal(['h1 a[1] changed'])
    expect(looping.events.filter((event) => event.event === 'host-end').map(({ state }) => state)).to.deep.equal([
      'cancelled',
    ])
  })
})
