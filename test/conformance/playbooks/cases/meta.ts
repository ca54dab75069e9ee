import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }\n`
const fail = (name: string, host: string) =>
  `- { name: ${name}, fail: { msg: bad }, when: inventory_hostname == '${host}' }\n`
const two = ['h1', 'h2'] as const

/** `meta` actions, and where a run starts. */
export const metaCases: readonly PlaybookCase[] = [
  { name: 'noop', play: play(`${say('a')}- meta: noop\n${say('b')}`) },
  { name: 'end_play', hosts: two, play: play(`${say('a')}- meta: end_play\n${say('never')}`) + play(say('next play')) },
  {
    name: 'end_play when the first host says so',
    hosts: two,
    play: play(`${say('a')}- meta: end_play\n  when: inventory_hostname == 'h1'\n${say('never')}`),
  },
  {
    name: 'end_play when only the second host would',
    hosts: two,
    play: play(`${say('a')}- meta: end_play\n  when: inventory_hostname == 'h2'\n${say('b')}`),
  },
  {
    name: 'end_host',
    hosts: two,
    play: play(`${say('a')}- meta: end_host\n  when: inventory_hostname == 'h1'\n${say('b')}`) + play(say('next play')),
  },
  {
    name: 'end_batch ends this batch alone',
    hosts: ['h1', 'h2', 'h3'],
    play: play(`${say('a')}- meta: end_batch\n  when: inventory_hostname == 'h1'\n${say('b')}`, 'serial: 2'),
  },
  {
    name: 'end_play ends later batches too',
    hosts: ['h1', 'h2', 'h3'],
    play: play(`${say('a')}- meta: end_play\n${say('b')}`, 'serial: 2') + play(say('next play')),
  },
  {
    name: 'end_play loses the handlers',
    play: play(
      `- { name: a, debug: { msg: a }, changed_when: true, notify: h }\n- meta: end_play`,
      `handlers:\n  ${say('h')}`,
    ),
  },
  {
    name: 'end_host inside a block',
    play: play(`- block:\n    ${say('a')}    - meta: end_host\n  always:\n    ${say('never')}`),
  },
  {
    name: 'clear_facts',
    play: play(
      `- { name: a, set_fact: { x: 1, cacheable: true } }\n- meta: clear_facts\n${say('b', "{{ x }} {{ ansible_facts.x | default('gone') }}")}`,
    ),
  },
  {
    name: 'clear_host_errors takes a failed host into later plays',
    hosts: two,
    play: play(`${fail('f', 'h1')}- meta: clear_host_errors\n${say('a')}`) + play(say('next play')),
    difference: {
      why: 'a host failed, so the exit code says so: clear_host_errors takes it into later plays, it does not hide the failure',
      answer: { code: 2 },
    },
  },
  { name: 'meta that is unknown is refused', play: play('- meta: dance') },
  {
    name: '--start-at-task',
    play: play(say('a') + say('b') + say('c')) + play(say('next play')),
    args: { startAtTask: 'b' },
  },
  {
    name: '--start-at-task with a pattern, inside a block',
    play: play(
      `${say('a')}- block:\n    ${say('b')}    ${say('see')}    - { name: f, fail: { msg: bad } }\n  rescue:\n    ${say('r')}${say('d')}`,
    ),
    args: { startAtTask: 's*' },
  },
  {
    name: '--start-at-task in the second play',
    play: play(say('a')) + play(say('b') + say('c')),
    args: { startAtTask: 'c' },
  },
  {
    name: '--start-at-task in a role',
    play: `- hosts: all\n  gather_facts: false\n  roles: [r]\n`,
    files: { 'roles/r/tasks/main.yml': say('a') + say('b') },
    args: { startAtTask: 'r : b' },
  },
  {
    name: 'a failed host takes no part in later plays',
    hosts: two,
    play: play(`${fail('f', 'h1')}${say('a')}`) + play(say('b')),
  },
  {
    name: 'all hosts failed: the next play does not begin',
    hosts: two,
    play: play('- { name: f, fail: { msg: bad } }') + play(say('never')),
  },
  {
    name: 'the tags always and never in blocks',
    play: play(`- tags: never\n  block:\n    ${say('a')}- tags: always\n  block:\n    ${say('b')}${say('c')}`),
    args: { tags: ['z'] },
  },
  {
    name: 'tagged and untagged',
    play: play(`- { name: a, debug: { msg: a }, tags: x }\n${say('b')}`),
    args: { tags: ['untagged'] },
  },
]
