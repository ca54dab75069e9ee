import { play, type PlaybookCase } from '../case.ts'

const say = (name: string, text = name) => `- { name: ${name}, debug: { msg: "${text}" } }`

/** block, rescue, always: who runs what after which failure, and what counts. */
export const blockCases: readonly PlaybookCase[] = [
  {
    name: 'a block without failures leaves its rescue out',
    play: play(`
- block:
    ${say('a')}
  rescue:
    ${say('b')}
  always:
    ${say('c')}
${say('d')}`),
  },
  {
    name: 'a failure goes to rescue, then always, then on',
    play: play(`
- block:
    - { name: a, fail: { msg: bad } }
    ${say('never')}
  rescue:
    - { name: b, debug: { msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.msg }}" } }
  always:
    ${say('c')}
${say('d')}`),
  },
  {
    name: 'always runs after a failure that nobody rescues, and the host is out',
    play: play(`
- block:
    - { name: a, fail: { msg: bad } }
  always:
    ${say('c')}
${say('never')}`),
  },
  {
    name: 'a failure in rescue runs always and fails the host',
    play: play(`
- block:
    - { name: a, fail: { msg: bad } }
  rescue:
    - { name: b, fail: { msg: again } }
    ${say('never')}
  always:
    ${say('c')}
${say('never2')}`),
  },
  {
    name: 'a failure in always fails the host',
    play: play(`
- block:
    ${say('a')}
  always:
    - { name: c, fail: { msg: bad } }
    ${say('never')}
${say('never2')}`),
  },
  {
    name: 'an outer rescue takes what an inner block fails with',
    play: play(`
- block:
    - block:
        - { name: a, fail: { msg: bad } }
      always:
        ${say('inner always')}
    ${say('never')}
  rescue:
    ${say('outer rescue')}
  always:
    ${say('outer always')}
${say('d')}`),
  },
  {
    name: 'an outer rescue takes a failure of an inner rescue',
    play: play(`
- block:
    - block:
        - { name: a, fail: { msg: first } }
      rescue:
        - { name: b, fail: { msg: second } }
  rescue:
    - { name: c, debug: { msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.msg }}" } }
${say('d')}`),
  },
  {
    name: 'a rescued block inside a rescue',
    play: play(`
- block:
    - { name: a, fail: { msg: one } }
  rescue:
    - block:
        - { name: b, fail: { msg: two } }
      rescue:
        ${say('c')}
    ${say('d')}
${say('e')}`),
  },
  {
    name: 'a block in always',
    play: play(`
- block:
    - { name: a, fail: { msg: one } }
  always:
    - block:
        - { name: b, fail: { msg: two } }
      rescue:
        ${say('c')}
    ${say('d')}
${say('never')}`),
  },
  {
    name: 'a condition of a block is one of all its tasks',
    play: play(`
- when: false
  block:
    ${say('a')}
  rescue:
    ${say('b')}
  always:
    ${say('c')}
${say('d')}`),
  },
  {
    name: 'conditions add up, the outer first',
    play: play(`
- when: x is defined
  block:
    - { name: a, debug: { msg: a }, when: x.y == 1 }
    - when: "inventory_hostname == 'h1'"
      block:
        ${say('b')}`),
  },
  {
    name: 'variables of blocks, inner over outer, task over block',
    play: play(`
- vars: { x: outer, y: outer, z: outer }
  block:
    - vars: { y: inner, z: inner }
      block:
        - { name: a, debug: { msg: "{{ x }} {{ y }} {{ z }}" }, vars: { z: task } }
    - { name: b, debug: { msg: "{{ x }} {{ y }} {{ z }}" } }`),
  },
  {
    name: 'ignore_errors of a block',
    play: play(`
- ignore_errors: true
  block:
    - { name: a, fail: { msg: bad } }
    ${say('b')}
  rescue:
    ${say('never')}
${say('c')}`),
  },
  {
    name: 'tags of a block',
    play: play(`
- tags: [x]
  block:
    ${say('a')}
    - { name: b, debug: { msg: b }, tags: y }
${say('c')}`),
    args: { tags: ['x'] },
  },
  {
    name: 'a rescue whose tasks the tags leave out rescues nothing',
    play: play(`
- block:
    - { name: a, fail: { msg: bad }, tags: x }
  rescue:
    - { name: b, debug: { msg: b }, tags: y }
- { name: c, debug: { msg: c }, tags: x }`),
    args: { tags: ['x'] },
  },
  {
    name: 'one host is rescued, the other goes straight on',
    hosts: ['h1', 'h2', 'h3'],
    play: play(`
- block:
    - { name: a, fail: { msg: bad }, when: inventory_hostname == 'h2' }
    ${say('b')}
  rescue:
    ${say('r')}
  always:
    ${say('w')}
${say('d')}`),
  },
  {
    name: 'any_errors_fatal stops the others',
    hosts: ['h1', 'h2'],
    play: play(
      `
- { name: a, fail: { msg: bad }, when: inventory_hostname == 'h1' }
- { name: never, command: 'true' }`,
      'any_errors_fatal: true',
    ),
  },
  {
    name: 'any_errors_fatal is content with what is rescued',
    hosts: ['h1', 'h2'],
    play: play(
      `
- block:
    - { name: a, fail: { msg: bad }, when: inventory_hostname == 'h1' }
  rescue:
    ${say('r')}
${say('d')}`,
      'any_errors_fatal: true',
    ),
  },
  {
    name: 'handlers notified in a block that is rescued run at its end',
    play: play(
      `
- block:
    - { name: a, debug: { msg: a }, changed_when: true, notify: h }
    - { name: b, fail: { msg: bad } }
  rescue:
    ${say('r')}
${say('d')}`,
      `handlers:
  ${say('h')}`,
    ),
  },
  {
    name: 'a block notifies for all its tasks',
    play: play(
      `
- notify: h
  block:
    - { name: a, debug: { msg: a }, changed_when: true }
    - { name: b, debug: { msg: b }, changed_when: true, notify: other }`,
      `handlers:
  ${say('h')}
  ${say('other')}`,
    ),
  },
  {
    name: 'flush_handlers in rescue',
    play: play(
      `
- block:
    - { name: a, debug: { msg: a }, changed_when: true, notify: h }
    - { name: b, fail: { msg: bad } }
  rescue:
    - meta: flush_handlers
    ${say('r')}`,
      `handlers:
  ${say('h')}`,
    ),
  },
  {
    name: 'a registered failure of a block can be looked at',
    play: play(`
- block:
    - { name: a, debug: { msg: x }, failed_when: true, register: r }
  rescue:
    - { name: b, debug: { msg: "{{ r is failed }} {{ ansible_failed_result.failed_when_result }}" } }
  always:
    - { name: c, debug: { msg: "{{ r.failed }}" } }`),
  },
  {
    name: 'what rescue sets is known behind the block',
    play: play(`
- block:
    - { name: a, fail: { msg: bad } }
  rescue:
    - { name: b, set_fact: { way: rescued } }
- { name: c, debug: { msg: "{{ way | default('straight') }}" } }`),
  },
  {
    name: 'what a failed block did not set is not taken for set',
    play: play(`
- name: first
  set_fact: { x: before }
- block:
    - { name: a, fail: { msg: bad } }
    - { name: b, set_fact: { x: inside } }
  rescue:
    - { name: c, debug: { msg: "{{ x }}" } }
- { name: d, debug: { msg: "{{ x }}" } }`),
  },
  {
    name: 'a loop on a block is refused',
    play: play(`
- loop: [1]
  block:
    ${say('a')}`),
  },
  {
    name: 'failed_when and rescue',
    play: play(`
- block:
    - { name: a, debug: { msg: a }, failed_when: true }
  rescue:
    ${say('r')}`),
  },
  {
    name: 'a failed item of a loop goes to rescue once',
    play: play(`
- block:
    - { name: a, debug: { msg: "{{ item }}" }, loop: [1, 2, 3], failed_when: item == 2 }
  rescue:
    - { name: r, debug: { msg: "{{ ansible_failed_result.results | length }}" } }`),
  },
]
