import { play, type PlaybookCase } from '../case.ts'

/** More of what people write every day: each was once answered otherwise here. */
export const moreEverydayCases: readonly PlaybookCase[] = [
  {
    name: 'templates as values of arguments under their other names',
    play: play(
      `
- file: { dest: "{{ playbook_dir }}/a", state: touch }
- file: dest={{ playbook_dir }}/d state=directory
- file: { name: "{{ playbook_dir }}/b", state: touch }
- lineinfile: { dest: "{{ playbook_dir }}/a", line: z }
- blockinfile: { dest: "{{ playbook_dir }}/a", content: "{{ 'x' }}", marker: "# {mark}" }
- replace: { dest: "{{ playbook_dir }}/a", regexp: "{{ 'z' }}", replace: y }
- file: { src: "{{ playbook_dir }}/a", path: "{{ playbook_dir }}/l", state: hard }
- slurp: { path: "{{ playbook_dir }}/a" }
  register: a
- debug: msg="{{ a.content | b64decode }}"
`.trimStart(),
    ),
  },
  {
    name: 'what a template knows of itself',
    play: play(
      `
- template: { src: self.j2, dest: "{{ playbook_dir }}/out" }
- slurp: { src: "{{ playbook_dir }}/out" }
  register: out
- debug: msg="{{ out.content | b64decode }}"
- debug: msg="{{ lookup('template', 'self.j2') }}"
- debug: msg="{{ lookup('template', 'self.j2', template_vars={'template_path': 'mine', 'ansible_managed': 'me'}) }}"
- debug: msg="{{ ansible_managed | default('none here') }} {{ template_host is defined }}"
`.trimStart(),
    ),
    files: {
      'templates/self.j2': `# {{ ansible_managed }}
{{ template_path }} {{ template_fullpath | basename }} {{ template_uid | length > 0 }} {{ (template_destpath or 'none') | basename }}
{{ template_run_date | type_debug }} {{ template_mtime.year > 2000 }} {{ template_host | length > 0 }}
`,
    },
  },
  {
    name: 'set_fact that is cacheable is a fact as well',
    play: play(
      `
- set_fact: { big: 1, cacheable: true }
- debug: msg="{{ ansible_facts.big | default('none') }} {{ big }}"
- set_fact: { big: 2 }
- debug: msg="{{ ansible_facts.big | default('none') }} {{ big }}"
- set_fact: { small: 1, cacheable: false }
- debug: msg="{{ ansible_facts.small | default('none') }} {{ small }}"
`.trimStart(),
    ),
  },
  {
    name: 'names of plays with variables of the play, and of what imports it',
    play: `- import_playbook: pre.yml
  vars: { from_import: 7 }
- name: a play {{ own }}
  hosts: all
  gather_facts: false
  vars: { own: 3 }
  tasks:
    - debug: msg="{{ ansible_play_name }}"
`,
    files: {
      'pre.yml': `- name: pre {{ from_import }}
  hosts: all
  gather_facts: false
  tasks:
    - debug: msg="{{ ansible_play_name }}"
`,
    },
  },
  {
    name: 'lookups of nothing, of lists and of hosts',
    hosts: ['h1', 'h2'],
    play: play(
      `
- debug: msg="{{ lookup('inventory_hostnames', 'all') }}|{{ query('inventory_hostnames', 'all') }}"
- debug: msg="{{ lookup('random_choice', ['x']) }}|{{ lookup('random_choice', 'x', 'x') }}|{{ query('random_choice', ['x'], ['x']) }}"
- debug: msg="{{ lookup('first_found', {'files':['no'],'skip':true}) }}|{{ lookup('items', []) }}|{{ lookup('fileglob', '/nope*') }}"
- debug: msg="{{ item }}"
  with_random_choice: [x, x]
- debug: msg="{{ item }}"
  with_inventory_hostnames: [all]
`.trimStart(),
    ),
  },
  {
    name: "mappings in a role's arguments, and mappings in lists of them",
    play: `- hosts: all
  gather_facts: false
  roles:
    - { role: r, app: { level: 1, must: a }, many: [{ name: a }, { name: b, size: "2" }] }
`,
    files: {
      'roles/r/meta/argument_specs.yml': `argument_specs:
  main:
    options:
      app:
        type: dict
        options:
          level: { type: int, default: 3 }
          must: { type: str, required: true }
          deep: { type: dict, options: { on: { type: bool } } }
      many:
        type: list
        elements: dict
        options: { name: { type: str, required: true }, size: { type: int } }
`,
      'roles/r/tasks/main.yml': '- debug: msg="{{ app }} {{ many | length }}"\n',
    },
    difference: {
      why: "a role's argument_specs are no task",
      answer: { recap: { h1: 'ok=1' }, tasks: { h1: [`debug ok: "{'level': 1, 'must': 'a'} 2"`] } },
    },
  },
]
