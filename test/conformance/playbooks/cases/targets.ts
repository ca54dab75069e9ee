import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }\n`
const fail = (name: string, host: string) =>
  `- { name: ${name}, fail: { msg: bad }, when: inventory_hostname == '${host}' }\n`
const hosts = (count: number) => Array.from({ length: count }, (_, index) => `h${index + 1}`)
/** A change waits for the others; what touches no host does not (see README's differences). */
const never = '- { name: never, command: echo x }\n'
const batch = say('batch', "{{ ansible_play_batch | join(' ') }}")
/** A host that nobody answers for. */
const away = 'ansible_connection: ssh\nansible_host: 127.0.0.1\nansible_port: 1\n'

/** Keywords about which hosts do what, when, and what the failures of some mean for the others. */
export const targetCases: readonly PlaybookCase[] = [
  {
    name: 'delegate_to runs a task elsewhere, with the variables of here',
    hosts: hosts(2),
    play: play(
      `- { name: d, command: "echo {{ inventory_hostname }}", delegate_to: h1, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
    ),
  },
  {
    name: 'delegate_to a template, on a block',
    hosts: hosts(2),
    play: play(
      `- delegate_to: "{{ groups.all | last }}"\n  block:\n    - { name: d, command: echo x, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
    ),
  },
  {
    name: 'delegate_to localhost that the inventory does not have',
    play: play('- { name: d, command: echo x, delegate_to: localhost, changed_when: false }'),
  },
  {
    name: 'set_fact with delegate_to stays with the host whose task it is',
    hosts: hosts(2),
    play: play(
      `- { name: s, set_fact: { x: "{{ inventory_hostname }}" }, delegate_to: h2, when: inventory_hostname == 'h1' }\n${say('said', "{{ x | default('none') }}")}`,
    ),
  },
  {
    name: 'delegate_facts gives them to the other host',
    hosts: hosts(2),
    play: play(
      `- { name: s, set_fact: { x: "{{ inventory_hostname }}" }, delegate_to: h2, delegate_facts: true, when: inventory_hostname == 'h1' }\n${say('said', "{{ x | default('none') }}")}`,
    ),
  },
  {
    name: 'run_once with a loop, for everybody',
    hosts: hosts(3),
    play: play(
      `- { name: r, command: "echo {{ item }}", loop: [a, b], run_once: true, register: r, changed_when: false }\n${say('said', "{{ r.results | map(attribute='stdout') | join(' ') }}")}`,
    ),
  },
  {
    name: 'run_once with delegate_to',
    hosts: hosts(2),
    play: play(
      `- { name: r, command: "echo {{ inventory_hostname }}", run_once: true, delegate_to: h2, register: r, changed_when: false }\n${say('said', '{{ r.stdout }}')}`,
    ),
  },
  {
    name: 'run_once on a block',
    hosts: hosts(2),
    play: play(`- run_once: true\n  block:\n    ${say('a')}    ${say('b')}${say('c')}`),
  },
  {
    name: 'run_once of the play',
    hosts: hosts(2),
    play: play(`${say('a')}${say('b')}`, 'run_once: true'),
  },
  {
    name: 'throttle lets every host have its turn',
    hosts: hosts(3),
    play: play(
      `- { name: t, shell: 'echo {{ inventory_hostname }} >>{{ playbook_dir }}/log', throttle: 1, changed_when: false }\n- { name: log, shell: 'sort {{ playbook_dir }}/log', register: r, changed_when: false }\n${say('said', '{{ r.stdout_lines }}')}`,
    ),
  },
  {
    name: 'order: reverse_inventory',
    hosts: ['b', 'c', 'a'],
    play: play(batch, 'order: reverse_inventory'),
  },
  { name: 'order: sorted', hosts: ['b', 'c', 'a'], play: play(batch, 'order: sorted') },
  {
    name: 'order: reverse_sorted, in batches',
    hosts: ['b', 'c', 'a'],
    play: play(batch, 'order: reverse_sorted\nserial: 2'),
  },
  { name: 'order that is unknown is refused', play: play(say('a'), 'order: backwards') },
  { name: 'serial: a number', hosts: hosts(5), play: play(batch, 'serial: 2') },
  { name: 'serial: a percentage', hosts: hosts(5), play: play(batch, 'serial: "40%"') },
  { name: 'serial: a percentage of less than one host', hosts: hosts(3), play: play(batch, 'serial: "10%"') },
  { name: 'serial: a list', hosts: hosts(7), play: play(batch, 'serial: [1, "30%", 3]') },
  {
    name: 'serial: a list that is too short goes on with its last',
    hosts: hosts(6),
    play: play(batch, 'serial: [1, 2]'),
  },
  { name: 'serial: 0 is all at once', hosts: hosts(3), play: play(batch, 'serial: 0') },
  {
    name: 'serial: a template',
    hosts: hosts(3),
    play: play(batch, 'vars: { size: 2 }\nserial: "{{ size }}"'),
  },
  {
    name: 'serial goes on after a batch in which some are left',
    hosts: hosts(4),
    play: play(`${fail('f', 'h1')}${say('a')}`, 'serial: 2'),
  },
  {
    name: 'serial stops after a batch in which all failed',
    hosts: hosts(4),
    play: play(`- { name: f, fail: {}, when: inventory_hostname in ['h1', 'h2'] }\n${say('a')}`, 'serial: 2'),
  },
  {
    name: 'max_fail_percentage: fewer fail than it allows',
    hosts: hosts(4),
    play: play(`${fail('f', 'h1')}${say('a')}`, 'max_fail_percentage: 25'),
  },
  {
    name: 'max_fail_percentage: more fail than it allows',
    hosts: hosts(4),
    play: play(
      `- { name: f, fail: {}, when: inventory_hostname in ['h1', 'h2'] }\n${say('a')}`,
      'max_fail_percentage: 49',
    ),
  },
  {
    name: 'max_fail_percentage: 0 ends the play at the first failure, and later batches',
    hosts: hosts(4),
    play: play(`${fail('f', 'h2')}${never}`, 'max_fail_percentage: 0\nserial: 2'),
  },
  {
    name: 'any_errors_fatal of the play',
    hosts: hosts(3),
    play: play(`${fail('f', 'h2')}${never}`, 'any_errors_fatal: true') + play(say('next play')),
  },
  {
    name: 'any_errors_fatal of a task',
    hosts: hosts(2),
    play: play(
      `${say('a')}- { name: f, fail: {}, when: inventory_hostname == 'h1', any_errors_fatal: true }\n${never}`,
    ),
  },
  {
    name: 'any_errors_fatal does not care for what is ignored',
    hosts: hosts(2),
    play: play(
      `- { name: f, fail: {}, when: inventory_hostname == 'h1', ignore_errors: true }\n${say('a')}`,
      'any_errors_fatal: true',
    ),
  },
  {
    name: 'ignore_errors of a task, a block and a play',
    play:
      play(
        `- { name: f, fail: {}, ignore_errors: true }\n- ignore_errors: true\n  block:\n    - { name: g, fail: {} }\n${say('a')}`,
      ) + play(`- { name: h, fail: {} }\n${say('b')}`, 'ignore_errors: true'),
  },
  {
    name: 'ignore_errors takes a template, and no undefined variable',
    play: play(`- { name: f, fail: {}, ignore_errors: "{{ yes_please }}" }\n${say('a')}`, 'vars: { yes_please: true }'),
  },
  {
    name: 'ignore_unreachable lets a host go on',
    hosts: hosts(2),
    files: { 'host_vars/h2.yml': away },
    play: play(
      `- { name: u, command: echo x, changed_when: false, ignore_unreachable: true, register: r }\n${say('a', '{{ r.unreachable | default(false) }}')}`,
    ),
  },
  {
    name: 'a host that is away is out, and in the next play too',
    hosts: hosts(2),
    files: { 'host_vars/h2.yml': away },
    play: play(`- { name: u, command: echo x, changed_when: false }\n${say('a')}`) + play(say('next play')),
  },
  {
    name: 'a host that is away is nothing that rescue could help',
    hosts: hosts(2),
    files: { 'host_vars/h2.yml': away },
    play: play(
      `- block:\n    - { name: u, command: echo x, changed_when: false }\n  rescue:\n    ${say('r')}  always:\n    ${say('w')}${say('a')}`,
    ),
  },
  {
    name: 'strategy: free comes to the same results',
    hosts: hosts(3),
    play: play(
      `${fail('f', 'h2')}${say('a')}- { name: n, debug: { msg: n }, changed_when: true, notify: h }`,
      `strategy: free\nhandlers:\n  ${say('h')}`,
    ),
  },
  {
    name: 'strategy that is unknown is refused',
    play: play(say('a'), 'strategy: chaotic'),
  },
  {
    name: 'hosts as a list of patterns',
    hosts: hosts(4),
    play: `- hosts: [h1, 'h3:h4', '!h4']\n  gather_facts: false\n  tasks:\n    ${say('a')}`,
  },
  {
    name: 'hosts from a variable of the command line',
    hosts: hosts(2),
    args: { extraVars: ['target=h2'] },
    play: `- hosts: "{{ target }}"\n  gather_facts: false\n  tasks:\n    ${say('a')}`,
  },
  {
    name: 'connection: local of a play',
    files: { 'host_vars/h1.yml': 'ansible_host: 192.0.2.1\n' },
    play: play('- { name: c, command: echo x, changed_when: false }', 'connection: local'),
  },
  {
    name: 'force_handlers of the play',
    hosts: hosts(2),
    play: play(
      `- { name: n, debug: { msg: n }, changed_when: true, notify: [h, topic] }\n${fail('f', 'h1')}`,
      `force_handlers: true\nhandlers:\n  ${say('h')}  - { name: l, listen: [topic, other], debug: { msg: l } }`,
    ),
  },
  {
    name: 'handlers run once, in the order they are defined in, whatever notified them',
    play: play(
      `- { name: n, debug: { msg: n }, changed_when: true, notify: [b, a, both] }\n- meta: flush_handlers\n- { name: m, debug: { msg: m }, changed_when: true, notify: a }`,
      `handlers:\n  ${say('a')}  ${say('b')}  - { name: c, listen: both, debug: { msg: c } }\n  - { name: d, listen: [both], debug: { msg: d } }`,
    ),
  },
  {
    name: 'a handler that notifies another',
    play: play(
      '- { name: n, debug: { msg: n }, changed_when: true, notify: a }',
      `handlers:\n  - { name: a, debug: { msg: a }, changed_when: true, notify: b }\n  ${say('b')}`,
    ),
  },
  {
    name: 'notify of a name that nobody has is refused',
    play: play('- { name: n, debug: { msg: n }, changed_when: true, notify: nobody }'),
    difference: {
      why: 'a notification that would be lost is refused before anything is touched',
      answer: { refused: true, code: 1, recap: {}, tasks: {} },
    },
  },
]
