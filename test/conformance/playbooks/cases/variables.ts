import { play, type PlaybookCase } from '../case.ts'

const three = ['h1', 'h2', 'h3']
const hostFiles = {
  'host_vars/h1.yml': 'port: 1\nurl: "http://{{ inventory_hostname }}:{{ port }}"\nlist: [a, b]\n',
  'host_vars/h2.yml': 'port: 2\nurl: "http://{{ inventory_hostname }}:{{ port }}"\nlist: [c]\nonly: here\n',
  'host_vars/h3.yml': 'port: "{{ base + 3 }}"\nurl: none\nlist: []\n',
  'group_vars/all.yml': 'base: 0\nshared: "{{ base }}-{{ group_names | length }}"\n',
}

/** One debug task for each expression. */
const say = (expressions: readonly string[]): string =>
  expressions
    .map((text, index) => `- { name: t${index}, debug: { msg: ${JSON.stringify(`{{ ${text} }}`)} } }`)
    .join('\n')

const hostvars: readonly PlaybookCase[] = [
  {
    name: 'hostvars of the inventory, rendered as their own host has them',
    hosts: three,
    files: hostFiles,
    play: play(
      say([
        "hostvars['h2'].url",
        "hostvars.h2['url']",
        'hostvars[inventory_hostname].port',
        "hostvars['h3'].port",
        "hostvars['h1'].shared",
        "hostvars['h1'].inventory_hostname ~ hostvars['h2'].inventory_hostname_short",
        "hostvars['h1'].group_names",
        "hostvars['h1'].groups.all",
        "hostvars['h1'].list | length",
      ]),
    ),
  },
  {
    name: 'hostvars in loops and filters',
    hosts: three,
    files: hostFiles,
    play: play(
      say([
        "groups['all'] | map('extract', hostvars, 'port') | map('int') | list",
        "groups['all'] | map('extract', hostvars) | map(attribute='url') | list",
        "groups['all'] | map('extract', hostvars, ['list', 0]) | first",
        'hostvars | dict2items | map(attribute="key") | difference(["localhost"]) | sort',
        "hostvars | dict2items | selectattr('key', 'eq', 'h2') | map(attribute='value.only') | first",
        "hostvars.values() | selectattr('only', 'defined') | map(attribute='inventory_hostname') | list",
        "hostvars.keys() | difference(['localhost']) | sort",
      ]) +
        `
- { name: l, debug: { msg: "{{ item }}={{ hostvars[item].port }}" }, loop: "{{ groups['all'] }}" }
- { name: i, debug: { msg: "{% for h in groups['all'] if hostvars[h].only is defined %}{{ h }}{% endfor %}" } }`,
    ),
  },
  {
    name: 'what there is in hostvars, and what there is not',
    hosts: three,
    files: hostFiles,
    play: play(
      say([
        "'h1' in hostvars",
        "'h9' in hostvars",
        "hostvars['h9'] is defined",
        "hostvars['h1'].only is defined",
        "hostvars['h2'].only is defined",
        "hostvars['h1'].only | default('none')",
        "hostvars['h1'].get('only', 'got')",
        "'pv' in hostvars['h1']",
        "'tv' in hostvars['h1']",
        "'ev' in hostvars['h1']",
        "hostvars['h1'].ansible_facts",
        "hostvars['h1'].ansible_check_mode",
        "hostvars['h1'].playbook_dir == playbook_dir",
        "'hostvars' in hostvars['h1']",
        "'vars' in hostvars['h1']",
        "'ansible_play_hosts' in hostvars['h1']",
        "'ansible_play_name' in hostvars['h1']",
        "hostvars['h1'] | dict2items | map(attribute='key') | reject('match', 'ansible_playbook_python|ansible_python_interpreter') | sort",
      ]),
      'vars: { pv: 1 }',
    ).replace('  tasks:', '  environment: { X: "1" }\n  tasks:'),
    args: { extraVars: ['ev=1'] },
  },
  {
    name: 'a variable of a host that does not exist, and one that the host does not have',
    hosts: ['h1', 'h2'],
    play: play(`- { name: a, debug: { msg: "{{ hostvars['h9'].x }}" }, ignore_errors: true }
- { name: b, debug: { msg: "{{ hostvars['h2'].x }}" }, ignore_errors: true }
- { name: c, debug: { msg: c }, when: "hostvars['h2'].x is defined" }
- { name: d, debug: { msg: d }, when: "hostvars['h9'] is not defined" }
- { name: e, debug: { msg: e }, when: "hostvars['h2'].x == 1", ignore_errors: true }
- { name: f, debug: { var: hostvars.h2.x } }`),
  },
  {
    name: 'what hosts set and register, others read',
    hosts: three,
    play: play(`- { name: s, set_fact: { x: "{{ inventory_hostname }}!" } }
- { name: r, command: "echo {{ inventory_hostname }}", register: r, changed_when: false }
- { name: a, debug: { msg: "{{ hostvars['h3'].x }} {{ hostvars['h1'].r.stdout }}" } }
- { name: b, debug: { msg: "{{ groups['all'] | map('extract', hostvars, 'x') | join(',') }}" }, when: "hostvars['h2'].r.stdout == 'h2'" }
- { name: c, command: "echo {{ hostvars['h2'].x }}", register: c, changed_when: "hostvars['h3'].x == 'h2!'" }
- { name: d, debug: { msg: "{{ hostvars['h2'].c.stdout }} {{ hostvars['h1'].c.changed }}" } }`),
  },
  {
    name: 'a host that sets a fact again does so behind what the others read',
    hosts: three,
    play: play(`- { name: s, set_fact: { x: 1 } }
- { name: w, command: sleep 0.3, when: inventory_hostname == 'h1', changed_when: false }
- { name: a, debug: { msg: "{{ hostvars['h2'].x }}" } }
- { name: t, set_fact: { x: "{{ hostvars['h2'].x | int + 1 }}" } }
- { name: b, debug: { msg: "{{ hostvars['h3'].x }}" } }
- { name: u, set_fact: { y: "{{ hostvars['h1'].y | default('no') }}" } }`),
  },
  {
    name: 'a host that does not set what others ask for',
    hosts: three,
    play: play(`- { name: s, set_fact: { x: 1 }, when: inventory_hostname != 'h2' }
- { name: a, debug: { msg: "{{ hostvars['h2'].x | default('unset') }} {{ hostvars['h3'].x }}" } }
- { name: f, fail: {}, when: inventory_hostname == 'h3' }
- { name: t, set_fact: { z: 1 } }
- { name: b, debug: { msg: "{{ hostvars['h3'].z is defined }} {{ hostvars['h1'].z }}" } }`),
  },
  {
    name: 'hostvars across batches, and in the next play',
    hosts: three,
    play: `${play(
      `- { name: s, set_fact: { x: "{{ inventory_hostname }}" } }
- { name: a, debug: { msg: "{{ groups['all'] | map('extract', hostvars) | map(attribute='x', default='-') | join }}" } }`,
      'serial: 1',
    )}${play(`- { name: b, debug: { msg: "{{ groups['all'] | map('extract', hostvars, 'x') | join }}" } }`)}`,
  },
  {
    name: 'hostvars with run_once, delegated facts and included variables',
    hosts: three,
    files: { 'more.yml': 'inc: "{{ inventory_hostname }} included"\n' },
    play: play(`- { name: o, set_fact: { once: "{{ inventory_hostname }}" }, run_once: true }
- { name: a, debug: { msg: "{{ hostvars['h3'].once }}" } }
- { name: d, set_fact: { given: "by {{ inventory_hostname }}" }, delegate_to: h2, delegate_facts: true, when: inventory_hostname == 'h1' }
- { name: b, debug: { msg: "{{ hostvars['h2'].given }} {{ hostvars['h1'].given is defined }}" } }
- { name: i, include_vars: more.yml, when: inventory_hostname == 'h2' }
- { name: c, debug: { msg: "{{ hostvars['h2'].inc }} {{ hostvars['h1'].inc is defined }}" } }`),
  },
  {
    name: 'hostvars of hosts that the play does not go to',
    hosts: three,
    files: hostFiles,
    play: `- hosts: h1
  gather_facts: false
  tasks:
    - { name: a, debug: { msg: "{{ hostvars['h2'].url }} {{ hostvars['h3'].x | default('-') }}" } }
    - { name: s, set_fact: { x: 3 }, delegate_to: h3, delegate_facts: true }
    - { name: b, debug: { msg: "{{ hostvars['h3'].x }}" } }
`,
  },
  {
    name: 'hostvars in handlers, blocks and includes',
    hosts: ['h1', 'h2'],
    files: { 'inc.yml': `- { name: in, debug: { msg: "{{ hostvars['h1'].x }}{{ hostvars['h2'].y }}" } }\n` },
    play: `${play(`- name: blk
  block:
    - { name: s, set_fact: { x: 1 }, changed_when: true, notify: h }
    - { name: f, fail: {}, when: "hostvars['h2'].x == 1 and inventory_hostname == 'h2'" }
  rescue:
    - { name: t, set_fact: { x: 2 } }
- { name: y, set_fact: { y: "{{ hostvars['h2'].x }}" } }
- { name: inc, include_tasks: inc.yml }`)}  handlers:
    - { name: h, debug: { msg: "{{ hostvars['h2'].y }}" } }
`,
  },
]

const magic: readonly PlaybookCase[] = [
  {
    name: 'variables of the play and the run',
    hosts: three,
    play: play(
      say([
        'ansible_play_hosts',
        'ansible_play_batch',
        'play_hosts',
        'ansible_play_hosts_all',
        'ansible_play_name',
        'ansible_check_mode',
        'ansible_diff_mode',
        'ansible_run_tags',
        'ansible_skip_tags',
        'ansible_limit | default("none")',
        'ansible_verbosity',
        'ansible_version.major ~ "." ~ ansible_version.minor',
        'ansible_version.full is version("2.14", ">=")',
        'ansible_config_file is defined',
        "ansible_inventory_sources | map('basename') | list",
        'inventory_dir == playbook_dir',
        'inventory_file | basename',
        'role_name | default("none")',
        'role_path is defined',
        'ansible_role_names',
        'ansible_play_role_names',
        'ansible_dependent_role_names',
        'role_names',
        'ansible_collection_name is defined',
        'ansible_search_path == [playbook_dir]',
        'environment',
        "vars['base']",
        'vars.inventory_hostname',
        "vars['nothing'] is defined",
        "'groups' in vars",
        "vars[prefix ~ 'se']",
      ]),
      'vars: { base: 7, prefix: ba }',
    ),
  },
  {
    name: 'the limit of the run, and what it leaves',
    hosts: three,
    play: play(
      say(['ansible_limit', 'ansible_play_hosts', 'ansible_play_hosts_all', 'ansible_play_batch', 'groups.all']),
    ),
    args: { limit: 'h1,h3' },
  },
  {
    name: 'tags of the run',
    play: play(`- { name: a, debug: { msg: "{{ ansible_run_tags }} {{ ansible_skip_tags }}" }, tags: x }`),
    args: { tags: ['x'], skipTags: ['y'] },
  },
  {
    name: 'hosts that fail leave the play, not the list of all',
    hosts: three,
    play: `${play(`- { name: a, debug: { msg: "{{ ansible_play_hosts }}" } }
- { name: f, fail: {}, when: "inventory_hostname == ansible_play_hosts[0]" }
- { name: b, debug: { msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ play_hosts }} {{ ansible_play_hosts_all }}" } }
- { name: c, debug: { msg: first }, when: "inventory_hostname == ansible_play_hosts | first" }`)}${play(
      `- { name: d, debug: { msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}" } }`,
    )}`,
  },
  {
    name: 'batches',
    hosts: three,
    play: play(
      `- { name: a, debug: { msg: "{{ ansible_play_batch }} {{ play_hosts }} {{ ansible_play_hosts }} {{ ansible_play_hosts_all }}" } }
- { name: f, fail: {}, when: inventory_hostname == 'h1' }
- { name: b, debug: { msg: "{{ ansible_play_batch }} {{ ansible_play_hosts }}" } }`,
      'serial: 2',
    ),
  },
  {
    name: 'variables of roles, their dependencies and what they include',
    files: {
      'roles/r/meta/main.yml': 'dependencies: [dep]\n',
      'roles/dep/tasks/main.yml': roleTask('dep'),
      'roles/r/tasks/main.yml': `${roleTask('r')}- include_role: { name: inner }\n- import_role: { name: inner }\n`,
      'roles/inner/tasks/main.yml': `${roleTask('inner')}- include_role: { name: leaf }\n`,
      'roles/leaf/tasks/main.yml': roleTask('leaf'),
      'roles/leaf/meta/main.yml': 'dependencies: [below]\n',
      'roles/below/tasks/main.yml': roleTask('below'),
    },
    play: play(roleTask('play'), 'roles: [r]'),
  },
  {
    name: 'loops: ansible_loop, ansible_loop_var, ansible_index_var',
    play: play(`- name: a
  debug: { msg: "{{ thing }} {{ ansible_loop_var }} {{ ansible_index_var }} {{ n }} {{ ansible_loop.index }}/{{ ansible_loop.length }} {{ ansible_loop.first }} {{ ansible_loop.nextitem | default('-') }}" }
  loop: [x, y]
  loop_control: { loop_var: thing, index_var: n, extended: true }
- { name: b, debug: { msg: "{{ ansible_loop_var }} {{ ansible_loop is defined }} {{ ansible_index_var is defined }}" }, loop: [1] }
- { name: c, debug: { msg: "{{ ansible_loop_var is defined }}" } }`),
  },
  {
    name: 'environment of the play, a block and the task',
    play: play(
      `- block:
    - { name: a, debug: { msg: "{{ environment }}" }, environment: { C: "{{ v }}" } }
  environment: { B: b }
- { name: b, debug: { msg: "{{ environment }}" } }`,
      'environment: { A: a }\nvars: { v: 1 }',
    ),
  },
]

function roleTask(name: string): string {
  const parts = [
    "role_name | default('-')",
    "role_path | default('-') | basename",
    "ansible_role_name | default('-')",
    "ansible_parent_role_names | default('-')",
    "ansible_parent_role_paths | default([]) | map('basename') | list",
    'ansible_role_names | sort',
    'ansible_play_role_names | sort',
    'ansible_dependent_role_names | sort',
    "ansible_search_path | map('replace', playbook_dir, '') | list",
  ]
  return `- { name: ${name}, debug: { msg: "${parts.map((part) => `{{ ${part} }}`).join(' ')}" } }\n`
}

export const variableCases: readonly PlaybookCase[] = [...hostvars, ...magic]
