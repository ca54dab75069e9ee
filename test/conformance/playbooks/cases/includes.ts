import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }\n`
const sub = 'tasks/sub.yml'

/** Imports and includes of tasks, variables and playbooks. */
export const includeCases: readonly PlaybookCase[] = [
  {
    name: 'import_tasks puts tasks in its place',
    play: play(`${say('a')}- import_tasks: tasks/sub.yml\n${say('c')}`),
    files: { [sub]: say('b') },
  },
  {
    name: 'include_tasks counts as a task that is ok',
    play: play(`${say('a')}- include_tasks: tasks/sub.yml\n${say('c')}`),
    files: { [sub]: say('b') },
  },
  {
    name: 'the condition of an import is one of each of its tasks',
    play: play(`- import_tasks: tasks/sub.yml\n  when: x is not defined\n${say('c')}`),
    files: { [sub]: `- { name: a, set_fact: { x: 1 } }\n${say('b')}` },
  },
  {
    name: 'the condition of an include is looked at once',
    play: play(`- include_tasks: tasks/sub.yml\n  when: x is not defined\n${say('c')}`),
    files: { [sub]: `- { name: a, set_fact: { x: 1 } }\n${say('b')}` },
  },
  {
    name: 'an include whose condition does not hold is skipped',
    play: play(`- { name: i, include_tasks: tasks/sub.yml, when: false }\n${say('c')}`),
    files: { [sub]: say('b') },
  },
  {
    name: 'an include in a loop, with its own variable',
    play: play(`- include_tasks: tasks/sub.yml\n  loop: [x, y]\n  loop_control: { loop_var: outer, index_var: i }`),
    files: {
      [sub]: `- { name: b, debug: { msg: "{{ outer }} {{ i }} {{ item }}" }, loop: [1, 2] }\n`,
    },
  },
  {
    name: 'an include in a loop with a condition on the item',
    play: play(`- include_tasks: tasks/sub.yml\n  loop: [1, 2, 3]\n  when: item != 2`),
    files: { [sub]: say('b', '{{ item }}') },
  },
  {
    name: 'an include whose every item is skipped',
    play: play(`- { name: i, include_tasks: tasks/sub.yml, loop: [1, 2], when: item > 2 }\n${say('c')}`),
    files: { [sub]: say('b', '{{ item }}') },
  },
  {
    name: 'the name of an include is a template over items',
    play: play(`- include_tasks: "tasks/{{ item }}.yml"\n  loop: [one, two]`),
    files: { 'tasks/one.yml': say('a'), 'tasks/two.yml': say('b') },
  },
  {
    name: 'each host includes its own file',
    hosts: ['h1', 'h2'],
    play: play(`- include_tasks: "tasks/{{ inventory_hostname }}.yml"\n${say('z')}`),
    files: { 'tasks/h1.yml': say('a'), 'tasks/h2.yml': say('b') + say('c') },
  },
  {
    name: 'a file that a registered result names',
    play: play(
      `- { name: a, debug: { msg: sub }, register: r }\n- include_tasks: "tasks/{{ r.msg }}.yml"\n${say('c', '{{ x }}')}`,
    ),
    files: { [sub]: `- { name: b, set_fact: { x: known } }\n` },
  },
  {
    name: 'an included file that is missing, known ahead',
    play: play(`- { name: i, include_tasks: "tasks/{{ 'no' }}ne.yml" }\n${say('never')}`),
    difference: { why: 'what can be known is checked before anything is touched', answer: { refused: true } },
  },
  {
    name: 'an included file that is missing fails the host',
    play: play(
      `- { name: a, debug: { msg: none }, register: r }\n- { name: i, include_tasks: "{{ r.msg }}.yml" }\n${say('never')}`,
    ),
  },
  {
    name: 'a missing include is rescued',
    play: play(
      `- { name: a, debug: { msg: none }, register: r }\n- block:\n    - { name: i, include_tasks: "{{ r.msg }}.yml" }\n  rescue:\n    ${say('r')}`,
    ),
    difference: {
      why: 'what is rescued counts as rescued, wherever the failure comes from',
      answer: { recap: { h1: 'ok=2 rescued=1' } },
    },
  },
  {
    name: 'variables of an include',
    play: play(`- include_tasks: tasks/sub.yml\n  vars: { x: given, y: given }`),
    files: {
      [sub]: `- { name: b, debug: { msg: "{{ x }} {{ y }}" }, vars: { y: own } }\n`,
    },
  },
  {
    name: 'variables of an import',
    play: play(`- import_tasks: tasks/sub.yml\n  vars: { x: given }\n${say('c', "{{ x | default('gone') }}")}`),
    files: { [sub]: say('b', '{{ x }}') },
  },
  {
    name: 'tags of an import are for its tasks',
    play: play(`- import_tasks: tasks/sub.yml\n  tags: x\n${say('c')}`),
    files: { [sub]: say('b') },
    args: { tags: ['x'] },
  },
  {
    name: 'tags of an include are its own alone',
    play: play(`- include_tasks: tasks/sub.yml\n  tags: x\n${say('c')}`),
    files: { [sub]: say('b') + `- { name: d, debug: { msg: d }, tags: x }\n` },
    args: { tags: ['x'] },
  },
  {
    name: 'apply gives tags to what is included',
    play: play(`- include_tasks: { file: tasks/sub.yml, apply: { tags: x } }\n  tags: x\n${say('c')}`),
    files: { [sub]: say('b') },
    args: { tags: ['x'] },
  },
  {
    name: 'an include without the tag is not reached',
    play: play(`- include_tasks: { file: tasks/sub.yml, apply: { tags: x } }\n${say('c')}`),
    files: { [sub]: say('b') },
    args: { tags: ['x'] },
  },
  {
    name: 'apply with a condition, variables and ignore_errors',
    play: play(
      `- include_tasks:\n    file: tasks/sub.yml\n    apply: { when: go, ignore_errors: true, vars: { x: applied } }\n  vars: { go: true }\n${say('c')}`,
    ),
    files: { [sub]: say('b', '{{ x }}') + `- { name: f, fail: { msg: bad } }\n` },
  },
  {
    name: 'skip-tags and an include',
    play: play(`- include_tasks: tasks/sub.yml\n${say('c')}`),
    files: { [sub]: `- { name: b, debug: { msg: b }, tags: x }\n` + say('d') },
    args: { skipTags: ['x'] },
  },
  {
    name: 'tags of the block around an include reach what it includes',
    play: play(`- tags: x\n  block:\n    - include_tasks: tasks/sub.yml\n${say('c')}`),
    files: { [sub]: say('b') },
    args: { tags: ['x'] },
  },
  {
    name: 'includes in includes, found beside each other',
    play: play(`- include_tasks: tasks/sub.yml`),
    files: {
      [sub]: `- include_tasks: deeper/leaf.yml\n`,
      'tasks/deeper/leaf.yml': `- include_tasks: last.yml\n`,
      'tasks/deeper/last.yml': say('b'),
    },
  },
  {
    name: 'imports in imports, found beside each other',
    play: play(`- import_tasks: tasks/sub.yml`),
    files: {
      [sub]: `- import_tasks: deeper/leaf.yml\n`,
      'tasks/deeper/leaf.yml': `- import_tasks: last.yml\n`,
      'tasks/deeper/last.yml': say('b'),
    },
  },
  {
    name: 'an import whose name is a template over variables of the play',
    play: play(`- import_tasks: "tasks/{{ which }}.yml"`, 'vars: { which: sub }'),
    files: { [sub]: say('b') },
  },
  {
    name: 'a loop over an import is refused',
    play: play(`- import_tasks: tasks/sub.yml\n  loop: [1]`),
    files: { [sub]: say('b') },
  },
  {
    name: 'a keyword of a task on an include is refused',
    play: play(`- include_tasks: tasks/sub.yml\n  become: false`),
    files: { [sub]: say('b') },
  },
  {
    name: 'a failure in an included file goes to the rescue around the include',
    play: play(
      `- block:\n    - include_tasks: tasks/sub.yml\n    ${say('never')}\n  rescue:\n    ${say('r', '{{ ansible_failed_task.name }}')}\n${say('d')}`,
    ),
    files: { [sub]: `- { name: f, fail: { msg: bad } }\n${say('never2')}` },
  },
  {
    name: 'an include in rescue and in always',
    play: play(
      `- block:\n    - { name: f, fail: { msg: bad } }\n  rescue:\n    - include_tasks: tasks/sub.yml\n  always:\n    - include_tasks: tasks/sub.yml`,
    ),
    files: { [sub]: say('b') },
  },
  {
    name: 'a file that includes itself until a condition ends it',
    play: play(`- include_tasks: tasks/sub.yml`),
    files: {
      [sub]: `- { name: b, set_fact: { depth: "{{ depth | default(0) | int + 1 }}" } }\n- include_tasks: sub.yml\n  when: depth | int < 3\n`,
    },
  },
  {
    name: 'an empty included file',
    play: play(`- include_tasks: tasks/sub.yml\n${say('c')}`),
    files: { [sub]: '---\n' },
  },
  {
    name: 'include_vars from vars/ and what it wins over',
    play: play(
      `- { name: a, include_vars: more.yml }\n- { name: b, debug: { msg: "{{ x }} {{ y }} {{ z }}" }, vars: { y: task } }\n- { name: c, set_fact: { z: fact } }\n${say('d', '{{ z }}')}`,
      'vars: { x: play, y: play }',
    ),
    files: { 'vars/more.yml': 'x: file\ny: file\nz: "{{ x }} rendered"\n' },
  },
  {
    name: 'include_vars below a name',
    play: play(`- { name: a, include_vars: { file: more.yml, name: all_of_it } }\n${say('b', '{{ all_of_it.x }}')}`),
    files: { 'more.yml': 'x: 1\n' },
  },
  {
    name: 'include_vars from a folder, in order',
    play: play(`- { name: a, include_vars: { dir: vars/d } }\n${say('b', '{{ x }} {{ y }} {{ z }}')}`),
    files: { 'vars/d/1.yml': 'x: 1\ny: 1\n', 'vars/d/2.yml': 'y: 2\n', 'vars/d/deep/3.json': '{"z": 3}' },
  },
  {
    name: 'include_vars from a folder, not all of it',
    play: play(
      `- { name: a, include_vars: { dir: vars/d, depth: 1, ignore_files: [2.yml], extensions: [yml] } }\n${say('b', "{{ x }} {{ y }} {{ z | default('none') }}")}`,
    ),
    files: { 'vars/d/1.yml': 'x: 1\ny: 1\n', 'vars/d/2.yml': 'y: 2\n', 'vars/d/deep/3.yml': 'z: 3\n' },
  },
  {
    name: 'include_vars in a loop, by a fact, and of a missing file',
    play: play(
      `- { name: a, include_vars: "{{ item }}.yml", loop: [one, two] }\n${say('b', '{{ x }}')}- { name: c, include_vars: none.yml, ignore_errors: true }`,
    ),
    files: { 'vars/one.yml': 'x: 1\n', 'vars/two.yml': 'x: 2\n' },
  },
  {
    name: 'include_vars that joins mappings, and what comes of it',
    play: play(
      `- { name: a, include_vars: { file: one.yml } }
- { name: b, include_vars: { file: two.yml, hash_behaviour: merge } }
${say('c', '{{ m.x }} {{ m.y.a }} {{ m.y.b }} {{ m.l }}')}
- { name: d, include_vars: { file: three.yml, hash_behaviour: merge }, ignore_errors: true }
- { name: e, include_vars: { file: four.yml, hash_behaviour: merge }, ignore_errors: true }
${say('f', '{{ m.x }}')}`,
    ),
    files: {
      'vars/one.yml': 'm: { x: 1, y: { a: 1 }, l: [1] }\n',
      'vars/two.yml': 'm: { x: 2, y: { b: 2 }, l: [2] }\n',
      'vars/three.yml': 'new: { x: 3 }\n',
      'vars/four.yml': 'm: text\n',
    },
  },
  {
    name: 'include_vars among tasks that set the same variables, and in hostvars',
    hosts: ['h1', 'h2'],
    play: play(
      `${say('a', '{{ x }}')}
- { name: b, include_vars: one.yml, when: inventory_hostname == 'h1' }
${say('c', "{{ x }} {{ hostvars['h1'].x }} {{ hostvars[inventory_hostname].x }} {{ vars.x }}")}
- { name: d, set_fact: { x: fact } }
- { name: e, include_vars: two.yml }
${say('f', "{{ x }} {{ y }} {{ hostvars['h2'].y }}")}
- { name: g, include_vars: "{{ item }}", loop: [one.yml, two.yml], when: item != 'one.yml' }
${say('h', '{{ y }} {{ z | default("-") }}')}`,
      'vars: { x: play, z: play }',
    ),
    files: { 'vars/one.yml': 'x: one\nz: one\n', 'vars/two.yml': 'x: two\ny: "{{ x }}-{{ z }}"\n' },
  },
  {
    name: 'include_vars that a failure leaves out, and one in a rescue',
    hosts: ['h1', 'h2'],
    play: play(
      `- name: blk
  block:
    - { name: a, fail: {}, when: inventory_hostname == 'h1' }
    - { name: b, include_vars: one.yml }
    ${say('c', '{{ x }}').trim()}
  rescue:
    ${say('d', '{{ x }}').trim()}
    - { name: e, include_vars: two.yml }
    ${say('f', '{{ x }}').trim()}
${say('g', '{{ x }}')}`,
      'vars: { x: play }',
    ),
    files: { 'vars/one.yml': 'x: one\n', 'vars/two.yml': 'x: two\n' },
  },
  {
    name: 'import_playbook with variables, a condition and tags',
    play: `- import_playbook: other.yml\n  vars: { x: given }\n  tags: t\n- import_playbook: other.yml\n  when: false\n`,
    files: { 'other.yml': play(say('a', "{{ x | default('none') }}"), 'vars: { x: own }') },
  },
  {
    name: 'import_playbook from another folder, relative to it',
    play: `- import_playbook: sub/other.yml\n`,
    files: { 'sub/other.yml': play('- import_tasks: tasks/t.yml'), 'sub/tasks/t.yml': say('a') },
  },
  {
    name: 'import_playbook selected by its tag',
    play: `- import_playbook: other.yml\n  tags: t\n${play(say('b'))}`,
    files: { 'other.yml': play(say('a')) },
    args: { tags: ['t'] },
  },
]
