import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPlaybook, type PlaybookRunOptions } from './playbook-run.ts'

const play = (body: string, keywords = '') => `- hosts: all\n  gather_facts: false\n${keywords}${body}`
const tasks = (text: string, keywords = '') => play(`  tasks:\n${text.replace(/^/gm, '    ').trimEnd()}\n`, keywords)

/** What the keywords mean, seen from outside: which task ended how, in which order. */
const cases: readonly {
  readonly name: string
  readonly playbook: string
  readonly options?: PlaybookRunOptions
  readonly lines: readonly string[]
  readonly code?: number
}[] = [
  {
    name: 'register and when',
    playbook: tasks(`
- { name: a, command: echo one, register: r, changed_when: false }
- { name: b, debug: { msg: yes }, when: r.stdout == 'one' }
- { name: c, debug: { msg: no }, when: r.stdout != 'one' }`),
    lines: ['h1 a ok', 'h1 b ok', 'h1 c skipped'],
  },
  {
    name: 'loop, loop_control and a condition per item',
    playbook: tasks(`
- name: l
  debug: { msg: '{{ n }} {{ i }}' }
  loop: [3, 4, 5]
  when: n != 4
  loop_control: { loop_var: n, index_var: i, label: 'number {{ n }}' }`),
    lines: ['h1 l[number 3] ok', 'h1 l[number 4] skipped', 'h1 l[number 5] ok', 'h1 l ok'],
  },
  {
    name: 'with_items flattens one level',
    playbook: tasks(`
- { name: l, debug: { var: item }, with_items: [[1, 2], 3] }`),
    lines: ['h1 l[1] ok', 'h1 l[2] ok', 'h1 l[3] ok', 'h1 l ok'],
  },
  {
    name: 'handlers run once, at the end, in the order of their definition',
    playbook: tasks(
      `
- { name: a, command: 'true', notify: [second, group] }
- { name: b, command: 'true', notify: second }
- { name: c, debug: { msg: x } }`,
    ).concat(
      `  handlers:
    - { name: first, debug: { msg: 1 }, listen: group }
    - { name: second, debug: { msg: 2 } }
    - { name: third, debug: { msg: 3 } }
`,
    ),
    lines: ['h1 a changed', 'h1 b changed', 'h1 c ok', 'h1 first ok', 'h1 second ok'],
  },
  {
    name: 'handlers flush between pre_tasks, tasks and post_tasks',
    playbook: play(`  pre_tasks: [{ name: pre, command: 'true', notify: h }]
  tasks: [{ name: main, command: 'true', notify: h }]
  post_tasks: [{ name: post, debug: { msg: x } }]
  handlers: [{ name: h, debug: { msg: x } }]
`),
    lines: ['h1 pre changed', 'h1 h ok', 'h1 main changed', 'h1 h ok', 'h1 post ok'],
  },
  {
    name: 'a failure ends the host, and its handlers do not run',
    playbook: tasks(`
- { name: a, command: 'true', notify: h }
- { name: b, command: 'false' }
- { name: c, debug: { msg: x } }`).concat('  handlers: [{ name: h, debug: { msg: x } }]\n'),
    lines: ['h1 a changed', 'h1 b failed'],
    code: 2,
  },
  {
    name: 'force_handlers',
    playbook: tasks(
      `
- { name: a, command: 'true', notify: h }
- { name: b, command: 'false' }`,
      '  force_handlers: true\n',
    ).concat('  handlers: [{ name: h, debug: { msg: x } }]\n'),
    lines: ['h1 a changed', 'h1 b failed', 'h1 h ok'],
    code: 2,
  },
  {
    name: 'ignore_errors goes on',
    playbook: tasks(`
- { name: a, command: 'false', ignore_errors: true, register: r }
- { name: b, debug: { msg: x }, when: r is failed }`),
    lines: ['h1 a failed ignored', 'h1 b ok'],
  },
  {
    name: 'changed_when and failed_when judge the result',
    playbook: tasks(`
- { name: a, command: echo x, register: r, changed_when: "'y' in r.stdout" }
- { name: b, command: 'false', register: r, failed_when: r.rc != 1 }
- { name: c, command: echo bad, register: r, failed_when: "'bad' in r.stdout" }`),
    lines: ['h1 a ok', 'h1 b changed', 'h1 c failed'],
    code: 2,
  },
  {
    name: 'until, retries and delay',
    playbook: tasks(`
- name: a
  shell: echo x >>{{ playbook_dir }}/count; wc -l <{{ playbook_dir }}/count
  register: r
  until: r.stdout | int >= 3
  retries: 5
  delay: 0
- { name: b, debug: { msg: x }, when: r.attempts == 3 }`),
    lines: ['h1 a changed', 'h1 b ok'],
  },
  {
    name: 'tags, always and never',
    playbook: tasks(`
- { name: a, debug: { msg: x }, tags: one }
- { name: b, debug: { msg: x }, tags: [two] }
- { name: c, debug: { msg: x }, tags: always }
- { name: d, debug: { msg: x }, tags: [never, one] }
- { name: e, debug: { msg: x } }`),
    options: { tags: ['one'] },
    lines: ['h1 a ok', 'h1 c ok', 'h1 d ok'],
  },
  {
    name: 'skip-tags',
    playbook: tasks(`
- { name: a, debug: { msg: x }, tags: one }
- { name: b, debug: { msg: x }, tags: two }`),
    options: { skipTags: ['one'] },
    lines: ['h1 b ok'],
  },
  {
    name: 'a check runs no command unless check_mode says so, and later tasks see what earlier ones announce',
    playbook: tasks(`
- { name: a, command: 'true' }
- { name: b, command: 'true', check_mode: false, changed_when: false }
- { name: c, file: { path: '{{ playbook_dir }}/new', state: directory } }
- { name: d, copy: { dest: '{{ playbook_dir }}/new/file', content: x } }
- { name: e, assert: { that: ansible_check_mode } }`),
    options: { mode: 'check' },
    lines: ['h1 a skipped', 'h1 b ok', 'h1 c changed', 'h1 d changed', 'h1 e ok'],
    code: 3,
  },
  {
    name: 'environment, play and task',
    playbook: tasks(
      `
- { name: a, command: sh -c 'echo $ONE $TWO', environment: { TWO: '2 2' }, register: r, changed_when: false }
- { name: b, assert: { that: "r.stdout == '1 2 2'" } }`,
      '  environment: { ONE: 1, TWO: none }\n',
    ),
    lines: ['h1 a ok', 'h1 b ok'],
  },
  {
    name: 'set_fact, vars and their precedence',
    playbook: tasks(
      `
- { name: a, set_fact: { x: fact } }
- { name: b, assert: { that: [x == 'fact', y == 'task', z == 'extra'] }, vars: { y: task } }`,
      '  vars: { x: play, y: play, z: play }\n',
    ),
    options: { extraVars: ['z=extra'] },
    lines: ['h1 a ok', 'h1 b ok'],
  },
  {
    name: 'vars_files and group_vars beside the playbook',
    playbook: tasks(
      `
- { name: a, assert: { that: [from_file == 1, from_group == 2] } }`,
      '  vars_files: [v.yml]\n',
    ),
    options: { files: { 'v.yml': 'from_file: 1\n', 'group_vars/all.yml': 'from_group: 2\nfrom_file: 0\n' } },
    lines: ['h1 a ok'],
  },
  {
    name: 'linear: no host changes anything for a task before all are through the one before',
    playbook: tasks(`
- { name: slow, command: sleep 0.3, when: inventory_hostname == 'h1' }
- { name: next, shell: 'test -e {{ playbook_dir }}/h1-was-first || test {{ inventory_hostname }} = h2; true' }`),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h2 slow skipped', 'h1 slow changed', 'h1 next changed', 'h2 next changed'],
  },
  {
    name: 'serial runs batch after batch',
    playbook: tasks(
      `
- { name: a, debug: { msg: x } }`,
      '  serial: [1, 2]\n',
    ),
    options: { hosts: ['h1', 'h2', 'h3'] },
    lines: ['h1 a ok', 'h2 a ok', 'h3 a ok'],
  },
  {
    name: 'max_fail_percentage stops before the next batch',
    playbook: tasks(
      `
- { name: a, command: 'test {{ inventory_hostname }} != h1', changed_when: false }`,
      '  serial: 2\n  max_fail_percentage: 10\n',
    ),
    options: { hosts: ['h1', 'h2', 'h3'] },
    lines: ['h1 a failed', 'h2 a ok'],
    code: 2,
  },
  {
    name: 'any_errors_fatal stops the others before their next task',
    playbook: tasks(
      `
- { name: a, command: 'test {{ inventory_hostname }} != h1', changed_when: false }
- { name: b, command: 'true' }`,
      '  any_errors_fatal: true\n',
    ),
    options: { hosts: ['h1', 'h2'] },
    lines: ['h1 a failed', 'h2 a ok'],
    code: 2,
  },
]

describe('the language', () => {
  for (const { name, playbook, options, lines, code } of cases) {
    it(name, async () => {
      const run = await runPlaybook(playbook, options)
      const ordered = (all: readonly string[]) => (options?.hosts ? [...all].sort() : all)
      expect(ordered(run.lines), JSON.stringify(run.tasks, undefined, 1)).to.deep.equal(ordered(lines))
      expect(run.code).to.equal(code ?? 0)
    })
  }

  it('keeps linear order between hosts', async () => {
    const playbook = tasks(`
- { name: slow, command: sleep 0.4, when: inventory_hostname == 'h1' }
- { name: next, command: 'true' }`)
    const { lines } = await runPlaybook(playbook, { hosts: ['h1', 'h2'] })
    expect(lines.indexOf('h1 slow changed')).to.be.lessThan(lines.indexOf('h2 next changed'))
  })

  it('lets every host go its own way under strategy: free', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-free-'))
    // h1 is through with its task only once h2 has done the one behind it.
    const wait = `for i in $(seq 300); do [ -e ${dir}/next ] && exit 0; sleep 0.1; done; exit 1`
    const { code } = await runPlaybook(
      tasks(`
- { name: slow, shell: '${wait}', when: inventory_hostname == 'h1' }
- { name: next, command: 'touch ${dir}/next' }`).replace('  tasks:', '  strategy: free\n  tasks:'),
      { hosts: ['h1', 'h2'] },
    )
    await rm(dir, { recursive: true })
    expect(code).to.equal(0)
  })

  it('does not wait for ever when forks are fewer than hosts that wait for each other', async () => {
    const playbook = tasks(`
- { name: a, command: 'true' }
- { name: b, command: 'true' }`)
    const { code, lines } = await runPlaybook(playbook, { hosts: ['h1', 'h2', 'h3', 'h4'], forks: 1 })
    expect(code).to.equal(0)
    expect(lines).to.have.length(8)
  })

  it('gathers facts with the first exchange, and what uses them with the second', async () => {
    const {
      code,
      events,
      tasks: ran,
    } = await runPlaybook(`- hosts: all
  tasks:
    - { name: quiet, file: { path: /tmp, state: directory } }
    - name: facts
      file: { path: /tmp, state: directory }
      when: ansible_facts['os_family'] == ansible_os_family
`)
    expect(code).to.equal(0)
    expect(ran.map(({ task, outcome }) => `${task.name} ${outcome}`)).to.deep.equal([
      'Gathering Facts ok',
      'quiet ok',
      'facts ok',
    ])
    expect(events.find((event) => event.event === 'host-end')?.cost?.exchanges).to.equal(2)
  })

  it('ends a task on the host when its time is over', async () => {
    const { code, lines } = await runPlaybook(
      tasks(`
- { name: a, command: sleep 20, timeout: 1, ignore_errors: true }
- { name: b, debug: { msg: x } }`),
    )
    expect(lines).to.deep.equal(['h1 a timed-out ignored', 'h1 b ok'])
    expect(code).to.equal(0)
  })

  it('hides what no_log says, in every event', async () => {
    const { events } = await runPlaybook(
      tasks(`
- { name: a, command: echo verborgen, no_log: true }`),
    )
    expect(JSON.stringify(events)).not.to.contain('verborgen')
  })

  it('masks a secret of a role wherever it turns up', async () => {
    const { events } = await runPlaybook(play('  roles: [r]\n'), {
      extraVars: ['key=s3cr3t-value'],
      files: {
        'roles/r/meta/argument_specs.yml':
          'argument_specs: { main: { options: { key: { required: true, no_log: true } } } }\n',
        'roles/r/tasks/main.yml': '- command: echo "{{ key }} {{ key | b64encode }}"\n',
      },
    })
    expect(JSON.stringify(events)).not.to.match(/s3cr3t-value|czNjcjN0LXZhbHVl/)
    expect(JSON.stringify(events)).to.contain('********')
  })

  it("checks a role's arguments where it begins, when only the run shows them", async () => {
    const files = {
      'roles/r/meta/argument_specs.yml':
        'argument_specs: { main: { options: { size: { type: int }, must: { required: true } } } }\n',
      'roles/r/tasks/main.yml': '- { name: in, debug: { msg: "{{ size }}" } }\n',
    }
    for (const include of ['include_role', 'import_role']) {
      const {
        code,
        lines,
        tasks: ran,
      } = await runPlaybook(
        tasks(`
- { name: a, command: echo big, register: r, changed_when: false }
- name: blk
  block:
    - { ${include}: { name: r }, vars: { size: "{{ r.stdout }}", must: 1 } }
  rescue:
    - { name: rescue, debug: { msg: '{{ ansible_failed_result.msg }}' } }
- { name: b, set_fact: { size: 3 } }
- { ${include}: { name: r }, vars: { must: "{{ r.stdout }}" } }
- { ${include}: { name: r }, vars: { must: "{{ none_of_it if r.stdout == 'big' else 2 }}" } }
- { name: never, debug: }`),
        { files },
      )
      expect(lines, include).to.deep.equal([
        'h1 a ok',
        'h1 in failed',
        'h1 rescue ok',
        'h1 b ok',
        'h1 in ok',
        'h1 in failed',
      ])
      expect(code).to.equal(2)
      const messages = ran.filter(({ outcome }) => outcome === 'failed').map(({ message }) => message)
      expect(messages[0]).to.contain('size: expected a whole number, got "big"')
      expect(messages[1]).to.match(/none_of_it/)
    }
  })

  it('stops after the first Ctrl-C: what runs finishes, nothing new starts', async () => {
    const { code, lines, recap } = await runPlaybook(
      tasks(`
- { name: a, command: sleep 0.3 }
- { name: b, command: 'true' }`),
      { onEvent: (event, stop) => void (event.event === 'task-start' && event.task.name === 'a' && stop()) },
    )
    expect(code).to.equal(130)
    expect(recap.cancelled).to.equal(true)
    expect(lines).to.deep.equal(['h1 a changed'])
  })

  it('costs one exchange when nothing is to be done, and one more per change', async () => {
    const many = Array.from({ length: 12 }, (_, n) => `- { name: f${n}, file: { path: '/tmp', state: directory } }`)
    const quiet = await runPlaybook(tasks(`\n${many.join('\n')}`))
    const costOf = (run: typeof quiet) => run.events.find((event) => event.event === 'host-end')?.cost?.exchanges
    expect(costOf(quiet)).to.equal(1)
    const busy = await runPlaybook(
      tasks(`\n${many.join('\n')}
- { name: one, copy: { dest: '{{ playbook_dir }}/one', content: 1 } }
${many.join('\n')}
- { name: two, copy: { dest: '{{ playbook_dir }}/two', content: 2 } }`),
    )
    expect(busy.code, JSON.stringify(busy.tasks.at(-1))).to.equal(0)
    expect(costOf(busy)).to.equal(3)
  })
})
