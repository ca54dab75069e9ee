import type { PlaybookCase } from '../case.ts'

/** Playbooks and roles as people write them, with several things in each. */
export const everydayCases: readonly PlaybookCase[] = [
  {
    name: 'a role as Galaxy has them: variables of the system by first_found, handlers, one role twice',
    play: `- hosts: all
  gather_facts: false
  roles:
    - role: acme.web
      vars: { web_port: 81 }
    - { role: acme.web, web_port: 82, tags: [x] }
`,
    files: {
      'roles/acme.web/defaults/main.yml': `---
web_port: 80
web_users: []
web_conf: "{{ role_path | basename }}.{{ web_port }}"
`,
      'roles/acme.web/meta/main.yml': `---
galaxy_info:
  author: me
  description: web
  company: "none"
  license: MIT
  min_ansible_version: "2.9"
  platforms:
    - name: Debian
      versions: [bookworm]
  galaxy_tags: []
dependencies: []
`,
      'roles/acme.web/tasks/main.yml': `---
- name: Include OS-specific variables.
  include_vars: "{{ item }}"
  with_first_found:
    - "{{ ansible_os | default('Debian') }}-12.yml"
    - "{{ ansible_os | default('Debian') }}.yml"
    - default.yml
- name: Define web_x.
  set_fact:
    web_x: "{{ __web_x | list }}"
  when: web_x is not defined
- import_tasks: setup.yml
  when: web_port | int > 81
- name: show {{ web_port }}
  debug: msg="{{ web_conf }} {{ web_x | join(',') }}"
  notify: restart web
`,
      'roles/acme.web/tasks/setup.yml': `- name: setup
  command: echo {{ web_port }}
  changed_when: true
  notify: restart web
`,
      'roles/acme.web/vars/Debian.yml': `__web_x: [a, b]
`,
      'roles/acme.web/handlers/main.yml': `---
- name: restart web
  debug: msg="restarted {{ web_port }}"
  listen: "web changed"
`,
    },
  },
  {
    name: 'a role uses files, templates and variables that lie beside the playbook',
    play: `- hosts: all
  gather_facts: false
  roles: [r]
`,
    files: {
      'files/pf.txt': `pf
`,
      'templates/pt.j2': `pt {{ x }} {% include 'inc.j2' %}
`,
      'templates/inc.j2': `incl
`,
      'roles/r/tasks/main.yml': `- copy: { src: pf.txt, dest: "{{ playbook_dir }}/o1" }
- template: { src: pt.j2, dest: "{{ playbook_dir }}/o2" }
  vars: { x: 1 }
- debug: { msg: "{{ lookup('file', playbook_dir + '/o1') }} {{ lookup('file', playbook_dir + '/o2') }} {{ lookup('file', 'pf.txt') }}" }
- debug: { msg: "{{ lookup('template', 'pt.j2') }}" }
  vars: { x: 2 }
- debug: { msg: "{{ item | basename }}" }
  with_fileglob: "pf*"
- include_vars: pv.yml
- debug: { msg: "{{ pvx }}" }
- script: ps.sh
  changed_when: false
`,
      'vars/pv.yml': `pvx: 1
`,
      'files/ps.sh': `#!/bin/sh
echo hi
`,
    },
  },
  {
    name: 'roles use files of the roles that bring them',
    play: `- hosts: all
  gather_facts: false
  roles: [r]
`,
    files: {
      'roles/r/meta/main.yml': `dependencies: [s]
`,
      'roles/r/files/rf.txt': `rf
`,
      'roles/r/tasks/main.yml': `- include_role: { name: t }
`,
      'roles/s/tasks/main.yml': `- copy: { src: rf.txt, dest: "{{ playbook_dir }}/o1" }
- debug: { msg: "{{ lookup('file', 'rf.txt') }}" }
`,
      'roles/t/tasks/main.yml': `- copy: { src: rf.txt, dest: "{{ playbook_dir }}/o1" }
- debug: { msg: "{{ lookup('file', 'rf.txt') }}" }
`,
    },
  },
  {
    name: 'tasks in a folder use files and tasks beside the playbook',
    play: `- hosts: all
  gather_facts: false
  tasks:
   - include_tasks: sub/a.yml
`,
    files: {
      'sub/a.yml': `- copy: { src: x.txt, dest: "{{ playbook_dir }}/o1" }
- debug: { msg: "{{ lookup('file', 'x.txt') }}" }
- include_tasks: b.yml
`,
      'files/x.txt': `x
`,
      'b.yml': `- debug: { msg: b }
`,
    },
  },
  {
    name: 'first_found looks where the module keeps its files',
    play: `- hosts: all
  gather_facts: false
  roles: [r]
`,
    files: {
      'roles/r/vars/Debian.yml': `v: deb
`,
      'roles/r/vars/default.yml': `v: def
`,
      'roles/r/templates/a.j2': `tmpl {{ v }}
`,
      'roles/r/files/f.txt': `file
`,
      'roles/r/tasks/first.yml': `- debug: { msg: "first {{ v }}" }
`,
      'roles/r/tasks/main.yml': `- include_vars: "{{ item }}"
  with_first_found: [ "{{ osf }}.yml", default.yml ]
  vars: { osf: Debian }
- debug: { msg: "{{ v }}" }
- include_vars: "{{ item }}"
  with_first_found:
    - files: [ "none.yml", default.yml ]
      paths: [ vars ]
- debug: { msg: "{{ v }}" }
- include_vars: "{{ lookup('first_found', params) }}"
  vars:
    params:
      files: [ Debian.yml, default.yml ]
      paths: [ vars ]
- debug: { msg: "{{ v }}" }
- include_vars: "{{ q('first_found', params) | first }}"
  vars:
    params: { files: [ x.yml, default.yml ], paths: [ "{{ role_path }}/vars" ] }
- debug: { msg: "{{ v }}" }
- template: { src: "{{ item }}", dest: "{{ playbook_dir }}/o" }
  with_first_found: [ nope.j2, a.j2 ]
- debug: { msg: "{{ lookup('file', playbook_dir ~ '/o') }}" }
- copy: { src: "{{ item }}", dest: "{{ playbook_dir }}/o" }
  with_first_found: [ nope.txt, f.txt ]
- include_tasks: "{{ item }}"
  with_first_found:
    - files: [ nope.yml, first.yml ]
      paths: [ tasks ]
- include_tasks: "{{ item }}"
  with_first_found:
    - files: [ nope.yml ]
      skip: true
- debug: { msg: "{{ item | basename }}" }
  with_first_found: [ f.txt ]
`,
    },
  },
  {
    name: 'a lookup sees what the tasks before it wrote',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: new, dest: "{{ playbook_dir }}/x" }
    - debug: { msg: "{{ lookup('file', playbook_dir ~ '/x') }}" }
    - copy: { content: "{{ item }}", dest: "{{ playbook_dir }}/y-{{ item }}" }
      loop: [1, 2]
    - debug: { msg: "{{ item | basename }}" }
      loop: "{{ query('fileglob', playbook_dir ~ '/y*') | sort }}"
    - command: touch {{ playbook_dir }}/flag
    - debug: { msg: "{{ (playbook_dir ~ '/flag') is exists }}" }
`,
    files: {
      x: `old
`,
    },
  },
  {
    name: 'files that tasks write on this machine, for all hosts, are templates and sources of later ones',
    hosts: ['h1', 'h2'],
    play: `- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: "of {{ inventory_hostname }}", dest: "{{ playbook_dir }}/x-{{ inventory_hostname }}" }
      delegate_to: localhost
    - debug: { msg: "{{ lookup('file', playbook_dir ~ '/x-h1') }} {{ lookup('pipe', 'cat x-h2') }}" }
    - template: { src: "{{ playbook_dir }}/x-{{ inventory_hostname }}", dest: "{{ playbook_dir }}/z-{{ inventory_hostname }}" }
    - copy: { src: "{{ playbook_dir }}/z-{{ inventory_hostname }}", dest: "{{ playbook_dir }}/zz-{{ inventory_hostname }}" }
    - command: cat {{ playbook_dir }}/zz-h2
      register: r
      changed_when: false
    - debug: { msg: "{{ r.stdout }}" }
`,
  },
  {
    name: 'a block for each item of an include, one of them rescued',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - include_tasks: blk.yml
      loop: [a, bad, c]
      loop_control: { loop_var: svc, label: "{{ svc }}" }
    - debug: { msg: "{{ rescued | default([]) }}" }
`,
    files: {
      'blk.yml': `- block:
    - name: "work {{ svc }}"
      command: "test {{ svc }} != bad"
      changed_when: false
      register: out
    - name: after {{ svc }}
      debug: { msg: "{{ out.rc }}" }
  rescue:
    - set_fact: { rescued: "{{ rescued | default([]) + [svc] }}" }
    - debug: { msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.rc }} {{ ansible_failed_result.cmd }}" }
  always:
    - debug: { msg: "done {{ svc }}" }
`,
    },
  },
  {
    name: 'the rendered name of a failed task, the hosts left by end_host, failed_when_result',
    hosts: ['h1', 'h2', 'h3'],
    play: `- hosts: all
  gather_facts: false
  vars: { svc: a }
  tasks:
    - block:
        - { name: "work {{ svc }} {{ inventory_hostname }}", command: "false" }
      rescue:
        - debug: { msg: "{{ ansible_failed_task.name }}" }
    - meta: end_host
      when: inventory_hostname == 'h2'
    - debug: { msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}" }
    - command: "true"
      failed_when: false
      register: s
    - debug: { msg: "{{ s.failed_when_result }}" }
      run_once: true
`,
  },
  {
    name: 'results of loops, gone over by later loops',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - command: "sh -c 'echo {{ item.n }}; exit {{ item.rc }}'"
      loop: [{n: a, rc: 0},{n: b, rc: 3}]
      loop_control: { label: "{{ item.n }}" }
      register: res
      failed_when: res.rc > 3
      changed_when: res.rc != 0
    - debug: { msg: "{{ res.results | selectattr('rc','eq',3) | map(attribute='item.n') | list }} {{ res.changed }} {{ res.msg }}" }
    - debug: { msg: "{{ item.0.n }} {{ item.1.stdout }}" }
      loop: "{{ res.results | map(attribute='item') | zip(res.results) | list }}"
      loop_control: { label: x }
    - debug: { msg: "{{ item.stdout_lines }}" }
      with_items: "{{ res.results }}"
      when: item is changed
`,
  },
  {
    name: 'one variable set at many levels, seen inside includes and roles and behind them',
    play: `- hosts: all
  gather_facts: false
  vars: { a: play, b: play, c: play }
  tasks:
    - set_fact: { b: fact }
    - include_tasks: t.yml
      vars: { a: inc, b: inc, c: "{{ a }}-{{ b }}" }
    - include_role: { name: r }
      vars: { a: rolep }
    - import_role: { name: r }
      vars: { b: imp }
    - debug: { msg: "{{ a }} {{ b }} {{ c }} {{ d | default('no d') }} {{ e | default('no e') }}" }
`,
    files: {
      't.yml': `- debug: { msg: "{{ a }} {{ b }} {{ c }}" }
  vars: { a: task }
- include_vars: v.yml
- debug: { msg: "{{ a }} {{ b }} {{ c }}" }
`,
      'v.yml': `a: incvars
`,
      'roles/r/defaults/main.yml': `d: default
a: default
`,
      'roles/r/vars/main.yml': `e: rolevars
c: rolevars
`,
      'roles/r/tasks/main.yml': `- debug: { msg: "{{ a }} {{ b }} {{ c }} {{ d }} {{ e }}" }
`,
    },
  },
  {
    name: 'conditions of all kinds',
    play: `- hosts: all
  gather_facts: false
  vars: { os: { family: Debian, version: "12" }, flag: "no", lst: [], n: 3 }
  tasks:
    - { name: a, debug: { msg: x }, when: "(os.family == 'Debian' and os.version is version('11', '>=')) or (os.family == 'RedHat' and not flag | bool)" }
    - { name: b, debug: { msg: x }, when: flag | bool }
    - { name: c, debug: { msg: x }, when: [ os is defined, "os.family in ['Debian','Ubuntu']", n|int >= 3 ] }
    - { name: d, debug: { msg: x }, when: lst | length > 0 or n == 3 }
    - { name: e, debug: { msg: x }, when: undefinedvar is defined and undefinedvar.x == 1 }
    - { name: f, debug: { msg: x }, when: not (os.family != 'Debian') }
    - { name: g, debug: { msg: x }, when: "'eb' in os.family" }
    - { name: h, debug: { msg: x }, when: os.missing is not defined }
    - { name: i, debug: { msg: x }, when: os.missing | default(false) }
    - { name: j, debug: { msg: x }, when: false }
    - { name: k, debug: { msg: x }, when: "os.family is match('Deb') and os.version is regex('^1[0-9]$')" }
    - { name: l, debug: { msg: x }, when: "item % 2 == 0", loop: [1,2,3,4] }
    - { name: m, debug: { msg: x }, when: lst }
    - { name: n, debug: { msg: x }, when: os.family | lower in 'debian ubuntu'.split() }
    - { name: o, debug: { msg: "{{ undefinedvar }}" }, when: undefinedvar is defined }
    - { name: p, debug: { msg: x }, when: flag }
`,
  },
  {
    name: 'a template with imports, macros, calls, namespaces, filters and blocks',
    play: `- hosts: all
  gather_facts: false
  vars: { port: 80, dom: x.y }
  tasks:
    - set_fact: { out: "{{ lookup('template', 't.j2') }}" }
    - debug: { msg: "{{ out }}" }
    - template: { src: t.j2, dest: "{{ playbook_dir }}/out.txt" }
    - command: cat {{ playbook_dir }}/out.txt
      register: c
      changed_when: false
    - debug: { msg: "{{ c.stdout_lines }}" }
`,
    files: {
      'templates/t.j2': `#jinja2: trim_blocks: True, lstrip_blocks: True
{% import 'm.j2' as m with context %}
{% from 'm.j2' import vhost, plain as p %}
{% macro local(a, b='d') -%}
{{ a }}/{{ b }}/{{ varargs | join('+') }}/{{ kwargs | dictsort | list }}{{ caller() if caller is defined else '' }}
{%- endmacro %}
{{ m.vhost('a') }}
{{ p('z') }}
{{ local(1, 2, 3, 4, k=5) }}
{% call local('c') %}called{% endcall %}

{% for k, v in {'b': 1, 'a': 2}.items() %}
  {% if loop.first %}first {% endif %}{{ loop.index }}:{{ k }}={{ v }}{{ ',' if not loop.last }}
{% else %}
none
{% endfor %}
{% set ns = namespace(t=0) %}{% for i in range(4) if i is odd %}{% set ns.t = ns.t + i %}{% endfor %}{{ ns.t }}
{% filter upper %}shout{% endfilter %}

{% raw %}{{ not }}{% endraw %}

{%- block body %} body {% endblock %}
end
`,
      'templates/m.j2': `{% macro vhost(n) %}{{ n }}.{{ dom | default('nodom') }}:{{ port | default('noport') }}{% endmacro %}
{% macro plain(n) %}[{{ n }}]{% endmacro %}
`,
    },
  },
  {
    name: 'nested lists: subelements, product, dict and an include around',
    play: `- hosts: all
  gather_facts: false
  vars:
    users:
      - { name: al, keys: [k1, k2], my: { hosts: [x, y] } }
      - { name: bo, keys: [k3] }
      - { name: ce }
  tasks:
    - debug: { msg: "{{ item.0.name }} {{ item.1 }}" }
      with_subelements: [ "{{ users }}", keys, { skip_missing: true } ]
    - debug: { msg: "{{ item.0.name }} {{ item.1 }}" }
      loop: "{{ users | subelements('keys', skip_missing=True) }}"
    - debug: { msg: "{{ item.0.name }} {{ item.1 }}" }
      loop: "{{ users[:1] | subelements('my.hosts') }}"
      loop_control: { label: "{{ item.0.name }}" }
    - debug: { msg: "{{ item }}" }
      with_nested: [ [a, b], "{{ users | map(attribute='name') | list }}", [1] ]
    - debug: { msg: "{{ item.0 }}{{ item.1 }}" }
      loop: "{{ ['a','b'] | product([1,2]) | list }}"
    - debug: { msg: "{{ item.key }} {{ item.value.p }}" }
      loop: "{{ lookup('dict', d) }}"
      vars: { d: { z: { p: 1 }, y: { p: 2 } } }
    - debug: { msg: "{{ item.key }}={{ item.value }}" }
      with_dict: { b: 1, a: 2 }
    - include_tasks: inner.yml
      loop: [1, 2]
      loop_control: { loop_var: outer, index_var: oi, extended: true }
`,
    files: {
      'inner.yml': `- debug: { msg: "{{ outer }} {{ oi }} {{ item }} {{ ii }} {{ ansible_loop.revindex }}" }
  loop: [x, y]
  loop_control: { index_var: ii, extended: true }
`,
    },
  },
  {
    name: 'module_defaults under full names, of play, block and task',
    play: `- hosts: all
  gather_facts: false
  module_defaults:
    ansible.builtin.file: { mode: '0600', state: touch }
  tasks:
    - file: { path: "{{ playbook_dir }}/f" }
    - name: look
      ansible.builtin.stat: { path: "{{ playbook_dir }}/f" }
      register: s
    - debug: { msg: "{{ s.stat.mode }}" }
    - block:
        - command: pwd
          register: p
          changed_when: false
      module_defaults: [{ command: { chdir: / } }]
    - name: where
      ansible.legacy.command: pwd
      register: q
      changed_when: false
      module_defaults: { ansible.builtin.command: { chdir: /usr } }
    - debug: { msg: "{{ p.stdout }} {{ q.stdout }}" }
`,
  },
  {
    name: 'changed_when and failed_when as lists, over commands, stat and debug',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - command: echo a b
      register: r
      changed_when: [ "'a' in r.stdout", "r.rc == 0", "r.stdout_lines | length == 1" ]
      failed_when: [ r.rc != 0, "'x' in r.stdout" ]
    - command: sh -c 'exit 2'
      register: r
      failed_when: r.rc not in [0, 2]
      changed_when: r.rc == 2
    - command: echo ERROR
      register: r
      failed_when: "'ERROR' in r.stdout or r.rc != 0"
      ignore_errors: true
    - debug: { msg: "{{ r is failed }} {{ r.failed_when_result }} {{ r.rc }}" }
    - stat: { path: /etc }
      register: s
      changed_when: s.stat.isdir
      failed_when: false
    - debug: { msg: "{{ s.changed }} {{ s.failed_when_result }}" }
      changed_when: true
`,
  },
  {
    name: 'what rescue knows of a failed loop and a failed assert',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - block:
        - name: loopfail
          command: sh -c 'exit {{ item }}'
          loop: [0, 4]
          changed_when: false
      rescue:
        - debug: { msg: "{{ ansible_failed_task.name }} {{ ansible_failed_task.action }} {{ ansible_failed_result.results | map(attribute='rc') | list }} {{ ansible_failed_result.msg }}" }
    - block:
        - assert: { that: [ 1 == 1, "2 == 3" ], fail_msg: "not {{ 'so' }}" }
      rescue:
        - debug: { msg: "{{ ansible_failed_result.msg }} {{ ansible_failed_result.assertion }} {{ ansible_failed_result.evaluated_to }}" }
      always:
        - debug: { msg: "{{ ansible_failed_result is defined }}" }
    - debug: { msg: "{{ ansible_failed_task is defined }}" }
`,
  },
  {
    name: 'assert, debug and set_fact in their forms',
    play: `- hosts: all
  gather_facts: false
  tasks:
    - assert: { that: "a == 1", quiet: true }
      vars: { a: 1 }
    - assert: { that: [ "a is defined", "a > 2" ], fail_msg: "a is {{ a }}", success_msg: fine }
      vars: { a: 1 }
      ignore_errors: true
      register: r
    - debug: { msg: "{{ r.msg }} {{ r.assertion }}" }
    - fail: { msg: "x {{ inventory_hostname }}" }
      when: false
    - debug: { var: r.failed }
    - debug: { msg: [ "a", { b: "{{ 1 }}" } ] }
    - debug:
    - set_fact:
        a: "{{ item }}"
        cacheable: true
      loop: [1, 2]
    - debug: { msg: "{{ a }} {{ a | type_debug }}" }
    - set_fact: one=1 two="a b"
    - debug: { msg: "{{ one | type_debug }} {{ two }}" }
`,
  },
  {
    name: 'the loops of older playbooks',
    play: `- hosts: all
  gather_facts: false
  vars: { l: [a, [b, c]], d: { k: { v: 1 } }, e: "" }
  tasks:
    - { debug: { msg: "{{ item }}" }, with_items: [ "{{ l }}", z ] }
    - { debug: { msg: "{{ item }}" }, with_flattened: [ "{{ l }}", [y] ] }
    - { debug: { msg: "{{ item }}" }, with_sequence: "start=0 end=6 stride=3 format=n%02d" }
    - { debug: { msg: "{{ item.0 }}-{{ item.1 }}" }, with_together: [ [1, 2], [x] ] }
    - { debug: { msg: "{{ item }}" }, with_random_choice: [ q ] }
    - { debug: { msg: "{{ item }}" }, with_cartesian: [ [1, 2], [3] ] }
    - { debug: { msg: "{{ item }}" }, with_inventory_hostnames: all }
    - { debug: { msg: "{{ item }}" }, with_lines: "printf 'a\\nb\\n'" }
    - { debug: { msg: "{{ item }}" }, with_env: NOPE }
    - { debug: { msg: "{{ item }}" }, loop: "{{ range(0, 3) | list }}" }
    - { debug: { msg: "{{ item }}" }, loop: "{{ d | dict2items }}" }
    - { debug: { msg: "{{ item.key }}" }, with_dict: "{{ d }}" }
    - { debug: { msg: "{{ item }}" }, loop: "{{ lookup('list', [1, 2], wantlist=True) }}" }
    - { debug: { msg: "{{ item }}" }, loop: "{{ undefd | default([]) }}" }
`,
  },
  {
    name: 'arguments in every form: text, lists, args, action, local_action',
    play: `- hosts: all
  gather_facts: no
  tasks:
    - shell: |
        echo one
        echo two {{ 'x' }}
      args:
        chdir: /
        executable: /bin/bash
      register: r
      changed_when: no
    - debug: msg="{{ r.stdout_lines }}"
    - command:
        cmd: echo "a  b" 'c'
        creates: /nonexistent
      register: r
      changed_when: false
    - debug: { msg: "{{ r.stdout }} {{ r.cmd }}" }
    - command:
        argv: [ echo, "a  b", "{{ 1 }}" ]
      register: r
      changed_when: false
    - debug: { msg: "{{ r.stdout }}" }
    - command: echo skipped creates=/etc
      register: r
    - debug: { msg: "{{ r.stdout }}" }
    - name: with stdin
      command: cat
      args: { stdin: hello }
      register: r
      changed_when: false
    - debug: { msg: "{{ r.stdout }}" }
    - file: path={{ playbook_dir }}/x state=directory mode=0750
    - action: copy content="q" dest={{ playbook_dir }}/x/q
    - local_action: command echo la
      register: r
      changed_when: false
    - debug: msg={{ r.stdout }}
    - copy:
        dest: "{{ playbook_dir }}/x/y"
        content: "{{ {'a': [1, true, none]} }}"
    - slurp: { src: "{{ playbook_dir }}/x/y" }
      register: s
    - debug: { msg: "{{ s.content | b64decode }}" }
    - name: line
      ansible.builtin.lineinfile:
        path: "{{ playbook_dir }}/x/conf"
        regexp: '^#?Port '
        line: "Port {{ p }}"
        create: yes
      vars: { p: 22 }
      register: l
    - debug: { msg: "{{ l.msg }}" }
`,
  },
  {
    name: 'end_host, clear_facts, clear_host_errors, reset_connection and end_play together',
    hosts: ['h1', 'h2', 'h3'],
    play: `- hosts: all
  gather_facts: false
  tasks:
    - name: stop h2
      meta: end_host
      when: inventory_hostname == 'h2'
    - set_fact: { q: 1 }
    - meta: clear_facts
    - debug: { msg: "{{ q | default('gone') }} {{ ansible_play_hosts }}" }
    - meta: reset_connection
    - meta: end_play
      when: inventory_hostname == 'h1'
    - debug: { msg: never }
`,
  },
]
