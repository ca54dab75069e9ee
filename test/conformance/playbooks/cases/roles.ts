import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }\n`
const change = (name: string, notify: string) =>
  `- { name: ${name}, debug: { msg: ${name} }, changed_when: true, notify: "${notify}" }\n`
const withRoles = (roles: string, rest = ''): string =>
  `- hosts: all\n  gather_facts: false\n  roles: ${roles}\n${rest}`

/** Roles: their parts, dependencies, parameters and handlers, and include_role. */
export const roleCases: readonly PlaybookCase[] = [
  {
    name: 'pre_tasks, roles, tasks, post_tasks, with handlers between',
    play: withRoles(
      '[r]',
      `  pre_tasks:\n    ${change('pre', 'h')}  tasks:\n    ${change('task', 'h')}  post_tasks:\n    ${change('post', 'h')}  handlers:\n    ${say('h')}`,
    ),
    files: { 'roles/r/tasks/main.yml': change('role', 'h') },
  },
  {
    name: 'defaults, vars, parameters and the vars of the play',
    play: withRoles('[{ role: r, p: param, d2: param }]', '  vars: { d: play, v: play }\n'),
    files: {
      'roles/r/tasks/main.yml': say('a', '{{ d }} {{ d2 }} {{ d3 }} {{ v }} {{ p }}'),
      'roles/r/defaults/main.yml': 'd: default\nd2: default\nd3: default\np: default\n',
      'roles/r/vars/main.yml': 'v: role\np: role\n',
    },
  },
  {
    name: 'vars where a role is named are below its own vars',
    play: withRoles('[{ role: r, vars: { v: given, d: given } }]'),
    files: {
      'roles/r/tasks/main.yml': say('a', '{{ d }} {{ v }}'),
      'roles/r/defaults/main.yml': 'd: default\n',
      'roles/r/vars/main.yml': 'v: role\n',
    },
  },
  {
    name: 'the same role twice runs once, with other parameters again',
    play: withRoles('[r, r, { role: r, p: 2 }, { role: r, p: 2 }, { role: r, tags: x }]'),
    files: { 'roles/r/tasks/main.yml': say('a', '{{ p | default(1) }}') },
  },
  {
    name: 'allow_duplicates',
    play: withRoles('[r, r]'),
    files: { 'roles/r/tasks/main.yml': say('a'), 'roles/r/meta/main.yml': 'allow_duplicates: true\n' },
  },
  {
    name: 'dependencies run before, each once',
    play: withRoles('[a, b]'),
    files: {
      'roles/a/tasks/main.yml': say('a'),
      'roles/a/meta/main.yml': 'dependencies: [c]\n',
      'roles/b/tasks/main.yml': say('b'),
      'roles/b/meta/main.yml': 'dependencies: [{ role: c }, { role: d, p: 1 }]\n',
      'roles/c/tasks/main.yml': say('c'),
      'roles/d/tasks/main.yml': say('d', '{{ p }}'),
    },
  },
  {
    name: 'a dependency has the conditions and tags of what brings it, and sees its variables',
    play: withRoles('[{ role: a, when: go, p: 1 }]', '  vars: { go: false }\n'),
    files: {
      'roles/a/tasks/main.yml': say('a'),
      'roles/a/meta/main.yml': 'dependencies: [c]\n',
      'roles/a/vars/main.yml': 'v: from a\n',
      'roles/c/tasks/main.yml': say('c', '{{ v }} {{ p }}'),
    },
  },
  {
    name: 'a dependency sees variables of the role that brings it',
    play: withRoles('[{ role: a, p: 1 }]'),
    files: {
      'roles/a/tasks/main.yml': say('a', '{{ w }}'),
      'roles/a/meta/main.yml': 'dependencies: [c]\n',
      'roles/a/vars/main.yml': 'v: from a\n',
      'roles/c/vars/main.yml': 'w: from c\n',
      'roles/c/tasks/main.yml': say('c', '{{ v }} {{ p }} {{ w }}'),
    },
  },
  {
    name: 'variables of roles are seen by the tasks of the play',
    play: withRoles('[r]', `  tasks:\n    ${say('t', '{{ v }} {{ d }}')}`),
    files: {
      'roles/r/vars/main.yml': 'v: 1\n',
      'roles/r/defaults/main.yml': 'd: 2\n',
      'roles/r/tasks/main.yml': '[]\n',
    },
  },
  {
    name: 'a handler is notified with its role before its name',
    play: withRoles('[r]', `  handlers:\n    ${say('h', 'of the play')}`),
    files: {
      'roles/r/tasks/main.yml': change('a', 'r : h'),
      'roles/r/handlers/main.yml': say('h', 'of the role'),
    },
  },
  {
    name: 'a handler of the play wins over that of a role',
    play: withRoles('[r]', `  handlers:\n    ${say('h', 'of the play')}`),
    files: { 'roles/r/tasks/main.yml': change('a', 'h'), 'roles/r/handlers/main.yml': say('h', 'of the role') },
  },
  {
    name: 'of two handlers with one name',
    play: play(
      change('a', 'h'),
      `handlers:\n  - { name: h, debug: { msg: first } }\n  - { name: h, debug: { msg: second } }`,
    ),
  },
  {
    name: 'handlers listen to topics, in the order of their definition',
    play: play(
      change('a', 'topic') + change('b', 'h2'),
      `handlers:\n  - { name: h1, debug: { msg: 1 }, listen: topic }\n  - { name: h2, debug: { msg: 2 } }\n  - { name: h3, debug: { msg: 3 }, listen: [other, topic] }`,
    ),
  },
  {
    name: 'a handler notifies another, before and behind it',
    play: play(
      change('a', 'h2'),
      `handlers:\n  ${say('h1').trim()}\n  - { name: h2, debug: { msg: 2 }, changed_when: true, notify: [h1, h3] }\n  ${say('h3').trim()}`,
    ),
  },
  {
    name: 'flush_handlers in between',
    play: play(`${change('a', 'h')}- meta: flush_handlers\n${say('b')}${change('c', 'h')}`, `handlers:\n  ${say('h')}`),
  },
  {
    name: 'flush_handlers with a condition',
    play: play(`${change('a', 'h')}- meta: flush_handlers\n  when: false\n${say('b')}`, `handlers:\n  ${say('h')}`),
  },
  {
    name: 'a failure loses the handlers',
    play: play(`${change('a', 'h')}- { name: f, fail: { msg: bad } }`, `handlers:\n  ${say('h')}`),
  },
  {
    name: '--force-handlers keeps them',
    play: play(`${change('a', 'h')}- { name: f, fail: { msg: bad } }\n${say('never')}`, `handlers:\n  ${say('h')}`),
    args: { forceHandlers: true },
  },
  {
    name: 'force_handlers of a play, with a failing host and a good one',
    hosts: ['h1', 'h2'],
    play: play(
      `${change('a', 'h')}- { name: f, fail: { msg: bad }, when: inventory_hostname == 'h1' }\n${say('b')}`,
      `force_handlers: true\nhandlers:\n  ${say('h')}`,
    ),
  },
  {
    name: 'a failing handler leaves the others out',
    play: play(
      change('a', 'h1') + change('b', 'h2'),
      `handlers:\n  - { name: h1, fail: { msg: bad } }\n  ${say('h2')}`,
    ),
  },
  {
    name: 'a handler that includes tasks',
    play: play(change('a', 'h'), `handlers:\n  - { name: h, include_tasks: tasks/h.yml }\n  ${say('other')}`),
    files: { 'tasks/h.yml': say('one') + say('two') },
  },
  {
    name: 'handlers that are imported',
    play: play(change('a', 'two'), `handlers:\n  - import_tasks: tasks/h.yml`),
    files: { 'tasks/h.yml': say('one') + say('two') },
  },
  {
    name: 'a block as a handler is refused',
    play: play(change('a', 'h'), `handlers:\n  - name: h\n    block:\n      ${say('x')}`),
  },
  {
    name: 'a role as a handler is refused',
    play: play(change('a', 'h'), `handlers:\n  - { name: h, include_role: { name: r } }`),
    files: { 'roles/r/tasks/main.yml': say('x') },
  },
  {
    name: 'notifying nobody',
    play: play(change('a', 'nobody')),
    difference: { why: 'a handler that is not there shows before anything is touched', answer: { refused: true } },
  },
  {
    name: 'include_role',
    play: play(`${say('a')}- include_role: { name: r }\n${say('c')}`),
    files: { 'roles/r/tasks/main.yml': say('b', '{{ d }}'), 'roles/r/defaults/main.yml': 'd: 1\n' },
  },
  {
    name: 'include_role keeps its variables to itself, public shows them',
    play: play(
      `- include_role: { name: r }\n${say('b', "{{ d | default('hidden') }} {{ v | default('hidden') }}")}- include_role: { name: r, public: true }\n${say('c', '{{ d }} {{ v }}')}`,
    ),
    files: {
      'roles/r/tasks/main.yml': say('a', '{{ d }} {{ v }}'),
      'roles/r/defaults/main.yml': 'd: 1\n',
      'roles/r/vars/main.yml': 'v: 2\n',
    },
  },
  {
    name: 'import_role shows its variables to all',
    play: play(`${say('a', '{{ v }}')}- import_role: { name: r }\n${say('c', '{{ d }}')}`),
    files: {
      'roles/r/tasks/main.yml': say('b', '{{ d }} {{ v }}'),
      'roles/r/defaults/main.yml': 'd: 1\n',
      'roles/r/vars/main.yml': 'v: 2\n',
    },
  },
  {
    name: 'tasks_from, vars_from, defaults_from, handlers_from',
    play: play(`- include_role: { name: r, tasks_from: t, vars_from: v.yml, defaults_from: d, handlers_from: h }`),
    files: {
      'roles/r/tasks/t.yml': change('a', 'x') + say('b', '{{ d }} {{ v }}'),
      'roles/r/tasks/main.yml': say('never'),
      'roles/r/vars/v.yml': 'v: from v\n',
      'roles/r/vars/main.yml': 'v: main\n',
      'roles/r/defaults/d.yml': 'd: from d\n',
      'roles/r/handlers/h.yml': say('x'),
    },
  },
  {
    name: 'include_role in a loop, with a condition and variables',
    play: play(
      `- include_role: { name: "{{ item }}" }\n  loop: [r, s]\n  when: item != 's'\n  vars: { p: given }\n${say('z')}`,
    ),
    files: { 'roles/r/tasks/main.yml': say('a', '{{ p }} {{ item }}'), 'roles/s/tasks/main.yml': say('never') },
  },
  {
    name: 'include_role twice runs twice',
    play: play(
      `- include_role: { name: r }\n- include_role: { name: r }\n- include_role: { name: r, allow_duplicates: false }\n- include_role: { name: r, allow_duplicates: false }`,
    ),
    files: { 'roles/r/tasks/main.yml': say('a') },
  },
  {
    name: 'handlers of an included role',
    play: play(`- include_role: { name: r }\n${change('b', 'h')}`, `handlers:\n  ${say('own')}`),
    files: { 'roles/r/tasks/main.yml': change('a', 'h'), 'roles/r/handlers/main.yml': say('h') },
  },
  {
    name: 'handlers of an imported role are there for all',
    play: play(`${change('b', 'h')}- import_role: { name: r }`),
    files: { 'roles/r/tasks/main.yml': say('a'), 'roles/r/handlers/main.yml': say('h') },
  },
  {
    name: 'a role includes its own files, and imports them',
    play: withRoles('[r]'),
    files: {
      'roles/r/tasks/main.yml': `- include_tasks: one.yml\n- import_tasks: deep/two.yml\n`,
      'roles/r/tasks/one.yml': say('one'),
      'roles/r/tasks/deep/two.yml': `- include_tasks: three.yml\n`,
      'roles/r/tasks/deep/three.yml': say('three'),
    },
  },
  {
    name: "the order of the names of the play's roles, imported ones among them",
    play: `- hosts: all
  gather_facts: false
  roles: [outer, last]
  tasks:
    - import_role: { name: third }
    - { name: names, debug: { msg: "{{ ansible_play_role_names }} {{ role_names }}" } }
`,
    files: {
      'roles/outer/tasks/main.yml': '- import_role: { name: inner }\n',
      'roles/inner/tasks/main.yml': say('in'),
      'roles/last/tasks/main.yml': say('last'),
      'roles/third/tasks/main.yml': '- import_role: { name: fourth }\n',
      'roles/fourth/tasks/main.yml': say('fourth'),
    },
  },
  {
    name: 'a role includes a role; role_name and the parents',
    play: withRoles('[r]'),
    files: {
      'roles/r/tasks/main.yml': `${say('a', '{{ role_name }}')}- include_role: { name: s }\n`,
      'roles/s/tasks/main.yml': say('b', '{{ role_name }} {{ ansible_parent_role_names | join }} {{ v }}'),
      'roles/r/vars/main.yml': 'v: of r\n',
    },
  },
  {
    name: 'include_vars in a role',
    play: withRoles('[r]'),
    files: {
      'roles/r/tasks/main.yml': `- { name: a, include_vars: more.yml }\n${say('b', '{{ x }}')}`,
      'roles/r/vars/more.yml': 'x: 1\n',
    },
  },
  {
    name: 'tags on roles, with always and never',
    play: withRoles(
      '[{ role: r, tags: x }, { role: s, tags: never }, { role: t, tags: always }]',
      `  tasks:\n    ${say('z')}`,
    ),
    files: {
      'roles/r/tasks/main.yml': say('a'),
      'roles/s/tasks/main.yml': say('b'),
      'roles/t/tasks/main.yml': say('c'),
    },
    args: { tags: ['x'] },
  },
  {
    name: 'apply on include_role',
    play: play(`- include_role: { name: r, apply: { tags: x, ignore_errors: true } }\n  tags: x\n${say('z')}`),
    files: { 'roles/r/tasks/main.yml': '- { name: a, fail: { msg: bad } }\n' + say('b') },
    args: { tags: ['x'] },
  },
  {
    name: 'a role that is missing',
    play: withRoles('[nowhere]'),
  },
  {
    name: 'defaults in a folder',
    play: withRoles('[r]'),
    files: {
      'roles/r/tasks/main.yml': say('a', '{{ x }} {{ y }}'),
      'roles/r/defaults/main/1.yml': 'x: 1\ny: 1\n',
      'roles/r/defaults/main/2.yml': 'y: 2\n',
    },
  },
]
