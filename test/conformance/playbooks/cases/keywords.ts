import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }\n`
const echo = (name: string, more: string, text = name) =>
  `- { name: ${name}, command: echo ${text}, register: r, changed_when: false, ${more} }\n`

/** Keywords about how a task runs, how often, and what its result is. */
export const keywordCases: readonly PlaybookCase[] = [
  {
    name: 'until, retries and delay: attempts are counted',
    play: play(
      `- { name: u, shell: 'echo x >>{{ playbook_dir }}/n; wc -l <{{ playbook_dir }}/n', register: r, until: r.stdout | int >= 3, retries: 5, delay: 0, changed_when: false }\n${say('said', '{{ r.attempts }} {{ r.stdout | int }}')}`,
    ),
  },
  {
    name: 'until that never holds fails the task',
    play: play(
      `- { name: u, command: echo x, register: r, until: r.stdout == 'y', retries: 2, delay: 0, ignore_errors: true }\n${say('said', '{{ r.attempts }} {{ r is failed }}')}`,
    ),
  },
  {
    name: 'until with a loop: each item has its own attempts',
    play: play(
      `- { name: u, command: "echo {{ item }}", loop: [a, b], register: r, until: r.stdout == item, retries: 2, delay: 0, changed_when: false }\n${say('said', "{{ r.results | map(attribute='attempts') | list }}")}`,
    ),
  },
  {
    name: 'until as a list of conditions',
    play: play(
      `- { name: u, command: echo x, register: r, until: [r.rc == 0, r.stdout == 'x'], retries: 2, delay: 0, changed_when: false }\n${say('said', '{{ r.attempts }}')}`,
    ),
  },
  {
    name: 'loop_control: label, index_var, loop_var',
    play: play(
      `- { name: l, debug: { msg: "{{ i }} {{ it.n }}" }, loop: [{ n: a }, { n: b }], loop_control: { label: "{{ it.n }}", index_var: i, loop_var: it } }`,
    ),
  },
  {
    name: 'loop_control: extended',
    play: play(
      `- { name: l, debug: { msg: "{{ ansible_loop.index }}/{{ ansible_loop.length }} {{ ansible_loop.first }} {{ ansible_loop.last }} {{ ansible_loop.previtem | default('-') }} {{ ansible_loop.nextitem | default('-') }} {{ ansible_loop.revindex0 }} {{ ansible_loop.allitems | join('') }}" }, loop: [a, b, c], loop_control: { extended: true } }`,
    ),
  },
  {
    name: 'loop_control: extended without allitems',
    play: play(
      `- { name: l, debug: { msg: "{{ ansible_loop.allitems is defined }}" }, loop: [a, b], loop_control: { extended: true, extended_allitems: false } }`,
    ),
  },
  {
    name: 'loop_control: pause',
    play: play(`- { name: l, debug: { msg: "{{ item }}" }, loop: [a, b], loop_control: { pause: 0.1 } }`),
  },
  {
    name: 'register with a loop: results know their items',
    play: play(
      `- { name: l, command: "echo {{ item.n }}", loop: [{ n: a }, { n: b }], register: r, changed_when: false, loop_control: { index_var: i } }\n${say('said', "{{ r.results | map(attribute='item') | map(attribute='n') | join }} {{ r.results | map(attribute='i') | list }} {{ r.results[0].ansible_loop_var }} {{ r.results[1].ansible_index_var }} {{ r.changed }}")}`,
    ),
  },
  {
    name: 'register of a skipped task, and of a skipped item',
    play: play(
      `- { name: s, command: echo, register: r, when: false }\n${say('said', '{{ r is skipped }} {{ r.changed }}')}- { name: l, command: "echo {{ item }}", loop: [a, b], when: item == 'b', register: r, changed_when: false }\n${say('items', "{{ r.results | map(attribute='skipped', default=false) | list }} {{ r is skipped }}")}`,
    ),
  },
  {
    name: 'an empty loop is skipped',
    play: play(
      `- { name: l, command: echo, loop: [], register: r }\n${say('said', '{{ r is skipped }} {{ r.results }}')}`,
    ),
  },
  {
    name: 'a failing item lets the others run, and fails the task',
    play: play(
      `- { name: l, shell: "exit {{ item }}", loop: [0, 3, 0], register: r, ignore_errors: true }\n${say('said', "{{ r.results | map(attribute='rc') | list }} {{ r is failed }}")}`,
    ),
  },
  {
    name: 'with_items flattens once, with_list does not',
    play: play(
      `- { name: i, debug: { msg: "{{ item }}" }, with_items: [[a, [b]], c] }\n- { name: l, debug: { msg: "{{ item }}" }, with_list: [[a, b], c] }`,
    ),
  },
  {
    name: 'with_dict, with_indexed_items, with_together',
    play: play(
      `- { name: d, debug: { msg: "{{ item.key }}={{ item.value }}" }, with_dict: { a: 1, b: 2 } }\n- { name: x, debug: { msg: "{{ item.0 }} {{ item.1 }}" }, with_indexed_items: [a, b] }\n- { name: t, debug: { msg: "{{ item.0 }} {{ item.1 }}" }, with_together: [[a, b], [1]] }`,
    ),
  },
  {
    name: 'with_nested, with_subelements',
    play: play(
      `- { name: n, debug: { msg: "{{ item | join }}" }, with_nested: [[a, b], [1, 2]] }\n- { name: s, debug: { msg: "{{ item.0.n }} {{ item.1 }}" }, with_subelements: ["{{ users }}", keys] }`,
      'vars: { users: [{ n: x, keys: [1, 2] }, { n: y, keys: [3] }] }',
    ),
  },
  {
    name: 'with_sequence in its forms',
    play: play(
      `- { name: a, debug: { msg: "{{ item }}" }, with_sequence: start=1 end=3 }\n- { name: b, debug: { msg: "{{ item }}" }, with_sequence: "start=0 end=8 stride=4 format=h%02d" }\n- { name: c, debug: { msg: "{{ item }}" }, with_sequence: count=2 }`,
    ),
  },
  {
    name: 'with_fileglob and with_first_found',
    files: { 'files/a.conf': 'a', 'files/b.conf': 'b' },
    play: play(
      `- { name: g, debug: { msg: "{{ item | basename }}" }, with_fileglob: 'a.*' }\n- { name: f, debug: { msg: "{{ item | basename }}" }, with_first_found: [none.conf, b.conf] }`,
    ),
  },
  {
    name: 'with_lines and with_vars',
    play: play(
      `- { name: l, debug: { msg: "{{ item }}" }, with_lines: [printf 'a b\\nc\\n'] }\n- { name: v, debug: { msg: "{{ item }}" }, with_vars: [x] }`,
      'vars: { x: 1 }',
    ),
  },
  {
    name: 'with_items over a variable that is undefined fails, unless the task is skipped',
    play: play(`- { name: s, debug: { msg: x }, with_items: "{{ nothing }}", when: false }\n${say('a')}`),
  },
  {
    name: 'environment of play, block and task; later ones win',
    play: play(
      `- environment: { B: block, C: block }\n  block:\n    - { name: e, shell: 'echo $A $B $C', environment: { C: task }, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
      'environment: { A: play, B: play }',
    ),
  },
  {
    name: 'environment as a list and from a variable',
    play: play(
      `- { name: e, shell: 'echo $A $B', environment: ["{{ one }}", { B: 2 }], register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
      'vars: { one: { A: 1 } }',
    ),
  },
  {
    name: 'module_defaults of play, block and task',
    play: play(
      `- { name: p, debug: }\n- module_defaults: { debug: { msg: block } }\n  block:\n    - { name: b, debug: }\n    - { name: t, debug: , module_defaults: { ansible.builtin.debug: { msg: task } } }\n    - { name: own, debug: { msg: own } }`,
      'module_defaults: { debug: { msg: play } }',
    ),
  },
  {
    name: 'vars_prompt: what -e gives is not asked for',
    args: { extraVars: ['one=given', 'two=2'] },
    play: play(
      say('a', '{{ one }} {{ two }}'),
      'vars_prompt:\n  - { name: one, prompt: One?, private: false, default: usual }\n  - { name: two }',
    ),
  },
  {
    name: 'tags of play, block and task add up',
    args: { tags: ['b'] },
    play:
      play(
        `- { name: a, debug: { msg: a }, tags: a }\n- tags: [b]\n  block:\n    - { name: b, debug: { msg: b }, tags: c }\n${say('c')}`,
      ) + play(say('d'), 'tags: [b]'),
  },
  {
    name: 'skip-tags win, also within a tagged block',
    args: { tags: ['b'], skipTags: ['c'] },
    play: play(`- tags: [b]\n  block:\n    - { name: b, debug: { msg: b }, tags: "c,d" }\n    ${say('e')}`),
  },
  {
    name: 'check_mode: true of a task changes nothing and says what it would do',
    play: play(
      `- { name: c, copy: { dest: "{{ playbook_dir }}/x", content: x }, check_mode: true }\n- { name: s, stat: { path: "{{ playbook_dir }}/x" }, register: r }\n${say('said', '{{ r.stat.exists }}')}`,
    ),
  },
  {
    name: 'check_mode: true skips commands, of a block too',
    play: play(
      `- check_mode: true\n  block:\n    - { name: c, command: echo x }\n- { name: d, command: echo x, check_mode: false }`,
    ),
  },
  {
    name: 'no_log hides what is shown, not what is registered',
    play: play(`${echo('n', 'no_log: true', 'secret')}${say('said', '{{ r.stdout }}')}`),
  },
  {
    name: 'changed_when as a list: all must hold',
    play: play(
      `- { name: a, command: echo x, register: r, changed_when: [r.rc == 0, "'x' in r.stdout"] }\n- { name: b, command: echo x, register: r, changed_when: [r.rc == 0, "'y' in r.stdout"] }`,
    ),
  },
  {
    name: 'failed_when as a list: all must hold',
    play: play(
      `- { name: a, command: 'false', register: r, failed_when: [r.rc != 0, "'x' in r.stdout"], changed_when: false }\n- { name: b, command: echo x, register: r, failed_when: [r.rc == 0, "'x' in r.stdout"] }`,
    ),
  },
  {
    name: 'failed_when sees the loop item',
    play: play(
      `- { name: a, shell: "exit {{ item }}", loop: [0, 2], register: r, failed_when: r.rc not in [0, item], changed_when: false }`,
    ),
  },
  {
    name: 'when as a list, with a result that is not there',
    play: play(
      `- { name: a, debug: { msg: a }, when: [r is defined, r.rc == 0] }\n- { name: b, debug: { msg: b }, when: [true, "1 == 1"] }`,
    ),
  },
  {
    name: 'timeout ends a task that takes too long',
    play: play(
      `- { name: t, command: sleep 30, timeout: 1, ignore_errors: true, register: r }\n${say('said', '{{ r is failed }}')}`,
    ),
  },
  {
    name: 'timeout that is long enough',
    play: play('- { name: t, command: echo x, timeout: 30, changed_when: false }'),
  },
  {
    name: 'args beside free-form text',
    play: play(
      `- { name: a, shell: pwd, args: { chdir: / }, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
    ),
  },
  {
    name: 'action in its forms, and local_action',
    play: play(
      `- { name: a, action: debug msg=a }\n- { name: b, action: { module: debug, msg: b } }\n- { name: c, local_action: command echo c, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
    ),
  },
  {
    name: 'vars of play, block and task; a task’s win',
    play: play(
      `- vars: { x: block, y: block }\n  block:\n    - { name: v, debug: { msg: "{{ x }} {{ y }} {{ z }}" }, vars: { y: task } }`,
      'vars: { x: play, z: play }',
    ),
  },
  {
    name: 'vars_files: a list within the list takes the first that is there',
    files: { 'b.yml': 'x: b\n', 'c.yml': 'x: c\ny: c\n', 'd.yml': 'y: d\n' },
    play: play(say('a', '{{ x }} {{ y }}'), 'vars_files:\n  - [none.yml, b.yml, c.yml]\n  - d.yml'),
  },
  {
    name: 'vars_files with a variable in their name',
    files: { 'web.yml': 'x: web\n' },
    args: { extraVars: ['kind=web'] },
    play: play(say('a', '{{ x }}'), 'vars_files: ["{{ kind }}.yml"]'),
  },
  {
    name: 'import_playbook with vars, tags and a condition',
    files: { 'other.yml': play(say('in', '{{ x }}')) },
    play: `- import_playbook: other.yml\n  vars: { x: given }\n- import_playbook: other.yml\n  vars: { x: again }\n  when: x == 'given'\n`,
  },
  {
    name: 'pre_tasks, roles, tasks and post_tasks, with a flush after each',
    files: { 'roles/r/tasks/main.yml': '- { name: role, debug: { msg: role }, changed_when: true, notify: h }\n' },
    play: `- hosts: all\n  gather_facts: false\n  post_tasks:\n    - { name: post, debug: { msg: post }, changed_when: true, notify: h }\n  tasks:\n    - { name: task, debug: { msg: task }, changed_when: true, notify: h }\n  roles: [r]\n  pre_tasks:\n    - { name: pre, debug: { msg: pre }, changed_when: true, notify: h }\n  handlers:\n    ${say('h')}`,
  },
  {
    name: 'become: false of a task in a play with become',
    play: play(
      '- { name: b, command: echo x, become: false, changed_when: false }',
      'become: true\nbecome_user: nobody',
    ),
  },
  {
    name: 'gather_facts with gather_subset',
    play: `- hosts: all\n  gather_facts: true\n  gather_subset: ['!all', '!min']\n  gather_timeout: 20\n  tasks:\n    ${say('a', '{{ ansible_facts.distribution is defined }}')}`,
  },
  {
    name: 'gather_facts with fact_path',
    files: { 'facts.d/own.fact': '{ "x": 1 }' },
    play: `- hosts: all\n  gather_facts: true\n  fact_path: "{{ playbook_dir }}/facts.d"\n  gather_subset: ['!all', local]\n  tasks:\n    ${say('a', '{{ ansible_local.own.x }}')}`,
  },
  {
    name: 'collections name where to look, and are passed over',
    play: play(say('a'), 'collections: [ansible.builtin]'),
  },
  {
    name: 'async with poll waits and has the result of the module',
    play: play(
      `- { name: a, shell: 'echo out; echo err >&2', async: 60, poll: 1, register: r }\n${say('said', '{{ r.rc }} {{ r.stdout }} {{ r.stderr }} {{ r.finished }} {{ r.changed }} {{ r.ansible_job_id is defined }}')}`,
    ),
  },
  {
    name: 'async with poll that fails fails',
    play: play(
      `- { name: a, command: 'false', async: 60, poll: 1, register: r, ignore_errors: true }\n${say('said', '{{ r.rc }} {{ r.msg }}')}`,
    ),
  },
  {
    name: 'async with poll whose time is over',
    play: play(
      `- { name: a, command: sleep 30, async: 2, poll: 1, register: r, ignore_errors: true }\n${say('said', '{{ r is failed }} {{ r.changed }}')}`,
    ),
  },
  {
    name: 'async and poll: 0, async_status until finished, cleanup',
    play: play(
      `- { name: a, shell: 'sleep 1; echo out; exit 3', async: 60, poll: 0, register: j }\n${say('started', '{{ j.started }} {{ j.finished }} {{ j.changed }} {{ j.results_file is search(j.ansible_job_id) }}')}- { name: w, async_status: { jid: "{{ j.ansible_job_id }}" }, register: r, until: r.finished, retries: 60, delay: 1, failed_when: r.rc | default(0) == 4 }\n${say('done', '{{ r.finished }} {{ r.rc }} {{ r.stdout }} {{ r.cmd }} {{ r.stdout_lines }}')}- { name: c, async_status: { jid: "{{ j.ansible_job_id }}", mode: cleanup }, register: r }\n${say('erased', '{{ r.erased is defined }} {{ r.changed }}')}- { name: n, async_status: { jid: "{{ j.ansible_job_id }}" }, register: r, ignore_errors: true }\n${say('missing', '{{ r.msg }} {{ r.finished }}')}`,
    ),
  },
  {
    name: 'async in a loop, asked for in a loop',
    play: play(
      `- { name: a, command: "echo {{ item }}", loop: [x, y], async: 60, poll: 0, register: j }\n- { name: w, async_status: { jid: "{{ item.ansible_job_id }}" }, loop: "{{ j.results }}", loop_control: { label: "{{ item.item }}" }, register: r, until: r.finished, retries: 60, delay: 1 }\n${say('said', "{{ r.results | map(attribute='stdout') | join(' ') }}")}- { name: c, async_status: { jid: "{{ item.ansible_job_id }}", mode: cleanup }, loop: "{{ j.results }}" }`,
    ),
  },
  {
    name: 'async: 0 is no job',
    play: play(
      `- { name: a, command: echo x, async: 0, poll: 0, register: r, changed_when: false }\n${say('said', '{{ r.stdout }} {{ r.ansible_job_id is defined }}')}`,
    ),
  },
  {
    name: 'async of a module that runs on the controller is refused',
    play: play('- { name: a, debug: { msg: x }, async: 10 }'),
    difference: {
      why: 'what can be known to fail is refused before anything is touched',
      answer: { refused: true, code: 1, recap: {}, tasks: {} },
    },
  },
  {
    name: 'async with check_mode',
    play: play('- { name: a, command: echo x, async: 10, poll: 1, check_mode: true }'),
    difference: {
      why: 'a check starts nothing, in the background neither: it says of a task what it says of it without async',
      answer: { code: 0, recap: { h1: 'skipped=1' }, tasks: { h1: ['a skipped'] } },
    },
  },
]
