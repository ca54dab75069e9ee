import { expect } from 'chai'
import { runPlaybook } from './playbook-run.ts'

const play = (tasks: string, handlers = '') =>
  `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.trim().replace(/^/gm, '    ')}\n${handlers}`

const first = '- { name: first, command: echo hi, register: r }\n'

/** In a check: what depends on a task that only a real run does. */
const table: readonly (readonly [what: string, tasks: string, lines: readonly string[]])[] = [
  [
    'a condition on its output: what would change a host may change',
    "- { name: a, file: { path: '{{ playbook_dir }}/a', state: directory }, when: r.rc == 0 }",
    ['h1 a may-change'],
  ],
  [
    'an argument, also behind a default',
    "- { name: a, copy: { content: \"{{ r.stdout | default('x') }}\", dest: '{{ playbook_dir }}/a' } }",
    ['h1 a may-change'],
  ],
  [
    'a loop',
    "- { name: a, file: { path: '{{ playbook_dir }}/{{ item }}', state: touch }, loop: '{{ r.stdout_lines }}' }",
    ['h1 a may-change'],
  ],
  ['a message', '- { name: a, debug: { msg: "{{ r.stdout }}" } }', ['h1 a skipped']],
  [
    'demands',
    '- { name: a, assert: { that: "r.stdout == \'no\'" } }\n- { name: b, fail: { msg: no }, when: r.rc != 0 }',
    ['h1 a skipped', 'h1 b skipped'],
  ],
  [
    'a variable, and what depends on that in turn',
    `- { name: a, set_fact: { f: '{{ r.stdout }}' } }
- { name: b, debug: { var: f } }
- { name: c, file: { path: '{{ playbook_dir }}/{{ f }}', state: directory }, register: again }
- { name: d, debug: { msg: changed }, when: again is changed }
- { name: e, set_fact: { f: known } }
- { name: f, debug: { msg: '{{ f }}' } }`,
    ['h1 a skipped', 'h1 b skipped', 'h1 c may-change', 'h1 d skipped', 'h1 e ok', 'h1 f ok'],
  ],
  [
    'the items of a loop',
    `- { name: a, command: 'echo {{ item }}', loop: [1], register: l }
- { name: b, debug: { msg: "{{ l.results[0].item }}" } }
- { name: c, debug: { msg: "{{ l.results | map(attribute='stdout') | list }}" } }`,
    ['h1 a[1] skipped', 'h1 a skipped', 'h1 b ok', 'h1 c skipped'],
  ],
  [
    'what an announced change will give',
    `- { name: a, tempfile: {}, register: t }
- { name: b, copy: { content: x, dest: '{{ t.path }}/x' } }`,
    ['h1 a skipped', 'h1 b may-change'],
  ],
  [
    'tasks to include',
    '- { name: a, include_tasks: more.yml, when: r.rc == 0 }\n- { name: b, debug: { msg: "{{ inner }}" } }',
    ['h1 a may-change', 'h1 b skipped'],
  ],
  ['meta', '- { meta: end_play, when: r.rc == 0 }\n- { name: b, ping: }', ['h1 b ok']],
  [
    'what is known of it',
    `- { name: a, debug: { msg: x }, when: r is skipped and r is not changed and r is not failed }
- { name: b, command: 'true', check_mode: false, register: s }
- { name: c, debug: { msg: x }, when: s.rc == 0 }`,
    ['h1 a ok', 'h1 b changed', 'h1 c ok'],
  ],
]

describe('a check of what only a real run shows', () => {
  for (const [what, tasks, lines] of table) {
    it(what, async () => {
      const run = await runPlaybook(play(`${first}${tasks}`), {
        mode: 'check',
        files: { 'more.yml': '- { name: more, set_fact: { inner: 1 } }\n' },
      })
      expect(run.lines).to.deep.equal(['h1 first skipped', ...lines])
    })
  }

  it('doubts a handler that nothing else notifies', async () => {
    const maybe = "- { name: a, file: { path: '{{ playbook_dir }}/a', state: directory }, when: r.rc == 0, notify: h }"
    const surely = "- { name: b, file: { path: '{{ playbook_dir }}/b', state: directory }, notify: h }"
    const handlers = "  handlers: [{ name: h, file: { path: '{{ playbook_dir }}/h', state: directory } }]\n"
    const ending = async (...tasks: string[]) =>
      (await runPlaybook(play(`${first}${tasks.join('\n')}`, handlers), { mode: 'check' })).lines.at(-1)
    expect(await ending(maybe)).to.equal('h1 h may-change')
    expect(await ending(surely, maybe)).to.equal('h1 h changed')
    expect(await ending(maybe, surely)).to.equal('h1 h changed')
  })

  it('says on what a task depends, and tells that the host may change', async () => {
    const { tasks, code } = await runPlaybook(
      play(`${first}- { name: a, file: { path: /tmp, state: touch }, when: r.rc == 0 }`),
      { mode: 'check' },
    )
    expect(tasks[1]?.message).to.equal("depends on 'rc', which only a real run shows")
    expect(code).to.equal(3)
  })

  it('shares it with the hosts for which a task ran once', async () => {
    const { lines } = await runPlaybook(
      play(
        `${first}- { name: a, set_fact: { f: '{{ r.stdout }}' }, run_once: true }\n- { name: b, debug: { var: f } }`,
      ),
      { mode: 'check', hosts: ['h1', 'h2'] },
    )
    expect(lines.filter((line) => / b /.test(line)).sort()).to.deep.equal(['h1 b skipped', 'h2 b skipped'])
  })

  it('is a failure in a real run, where a task that was only checked is asked for what it would give', async () => {
    const { lines, tasks } = await runPlaybook(
      play(
        `- { name: a, command: 'true', check_mode: true, register: r }\n- { name: b, debug: { msg: "{{ r.stdout }}" } }`,
      ),
    )
    expect(lines).to.deep.equal(['h1 a skipped', 'h1 b failed'])
    expect(tasks[1]?.message).to.contain("depends on 'stdout'")
  })
})
